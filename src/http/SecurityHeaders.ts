/**
 * What every answer tells browsers, whatever is in it: nothing of this hub is framed, sniffed, embedded or shared by
 * pages of others, and nothing leaves in a referrer. There are no CORS headers at all, so no other page reads answers.
 * Pages send a content security policy of their own, which then counts instead.
 */
const EVERYWHERE: ReadonlyArray<readonly [name: string, value: string]> = [
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "same-origin"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"]
]

/** What the API answers is for who asked, with their token or session: no cache may keep it. */
const OF_API = [...EVERYWHERE, ["cache-control", "no-store"]] as const

/** The router knows no case, and takes several slashes for one. */
const OF_API_PATH = /^\/+api\//i

export const securityHeaders = (path: string): ReadonlyArray<readonly [name: string, value: string]> =>
  OF_API_PATH.test(path) ? OF_API : EVERYWHERE
