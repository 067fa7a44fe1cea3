import { Popover as Radix } from "radix-ui"
import type { ReactNode } from "react"
import styles from "./Popover.module.css"
import { usePortal } from "./Portal.tsx"

interface PopoverProps {
  readonly trigger: ReactNode
  readonly label: string
  readonly open?: boolean
  readonly onOpenChange?: (open: boolean) => void
  readonly align?: "start" | "center" | "end"
  readonly children: ReactNode
}

/** A small form or more detail beside what opened it. */
export const Popover = ({ trigger, label, open, onOpenChange, align = "end", children }: PopoverProps) => (
  <Radix.Root {...(open !== undefined && { open })} {...(onOpenChange !== undefined && { onOpenChange })}>
    <Radix.Trigger asChild>{trigger}</Radix.Trigger>
    <Radix.Portal container={usePortal()}>
      <Radix.Content className={styles.popover} align={align} sideOffset={4} collisionPadding={8} aria-label={label}>
        {children}
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
)
