import { Check } from "lucide-react"
import { DropdownMenu as Radix } from "radix-ui"
import type { ReactNode } from "react"
import styles from "./Menu.module.css"
import { usePortal } from "./Portal.tsx"

interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactNode
  readonly align?: "start" | "end"
  readonly side?: "top" | "bottom" | "right"
  readonly children: ReactNode
}

/** Not modal: a modal menu would lock scrolling with styles that the content policy refuses. */
export const Menu = ({ trigger, align = "end", side = "bottom", children }: MenuProps) => (
  <Radix.Root modal={false}>
    <Radix.Trigger asChild>{trigger}</Radix.Trigger>
    <Radix.Portal container={usePortal()}>
      <Radix.Content className={styles.menu} align={align} side={side} sideOffset={4} collisionPadding={8}>
        {children}
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
)

interface MenuItemProps {
  readonly onSelect: () => void
  readonly icon?: ReactNode
  /** A shortcut, or a word on what it does. */
  readonly hint?: ReactNode
  readonly disabled?: boolean
  readonly children: ReactNode
}

export const MenuItem = ({ onSelect, icon, hint, disabled = false, children }: MenuItemProps) => (
  <Radix.Item className={styles.item} onSelect={onSelect} disabled={disabled}>
    {icon !== undefined && <span className={styles.mark}>{icon}</span>}
    {children}
    {hint !== undefined && <span className={styles.hint}>{hint}</span>}
  </Radix.Item>
)

interface MenuChoicesProps<T extends string> {
  readonly value: T
  readonly choices: ReadonlyArray<{ readonly value: T; readonly label: string; readonly hint?: string }>
  readonly onChange: (value: T) => void
}

export const MenuChoices = <T extends string>({ value, choices, onChange }: MenuChoicesProps<T>) => (
  <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
    {choices.map((choice) => (
      <Radix.RadioItem key={choice.value} value={choice.value} className={styles.item}>
        <span className={styles.mark}>
          <Radix.ItemIndicator>
            <Check size={14} />
          </Radix.ItemIndicator>
        </span>
        {choice.label}
        {choice.hint !== undefined && <span className={styles.hint}>{choice.hint}</span>}
      </Radix.RadioItem>
    ))}
  </Radix.RadioGroup>
)

export const MenuLabel = ({ children }: { readonly children: ReactNode }) => (
  <Radix.Label className={styles.label}>{children}</Radix.Label>
)

export const MenuLine = () => <Radix.Separator className={styles.line} />
