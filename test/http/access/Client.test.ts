import type { IncomingMessage } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { clientsBehind, isOwnOrigin, networkOf } from "../../../src/http/access/Client.ts"

const request = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ headers: { host: "hub:8090", ...headers }, socket: { remoteAddress } }) as unknown as IncomingMessage

const forwarded = (from: string, ...hops: ReadonlyArray<string>) =>
  request(from, { "x-forwarded-for": hops.join(", ") })

describe("where a request comes from", () => {
  it("row 10: without trusted proxies it is the socket's address, whatever headers say", () => {
    const clientOf = clientsBehind([])
    const claim = { "x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https", "x-forwarded-host": "evil" }
    assert.deepStrictEqual(clientOf(request("::ffff:127.0.0.1", claim)), {
      address: "127.0.0.1",
      isHttps: false,
      host: "hub:8090"
    })
  })

  it("row 10: behind trusted proxies it is the last hop that none of them is", () => {
    const clientOf = clientsBehind(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])
    const rows: ReadonlyArray<readonly [request: IncomingMessage, address: string]> = [
      [forwarded("192.0.2.1", "1.1.1.1"), "192.0.2.1"],
      [forwarded("127.0.0.1", "1.1.1.1"), "1.1.1.1"],
      [forwarded("::ffff:127.0.0.1", "9.9.9.9", "1.1.1.1", "10.0.0.5"), "1.1.1.1"],
      [forwarded("10.1.2.3", "9.9.9.9", "not an address", "10.0.0.5"), "10.0.0.5"],
      [forwarded("10.1.2.3", "10.9.9.9"), "10.9.9.9"],
      [forwarded("fd00::1", "2001:db8::1"), "2001:db8::1"],
      [forwarded("fd00::1", "::ffff:1.1.1.1"), "1.1.1.1"],
      [request("10.1.2.3"), "10.1.2.3"]
    ]
    for (const [from, address] of rows) assert.strictEqual(clientOf(from).address, address)
  })

  it("an origin is ours when it names the host that the request was sent to, port included", () => {
    const client = { address: "1.1.1.1", isHttps: false, host: "Hub:8090" }
    const own = (origin: string) => isOwnOrigin(origin, client, true)
    assert.isTrue(own("http://hub:8090"))
    for (const origin of [
      "http://hub",
      "http://hub:80901",
      "http://evil/hub:8090",
      "http://hub:8090.evil",
      "null",
      ""
    ]) {
      assert.isFalse(own(origin), origin)
    }
    assert.isFalse(isOwnOrigin("http://hub", { ...client, host: undefined }, true))
    assert.deepStrictEqual(
      [true, false].map((absent) => isOwnOrigin(undefined, client, absent)),
      [true, false]
    )
  })

  it("IPv6 is counted by its network of 2⁶⁴ addresses", () => {
    assert.strictEqual(networkOf("192.0.2.1"), "192.0.2.1")
    for (const address of ["2001:db8:0:1::1", "2001:0DB8:0:1:ffff::", "2001:db8:0:1:1:2:3:4", "2001:db8::1:0:0:0:9"]) {
      assert.strictEqual(networkOf(address), "2001:db8:0:1::/64", address)
    }
    assert.strictEqual(networkOf("::1"), "0:0:0:0::/64")
    assert.strictEqual(networkOf("fe80::1%eth0"), "fe80:0:0:0::/64")
  })
})
