import { useState } from "react"
import { Dialog } from "../ui/Dialog.tsx"
import { Kbd } from "../ui/Kbd.tsx"
import { currentShortcuts, type Shortcut } from "../ui/shortcuts.ts"
import styles from "./ShortcutsDialog.module.css"

const ORDER = ["This page", "Lists", "Go to", "Time range", "Everywhere"]

/** The keys that work where it was opened. */
const ShortcutsDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const [groups] = useState(() => Map.groupBy(currentShortcuts(), ({ group }) => group))
  return (
    <Dialog open onClose={onClose} title="Keyboard shortcuts" wide>
      <div className={styles.groups}>
        {ORDER.flatMap((name) => {
          const shortcuts = groups.get(name)
          return shortcuts === undefined ? [] : [<Group key={name} name={name} shortcuts={shortcuts} />]
        })}
      </div>
    </Dialog>
  )
}
export default ShortcutsDialog

const Group = ({ name, shortcuts }: { readonly name: string; readonly shortcuts: ReadonlyArray<Shortcut> }) => (
  <section className={styles.group}>
    <h3>{name}</h3>
    {shortcuts.map(({ keys, label }) => (
      <div key={keys} className={styles.row}>
        {label}
        <span className={styles.keys}>
          {keys.split(" ").map((key) => (
            <Kbd key={key}>{key.replace("mod+k", "Ctrl K / ⌘K")}</Kbd>
          ))}
        </span>
      </div>
    ))}
  </section>
)
