import styles from "./Kbd.module.css"

export const Kbd = ({ children }: { readonly children: string }) => <kbd className={styles.kbd}>{children}</kbd>

/** The key that browsers take for shortcuts of a page. */
export const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl"
