import { X } from "lucide-react"
import { type ReactNode, useEffect, useId, useRef, useState } from "react"
import { IconButton } from "./Button.tsx"
import { classes } from "./classes.ts"
import styles from "./Dialog.module.css"
import { PortalContext } from "./Portal.tsx"

interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly wide?: boolean
  /** It shows what cannot be had again: a click beside it does not close it. */
  readonly keep?: boolean
  readonly children: ReactNode
}

/**
 * The browser's own modal dialog: it keeps the focus, closes with Escape, gives the focus back, and needs no styles
 * that the content policy would refuse. Its content is there only while it is open. A click beside it closes it, unless
 * something would be lost: a secret, or what stands in a form.
 */
export const Dialog = ({ open, onClose, title, wide = false, keep = false, children }: DialogProps) => {
  const ref = useRef<HTMLDialogElement>(null)
  const [container, setContainer] = useState<HTMLDialogElement | null>(null)
  const titleId = useId()
  // A press within it that is let go beside it, as when text is selected, is a click on it too.
  const pressedBeside = useRef(false)
  useEffect(() => {
    const dialog = ref.current
    if (dialog === null || !open) return
    dialog.showModal()
    // Not the button that closes it, which the browser would choose. React's autoFocus comes too early for a dialog.
    dialog.querySelector<HTMLElement>("[data-focus], form :is(input, textarea, select):not(:disabled)")?.focus()
    setContainer(dialog)
    return () => dialog.close()
  }, [open])
  if (!open) return null
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; Escape does so by keyboard
    <dialog
      ref={ref}
      className={classes(styles.dialog, wide && styles.wide)}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => {
        pressedBeside.current = event.target === ref.current
      }}
      onClick={({ currentTarget, target }) => {
        if (keep || !pressedBeside.current || target !== currentTarget) return
        if (currentTarget.querySelector("form") === null) onClose()
      }}
    >
      <PortalContext value={container}>
        <div className={styles.header}>
          <h2 id={titleId} className={styles.title}>
            {title}
          </h2>
          <IconButton label="Close" shortcut="Esc" onClick={onClose}>
            <X size={16} />
          </IconButton>
        </div>
        <div className={styles.body}>{children}</div>
      </PortalContext>
    </dialog>
  )
}

export const DialogFooter = ({ children }: { readonly children: ReactNode }) => (
  <div className={styles.footer}>{children}</div>
)
