import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from "react"
import { Link as Wouter } from "wouter"
import { useSearch } from "wouter/use-browser-location"
import { withRange } from "./withRange.ts"

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
