/** What the hub shows where its dashboard would be, while there is none: in words that a newcomer can act on. */

/** The page's only style, by hash in its policy; it asks itself again every two seconds. */
const STYLE =
  ":root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}" +
  "body{margin:20vh auto;max-width:36rem;padding:0 24px}h1{font-size:20px;font-weight:600}" +
  "p{opacity:.75}"

export const placeholderStyle = STYLE

export const buildingPage = (): string =>
  page(
    "Building the dashboard",
    "<p>This hub is new here: it builds its dashboard once, which takes some seconds. Points, rules and the API work " +
      "already. This page goes on by itself.</p>",
    '<meta http-equiv="refresh" content="2">'
  )

/** What the build wrote is in the hub's log alone: anybody may see this page. */
export const failedPage = (): string =>
  page(
    "The dashboard could not be built",
    '<p>Everything else works: points, rules, alerts and the <a href="/docs">API</a>. The log of the hub says why. ' +
      "To try again, run <code>npm run build:web</code>, then start the hub again.</p>"
  )

const page = (title: string, body: string, head = ""): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title} · Lumina</title>` +
  // No icon of its own: a browser would ask for /favicon.ico, and complain.
  `<meta name="viewport" content="width=device-width, initial-scale=1">` +
  `<link rel="icon" href="data:,">${head}<style>${STYLE}</style></head>` +
  `<body><main><h1>${title}</h1>${body}</main></body></html>`
