/** What stands where data will be, where there is none, and where it could not be had. */
import { Check, Copy } from "lucide-react"
import { type ReactNode, useState } from "react"
import { ApiError } from "../api/client.ts"
import { Button, IconButton } from "./Button.tsx"
import styles from "./Feedback.module.css"
import { toast } from "./toastStore.ts"

export const Skeleton = ({
  width = "100%",
  height
}: {
  readonly width?: string | number
  readonly height?: number
}) => <span className={styles.skeleton} style={{ width, ...(height !== undefined && { height }) }} aria-hidden />

const WIDTHS = ["72%", "54%", "81%", "46%", "63%", "77%", "58%", "69%"]

/** As many rows as will probably come. */
export const SkeletonRows = ({ rows = 6 }: { readonly rows?: number }) => (
  <div className={styles.lines} role="status" aria-label="Loading">
    {Array.from({ length: rows }, (_, index) => (
      <Skeleton key={index} width={WIDTHS[index % WIDTHS.length]!} />
    ))}
  </div>
)

interface EmptyStateProps {
  /** What there is none of. */
  readonly title: ReactNode
  /** What that means, and what to do next. */
  readonly children?: ReactNode
  readonly action?: ReactNode
}

export const EmptyState = ({ title, children, action }: EmptyStateProps) => (
  <div className={styles.state}>
    <p className={styles.title}>{title}</p>
    {children !== undefined && <div className={styles.text}>{children}</div>}
    {action}
  </div>
)

interface ErrorStateProps {
  /** What could not be shown: "The alerts could not be loaded." */
  readonly title: ReactNode
  readonly error: unknown
  readonly onRetry?: () => void
}

export const ErrorState = ({ title, error, onRetry }: ErrorStateProps) => {
  const known = error instanceof ApiError ? error : null
  return (
    <div className={styles.state} role="alert">
      <p className={styles.title}>{title}</p>
      <p className={styles.text}>{known?.message ?? String(error)}</p>
      {known !== null && <p className={styles.text}>{adviceFor(known)}</p>}
      {onRetry !== undefined && <Button onClick={onRetry}>Retry</Button>}
      {known !== null && <p className={styles.code}>{known.code}</p>}
    </div>
  )
}

const adviceFor = ({ status, retryAfterSeconds }: ApiError): string => {
  if (status === 0) return "This page goes on by itself when it does."
  if (status === 403) return "Ask an admin of this workspace for the role that may do this."
  if (status === 404) return "It may have been deleted, or belong to another workspace."
  if (status === 503 || status === 429) return `The hub asks to try again in ${retryAfterSeconds ?? 1} s.`
  if (status >= 500) return "The hub's log has the details."
  return ""
}

/** A command to copy. */
export const Command = ({ children }: { readonly children: string }) => {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(children)
      setCopied(true)
      window.setTimeout(() => setCopied(false), 2_000)
    } catch {
      toast({ title: "The browser does not allow copying: select the text instead.", tone: "error" })
    }
  }
  return (
    <div className={styles.command}>
      <code>{children}</code>
      <IconButton label={copied ? "Copied" : "Copy"} onClick={copy}>
        {copied ? <Check size={14} /> : <Copy size={14} />}
      </IconButton>
    </div>
  )
}
