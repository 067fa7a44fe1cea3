import { type RefObject, useEffect, useState } from "react"
import { flushSync } from "react-dom"
import { inFrame, notInFrame } from "./frames.ts"

/** About a row of charts more than is in sight: what is scrolled to is there already. */
const MARGIN = "320px 0px"

const listeners = new WeakMap<Element, (next: Nearness) => void>()
let observer: IntersectionObserver | null = null

export interface Nearness {
  readonly isNear: boolean
  /** Of the element when it was last looked at, in pixels: to ask for it anew would cost a layout. 0: not yet. */
  readonly width: number
}

const AWAY: Nearness = { isNear: false, width: 0 }

/** Whether an element is in sight, or nearly: only that is worth drawing. */
export const useNear = (element: RefObject<Element | null>): Nearness => {
  const [near, setNear] = useState(AWAY)
  useEffect(() => {
    const one = element.current
    if (one === null) return
    let seen = AWAY
    const change = () => flushSync(() => setNear(seen))
    listeners.set(one, (next) => {
      seen = next
      inFrame(change)
    })
    observer ??= new IntersectionObserver(tell, { rootMargin: MARGIN })
    observer.observe(one)
    return () => {
      observer?.unobserve(one)
      notInFrame(change)
    }
  }, [element])
  return near
}

const tell = (entries: ReadonlyArray<IntersectionObserverEntry>): void => {
  for (const { boundingClientRect, isIntersecting, target } of entries) {
    listeners.get(target)?.({ isNear: isIntersecting, width: boundingClientRect.width })
  }
}
