/**
 * What browsers keep for the hub. A session's token is 256 random bits in a cookie that no script reads. A device's
 * cookie says that its browser has logged in as a user before; it opens nothing.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpEffect, HttpServerResponse } from "effect/http"
import { limits } from "../../limits.ts"
import type { Account } from "../../store/access/Sessions.ts"
import { SESSION_COOKIE } from "../api/Auth.ts"
import type { Client } from "./Client.ts"

export const DEVICE_COOKIE = "lumina_device"

const TOKEN = /^[\w-]{43}$/
const DEVICE_MILLIS = 365 * 24 * 60 * 60 * 1_000

export const newSessionToken = Effect.gen(function* () {
  const random = yield* SecureRandom.SecureRandom
  return Buffer.from(yield* random.randomBytes(32)).toString("base64url")
})

export const hashSessionToken = (token: string): Uint8Array => createHash("sha256").update(token).digest()

/**
 * What a page of ours must send along and no other can know, because it follows from the cookie that no page can read:
 * nothing to store, and another one whenever the token is another.
 */
export const csrfTokenOf = (token: string): string =>
  createHash("sha256").update(`lumina csrf\n${token}`).digest("base64url")

/** The session's token that a request brings; null for none, and for what cannot be one. */
export const sessionTokenOf = (cookie: string | undefined): string | null => {
  const token = cookieOf(cookie, SESSION_COOKIE)
  return token !== null && TOKEN.test(token) ? token : null
}

/** The cookie of a browser that logs in: `ID.SIGNATURE`. */
export const newDevice = Effect.fnUntraced(function* (account: Account) {
  const random = yield* SecureRandom.SecureRandom
  const id = Buffer.from(yield* random.randomBytes(16)).toString("hex")
  return `${id}.${signature(account, id)}`
})

/** Which of the user's browsers this is; null for one that has not logged in as this user before. */
export const deviceOf = (cookie: string | undefined, account: Account | null): string | null => {
  const [id = "", signed = ""] = cookieOf(cookie, DEVICE_COOKIE)?.split(".") ?? []
  if (account === null || !/^[0-9a-f]{32}$/.test(id)) return null
  const expected = Buffer.from(signature(account, id))
  const given = Buffer.from(signed)
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : null
}

/** By a key of the account's own, which is another after each change of the password. */
const signature = ({ deviceKey }: Account, id: string): string =>
  createHmac("sha256", deviceKey).update(id).digest("base64url")

export const setSessionCookie = (token: string, client: Client) =>
  setCookie(SESSION_COOKIE, token, { path: "/", sameSite: "lax", maxAge: limits.sessionMillis }, client)

export const clearSessionCookie = (client: Client) =>
  setCookie(SESSION_COOKIE, "", { path: "/", sameSite: "lax", maxAge: 0 }, client)

export const setDeviceCookie = (device: string, client: Client) =>
  setCookie(DEVICE_COOKIE, device, { path: "/api/session", sameSite: "strict", maxAge: DEVICE_MILLIS }, client)

/** What a login with an identity provider must bring back. */
export const FLOW_COOKIE = "lumina_oidc"
const FLOW_OPTIONS = { path: "/api/session/oidc", sameSite: "lax" } as const

export const setFlowCookie = (flow: string, client: Client) =>
  setCookie(FLOW_COOKIE, flow, { ...FLOW_OPTIONS, maxAge: limits.oidcFlowMillis }, client)

export const clearFlowCookie = (client: Client) => setCookie(FLOW_COOKIE, "", { ...FLOW_OPTIONS, maxAge: 0 }, client)

interface CookieOptions {
  readonly path: string
  readonly sameSite: "lax" | "strict"
  readonly maxAge: number
}

const setCookie = (name: string, value: string, options: CookieOptions, { isHttps }: Client) =>
  HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.orDie(HttpServerResponse.setCookie(response, name, value, { ...options, httpOnly: true, secure: isHttps }))
  )

/** The first of that name, which is the one with the longest path. */
export const cookieOf = (header: string | undefined, name: string): string | null => {
  for (const part of header?.split(";") ?? []) {
    const equals = part.indexOf("=")
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim()
  }
  return null
}
