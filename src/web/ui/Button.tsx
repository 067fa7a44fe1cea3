import type { ButtonHTMLAttributes, ReactNode, Ref } from "react"
import styles from "./Button.module.css"
import { classes } from "./classes.ts"
import { Tooltip } from "./Tooltip.tsx"

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** One primary button a view at most; `danger` for what cannot be undone. */
  readonly tone?: "plain" | "primary" | "danger" | "quiet"
  readonly ref?: Ref<HTMLButtonElement>
}

export const Button = ({ tone = "plain", className, type = "button", ...rest }: ButtonProps) => (
  <button type={type} className={classes(styles.button, tone !== "plain" && styles[tone], className)} {...rest} />
)

interface IconButtonProps extends Omit<ButtonProps, "aria-label"> {
  /** What it does: read out, and shown when pointed at. */
  readonly label: string
  readonly shortcut?: string
  readonly children: ReactNode
}

export const IconButton = ({ label, shortcut, tone = "quiet", className, ...rest }: IconButtonProps) => (
  <Tooltip text={label} {...(shortcut !== undefined && { shortcut })}>
    <Button tone={tone} className={classes(styles.icon, className)} aria-label={label} {...rest} />
  </Tooltip>
)
