import { useCallback } from "react"

interface Pages {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly fetchNextPage: () => unknown
}

/** For a table's `onEnd`: the next page of a list, where there is one. */
export const useMore = ({ hasNextPage, isFetchingNextPage, fetchNextPage }: Pages): (() => void) =>
  useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
