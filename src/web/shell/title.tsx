import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react"

export interface Title {
  readonly title: string
  readonly parent?: { readonly title: string; readonly to: string } | undefined
}

const TitleContext = createContext<{ readonly value: Title; readonly set: (title: Title) => void } | null>(null)

export const TitleProvider = ({ children }: { readonly children: ReactNode }) => {
  const [value, set] = useState<Title>({ title: "" })
  return <TitleContext value={useMemo(() => ({ value, set }), [value])}>{children}</TitleContext>
}

/** Where the page that is shown says what it is called. */
export const useTitle = (title: string, parent?: Title["parent"]): void => {
  const set = useContext(TitleContext)?.set
  const to = parent?.to
  const name = parent?.title
  useEffect(() => {
    set?.({ title, parent: to === undefined || name === undefined ? undefined : { title: name, to } })
    document.title = `${title} · Lumina`
  }, [set, title, to, name])
}

export const useCurrentTitle = (): Title => useContext(TitleContext)?.value ?? { title: "" }
