import { QueryClientProvider } from "@tanstack/react-query"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./App.tsx"
import { makeQueryClient } from "./api/queryClient.ts"
import "./styles/tokens.css"
import "./styles/base.css"
import { Toasts } from "./ui/Toasts.tsx"
import { TooltipProvider } from "./ui/Tooltip.tsx"

const element = document.getElementById("app")
if (element === null) throw new Error("index.html has no #app")

// A page of an earlier build whose parts are gone: the new build has them under other names.
window.addEventListener("vite:preloadError", () => location.reload())

createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <TooltipProvider>
        <App />
        <Toasts />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>
)
