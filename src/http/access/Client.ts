/** Where a request comes from, as far as it can be believed. */
import type { IncomingMessage } from "node:http"
import { BlockList, isIP, isIPv6 } from "node:net"

export interface Client {
  readonly address: string
  /** Whether the browser's connection is encrypted, which only a proxy in front can make it. */
  readonly isHttps: boolean
  /** The hub as the client calls it: name, and port where it has one. */
  readonly host: string | undefined
}

/**
 * Tells the client of a request. What headers say counts only when it comes from `trustedProxies` (CIDRs): anybody can
 * send `X-Forwarded-For`, and each proxy adds the address that it saw at the end.
 */
export const clientsBehind = (trustedProxies: ReadonlyArray<string>): ((request: IncomingMessage) => Client) => {
  const isTrusted = isProxyOf(trustedProxies)
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? "")
    if (!isTrusted(address)) return { address, isHttps: false, host: headers.host }
    for (const hop of listed(headers["x-forwarded-for"]).map(plain).reverse()) {
      if (isIP(hop) === 0) break
      address = hop
      if (!isTrusted(hop)) break
    }
    return {
      address,
      isHttps: listed(headers["x-forwarded-proto"]).at(-1)?.toLowerCase() === "https",
      host: listed(headers["x-forwarded-host"]).at(-1) ?? headers.host
    }
  }
}

/** Tells whether an address is of one of these CIDRs. */
export const isProxyOf = (trustedProxies: ReadonlyArray<string>): ((address: string) => boolean) => {
  const trusted = new BlockList()
  for (const cidr of trustedProxies) {
    const [address = "", bits = isIPv6(cidr) ? "128" : "32"] = cidr.split("/")
    trusted.addSubnet(address, Number(bits), isIPv6(address) ? "ipv6" : "ipv4")
  }
  return (address) => {
    const known = plain(address)
    return trusted.check(known, isIPv6(known) ? "ipv6" : "ipv4")
  }
}

/** Whether the page that made the browser send the request is one of this hub's; no page: `absent`. */
export const isOwnOrigin = (origin: string | undefined, { host }: Client, absent: boolean): boolean =>
  origin === undefined ? absent : host !== undefined && URL.parse(origin)?.host === host.toLowerCase()

/** Who has an IPv6 address has 2⁶⁴ of them: what is counted by address is counted by network. */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::")
  const groups = head === "" ? [] : head.split(":")
  const after = tail === undefined || tail === "" ? [] : tail.split(":")
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)
  const all = [...groups, ...Array.from({ length: missing }, () => "0"), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`
}

/** IPv4 as IPv4, however the socket calls it. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "")

const listed = (header: string | Array<string> | undefined): ReadonlyArray<string> =>
  [header ?? []]
    .flat()
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
