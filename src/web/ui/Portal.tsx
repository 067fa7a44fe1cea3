/** Where things that float are put: a dialog lies above the page, and only what is inside of it lies above it. */
import { createContext, useContext } from "react"

export const PortalContext = createContext<HTMLElement | null>(null)

export const usePortal = (): HTMLElement | null => useContext(PortalContext)
