/** Who asks the same gets the same feed, while anybody listens to it and for a moment before and after. */
import { Feed, type FeedQuestion, type FeedSource, LINGER_MILLIS } from "./Feed.ts"

/** Of what is asked for and never listened to, like a chart that nobody scrolled to, nothing stays. */
export const feedRegistry = (source: FeedSource): ((question: FeedQuestion) => Feed) => {
  const feeds = new Map<string, Feed>()
  return (question) => {
    const key = JSON.stringify(question)
    const known = feeds.get(key)
    if (known !== undefined) return known
    let isWorking = false
    const forget = () => {
      // Meanwhile there may be another one for the same question.
      if (!isWorking && feeds.get(key) === feed) feeds.delete(key)
    }
    const feed = new Feed(question, source, (works) => {
      isWorking = works
      if (!works) forget()
      else if (!feeds.has(key)) feeds.set(key, feed)
    })
    feeds.set(key, feed)
    source.after(LINGER_MILLIS, forget)
    return feed
  }
}
