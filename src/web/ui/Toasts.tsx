import { X } from "lucide-react"
import { useSyncExternalStore } from "react"
import { IconButton } from "./Button.tsx"
import { classes } from "./classes.ts"
import styles from "./Toasts.module.css"
import { currentToasts, dismissToast, subscribeToasts } from "./toastStore.ts"

export const Toasts = () => {
  const toasts = useSyncExternalStore(subscribeToasts, currentToasts)
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {toasts.map(({ id, title, tone }) => (
        <div key={id} className={classes(styles.toast, tone === "error" && styles.error)}>
          {title}
          <IconButton label="Dismiss" onClick={() => dismissToast(id)}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
    </div>
  )
}
