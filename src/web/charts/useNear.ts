import { type RefObject, useEffect, useState } from "react"
import { flushSync } from "react-dom"
import { inFrame, notInFrame } from "./frames.ts"

/** About a row of charts more than is in sight: what is scrolled to is there already. */
const MARGIN = "320px 0px"

const listeners = new WeakMap<Element, (isNear: boolean) => void>()
let observer: IntersectionObserver | null = null

/** Whether an element is in sight, or nearly: only that is worth drawing. */
export const useNear = (element: RefObject<Element | null>): boolean => {
  const [isNear, setNear] = useState(false)
  useEffect(() => {
    const one = element.current
    if (one === null) return
    let seen = false
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
  return isNear
}

const tell = (entries: ReadonlyArray<IntersectionObserverEntry>): void => {
  for (const { isIntersecting, target } of entries) listeners.get(target)?.(isIntersecting)
}
