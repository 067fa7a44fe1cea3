import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from "react"
import { useSearch, Link as Wouter } from "wouter"

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  /** Inside the workspace: `/alerts?severity=Critical`. */
  readonly to: string
  readonly children: ReactNode
  readonly onClick?: (event: MouseEvent<HTMLAnchorElement>) => void
}

/** A link to another page. The time range goes with it, unless it says one itself. */
export const Link = ({ to, ...rest }: LinkProps) => {
  const search = useSearch()
  return <Wouter href={withRange(to, search)} {...rest} />
}

const RANGE = ["range", "from", "to"] as const

/** `to` with the time range that `search` has. */
export const withRange = (to: string, search: string): string => {
  const [path = "", query = ""] = to.split("?")
  const target = new URLSearchParams(query)
  if (!RANGE.some((name) => target.has(name))) {
    const current = new URLSearchParams(search)
    for (const name of RANGE) {
      const value = current.get(name)
      if (value !== null) target.set(name, value)
    }
  }
  const text = target.toString()
  return text === "" ? path : `${path}?${text}`
}
