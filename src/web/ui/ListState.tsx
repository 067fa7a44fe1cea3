import type { ReactNode } from "react"
import { ErrorState, SkeletonRows } from "./Feedback.tsx"

interface ListStateProps {
  /** What is listed, as a sentence begins: "The alerts". */
  readonly what: string
  readonly data: unknown
  readonly error: unknown
  readonly onRetry: () => unknown
  readonly isEmpty: boolean
  /** Nothing is shown of what has come, but there is more to come. */
  readonly hasMore?: boolean
  readonly empty: ReactNode
  readonly rows?: number
  /** The list itself. */
  readonly children: ReactNode
}

/** A list that may be on its way, may have failed, or may be empty. One that is shown stays when asking again fails. */
export const ListState = ({
  what,
  data,
  error,
  onRetry,
  isEmpty,
  hasMore = false,
  empty,
  rows = 12,
  children
}: ListStateProps) => {
  if (data === undefined || (isEmpty && hasMore)) {
    return error === null ? (
      <SkeletonRows rows={rows} />
    ) : (
      <ErrorState title={`${what} could not be loaded.`} error={error} onRetry={() => void onRetry()} />
    )
  }
  return isEmpty ? empty : children
}
