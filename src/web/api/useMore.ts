import { useCallback, useEffect } from "react"

interface Pages {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly isFetchNextPageError: boolean
  readonly fetchNextPage: () => unknown
}

/** For a table's `onEnd`: the next page of a list; undefined where there is none. */
export const useMore = ({ hasNextPage, isFetchingNextPage, fetchNextPage }: Pages): (() => void) | undefined => {
  const more = useCallback(() => {
    if (!isFetchingNextPage) fetchNextPage()
  }, [isFetchingNextPage, fetchNextPage])
  return hasNextPage ? more : undefined
}

/**
 * Fetches page after page while more is wanted: for what the browser counts, sorts, filters or looks for itself.
 * A table fetches on at its end; one without a row has none. After a failure it waits for somebody to retry.
 */
export const useMoreWhile = (wanted: boolean, pages: Pages): void => {
  const more = useMore(pages)
  const { isFetchNextPageError } = pages
  useEffect(() => {
    if (wanted && !isFetchNextPageError) more?.()
  }, [wanted, isFetchNextPageError, more])
}
