import { fileURLToPath } from "node:url"
import react from "@vitejs/plugin-react"
import { HttpApi } from "effect/http-api"
import type { Plugin, UserConfig } from "vite"
import { Api } from "./src/http/api/Api.ts"

/**
 * Method and path of every endpoint as the module `virtual:api-routes`, read from the hub's own description of its API
 * when the app is built: the browser loads neither that description nor what it is written in.
 */
const apiRoutes = (): Plugin => {
  const id = "virtual:api-routes"
  return {
    name: "lumina-api-routes",
    resolveId: (name) => (name === id ? `\0${id}` : undefined),
    load: (name) => (name === `\0${id}` ? `export const routes = ${JSON.stringify(routesOf())}` : undefined)
  }
}

const routesOf = (): Record<string, readonly [method: string, path: string]> => {
  const routes: Record<string, readonly [string, string]> = {}
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ group, endpoint }) => {
      routes[`${group.identifier}.${endpoint.identifier}`] = [endpoint.method, endpoint.path]
    }
  })
  return routes
}

/** A hub that `npm run dev:web` passes the API on to. */
const hub = process.env.LUMINA_HUB ?? "http://127.0.0.1:8090"

const config = {
  root: fileURLToPath(new URL("src/web", import.meta.url)),
  base: "/",
  plugins: [react(), apiRoutes()],
  build: {
    outDir: fileURLToPath(new URL("dist/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    // The policy allows no inline sources, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false }
  },
  server: {
    host: "127.0.0.1",
    // Not the app's own files in src/web/api.
    proxy: {
      "^/api/(?!.+\\.tsx?(?:\\?|$))": { target: hub, ws: true },
      "/v1": { target: hub },
      "/docs": { target: hub }
    }
  }
} satisfies UserConfig

export default config
