import { useCallback, useSyncExternalStore } from "react"

export const useMedia = (query: string): boolean =>
  useSyncExternalStore(
    useCallback(
      (listener) => {
        const media = window.matchMedia(query)
        media.addEventListener("change", listener)
        return () => media.removeEventListener("change", listener)
      },
      [query]
    ),
    () => window.matchMedia(query).matches
  )

/** As in the stylesheets. */
export const usePhone = (): boolean => useMedia("(width < 640px)")
