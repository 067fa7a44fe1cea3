import { Tooltip as Radix } from "radix-ui"
import type { ReactNode } from "react"
import { usePortal } from "./Portal.tsx"
import styles from "./Tooltip.module.css"

interface TooltipProps {
  readonly text: ReactNode
  readonly shortcut?: string
  /** Something that can have the focus, or be pointed at. */
  readonly children: ReactNode
}

/** More about a thing, for those who point at it or come to it by keyboard; never the only place of what matters. */
export const Tooltip = ({ text, shortcut, children }: TooltipProps) => {
  const container = usePortal()
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal container={container}>
        <Radix.Content className={styles.tooltip} sideOffset={6} collisionPadding={8}>
          {text}
          {shortcut !== undefined && <span className={styles.shortcut}>{shortcut}</span>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export const TooltipProvider = ({ children }: { readonly children: ReactNode }) => (
  <Radix.Provider delayDuration={400}>{children}</Radix.Provider>
)
