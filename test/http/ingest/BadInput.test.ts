/** K9: bad input costs its sender an error and nobody else anything. Each case ends with a good request. */
import { connect } from "node:net"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { limits } from "../../../src/limits.ts"
import { type FakeHub, startHub, startMillis } from "../support/FakeHub.ts"
import { pointsOf, post } from "../support/Post.ts"

const point = { metric: "cpu", timestamp: startMillis, value: 1 }
const good = JSON.stringify(pointsOf(50, startMillis))
const gzip = { "content-encoding": "gzip" }
const zstd = { "content-encoding": "zstd" }
const tooMuch = Buffer.alloc(limits.bodyBytes + 1, " ")

interface Case {
  readonly name: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly isChunked?: boolean
  readonly status: number
  readonly code: string
}

const requests: ReadonlyArray<Case> = [
  { name: "no body", body: "", status: 400, code: "malformed_json" },
  { name: "half a body", body: good.slice(0, good.length / 2), status: 400, code: "malformed_json" },
  { name: "NaN as JSON does not know it", body: '{"metric":"a","value":NaN}', status: 400, code: "malformed_json" },
  { name: "bytes 0xff", body: Buffer.from([0x22, 0xff, 0x22]), status: 400, code: "malformed_json" },
  { name: "a list", body: "[]", status: 400, code: "points_invalid" },
  { name: "points that are no list", body: '{"points":{}}', status: 400, code: "points_invalid" },
  { name: "a number", body: "7", status: 400, code: "points_invalid" },
  { name: "10,001 points", body: JSON.stringify(pointsOf(10_001, 0)), status: 413, code: "too_many_points" },
  { name: "8 MiB and one byte", body: tooMuch, status: 413, code: "body_too_large" },
  { name: "the same in chunks", body: tooMuch, isChunked: true, status: 413, code: "body_too_large" },
  { name: "nesting of 100,000", body: nested(100_000), status: 413, code: "body_too_large" },
  { name: "four million lists", body: `[${"[],".repeat(2_700_000)}[]]`, status: 413, code: "body_too_large" },
  { name: "100,000 label names", body: labelNames(100_000), status: 413, code: "body_too_large" },
  { name: "a gzip bomb", body: gzipSync(tooMuch), headers: gzip, status: 413, code: "body_too_large" },
  { name: "a zstd bomb", body: zstdCompressSync(tooMuch), headers: zstd, status: 413, code: "body_too_large" },
  {
    name: "8 MiB of empty gzip members in chunks",
    body: gzipMembers(),
    headers: gzip,
    isChunked: true,
    status: 413,
    code: "body_too_large"
  },
  { name: "a zstd window of 1 GB", body: hugeWindow(), headers: zstd, status: 400, code: "malformed_body" },
  {
    name: "half a gzip body",
    body: gzipSync(good).subarray(0, 60),
    headers: gzip,
    status: 400,
    code: "malformed_body"
  },
  {
    name: "half a zstd body",
    body: zstdCompressSync(good).subarray(0, 60),
    headers: zstd,
    status: 400,
    code: "malformed_body"
  },
  { name: "no gzip at all", body: good, headers: gzip, status: 400, code: "malformed_body" },
  { name: "no zstd at all", body: good, headers: zstd, status: 400, code: "malformed_body" },
  {
    name: "gzip twice",
    body: gzipSync(gzipSync(good)),
    headers: { "content-encoding": "gzip, gzip" },
    status: 415,
    code: "unsupported_encoding"
  },
  { name: "brotli", body: good, headers: { "content-encoding": "br" }, status: 415, code: "unsupported_encoding" }
]

describe("K9: requests that are refused whole", () => {
  it.effect.each(requests)("$name: $status $code", ({ body, status, code, ...options }) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const reply = yield* post(hub, body, options)
      assert.strictEqual(reply.status, status)
      assert.strictEqual(reply.body.error?.code, code)
      assert.deepStrictEqual(hub.submitted, [])
      yield* isFine(hub)
    })
  )
})

describe("K9: another method than POST", () => {
  it.effect.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])(
    "%s: 405, and what is allowed",
    (method) =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const response = yield* Effect.promise(() => fetch(`${hub.url}/v1/metrics`, { method }))
        assert.strictEqual(response.status, 405)
        assert.strictEqual(response.headers.get("allow"), "POST")
        const answer = yield* Effect.promise(() => response.text())
        if (method !== "HEAD") assert.strictEqual(JSON.parse(answer).error.code, "method_not_allowed")
      })
  )
})

describe("K9: points that are refused", () => {
  const oversized = "v".repeat(1_025)
  it.effect.each([
    [{ ...point, value: 1e308 * 10 }, "value_invalid"],
    [{ ...point, value: "1" }, "value_invalid"],
    [{ ...point, timestamp: 0 }, "timestamp_range"],
    [{ ...point, timestamp: -1 }, "timestamp_range"],
    [{ ...point, timestamp: 2 ** 31 }, "timestamp_range"],
    [{ ...point, timestamp: 2 ** 63 }, "timestamp_future"],
    [{ ...point, timestamp: startMillis * 1e6 }, "timestamp_future"],
    [{ ...point, timestamp: startMillis + 0.5 }, "timestamp_range"],
    [{ ...point, timestamp: "yesterday" }, "timestamp_invalid"],
    [{ ...point, metric: "" }, "missing_metric"],
    [{ ...point, metric: "a\u0000b" }, "metric_invalid"],
    [{ ...point, metric: "a\u202eb" }, "metric_invalid"],
    [{ ...point, labels: { a: "\ud800" } }, "label_invalid"],
    [{ ...point, labels: { a: "nul\u0000" } }, "label_invalid"],
    [{ ...point, labels: { "": "empty" } }, "label_invalid"],
    [{ ...point, labels: { a: oversized } }, "label_value_too_long"],
    [{ ...point, labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`n${i}`, ""])) }, "too_many_labels"],
    ["point", "point_invalid"]
  ] as const)("%j: %s", ([bad, code]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { status, body } = yield* post(hub, { points: [point, bad] })
      assert.strictEqual(status, 202)
      assert.deepStrictEqual(
        body.rejected?.map((rejection) => [rejection.index, rejection.code]),
        [[1, code]]
      )
      assert.strictEqual(hub.points.length, 1)
    })
  )

  it.effect("names that JavaScript knows are names like any other", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const labels = '{"__proto__":"x","constructor":"y","toString":"z"}'
      const reply = yield* post(
        hub,
        `{"metric":"hasOwnProperty","value":1,"labels":${labels},"__proto__":{"polluted":1}}`
      )
      assert.strictEqual(reply.status, 202)
      assert.strictEqual(hub.points[0]?.metric, "hasOwnProperty")
      assert.strictEqual(hub.points[0]?.dimensionKey, "__proto__=x,constructor=y,toString=z")
      assert.notProperty({}, "polluted")
    })
  )
})

const bounds = { headersTimeoutMillis: 60, requestTimeoutMillis: 120, checkMillis: 20 }
const head = "POST /v1/metrics HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer key\r\n"

describe("K9: connections that are no good", () => {
  it.effect.each([
    ["headers that never end", "POST /v1/metrics HTTP/1.1\r\nHost: hub\r\nX-", 408, "request_timeout"],
    ["a body that never ends", `${head}Content-Length: 100\r\n\r\n{"me`, 408, "request_timeout"],
    ["a chunk that never ends", `${head}Transfer-Encoding: chunked\r\n\r\nff\r\n{"me`, 408, "request_timeout"],
    ["a header of 1 MB", `${head}X-More: ${"a".repeat(1_000_000)}\r\n\r\n`, 431, "headers_too_large"],
    ["200 headers", `${head}${"a: b\r\n".repeat(200)}\r\n`, 431, "headers_too_large"],
    ["2,000 headers", `${head}${"a: b\r\n".repeat(2_000)}\r\n`, 431, "headers_too_large"],
    ["two lengths", `${head}Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}`, 400, "malformed_request"],
    [
      "length and chunks",
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      "malformed_request"
    ],
    ["no HTTP", "\u0016\u0003\u0001\u0002\u0000\r\n\r\n", 400, "malformed_request"]
  ] as const)("%s: %d", ([, sent, status, code]) =>
    Effect.gen(function* () {
      const hub = yield* startHub({ bounds })
      const answer = yield* talk(hub, sent)
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
      assert.include(answer, `{"error":{"code":"${code}"`)
      yield* isFine(hub)
    })
  )

  it.effect("a connection beyond its address's share is not served", () =>
    Effect.gen(function* () {
      const hub = yield* startHub({ bounds: { socketsPerAddress: 1 } })
      const first = connect(Number(new URL(hub.url).port), "127.0.0.1")
      yield* Effect.promise(() => new Promise((resolve) => first.once("connect", resolve)))
      assert.strictEqual(yield* talk(hub, `${head}Content-Length: 2\r\n\r\n{}`), "")
      yield* Effect.promise(() => new Promise((resolve) => first.destroy().once("close", resolve)))
    })
  )

  it.effect("a proxy in front, behind which all clients are, has no share", () =>
    Effect.gen(function* () {
      const isProxy = (address: string) => address === "127.0.0.1"
      const hub = yield* startHub({ bounds: { socketsPerAddress: 1 }, isProxy })
      const first = connect(Number(new URL(hub.url).port), "127.0.0.1")
      yield* Effect.promise(() => new Promise((resolve) => first.once("connect", resolve)))
      yield* isFine(hub)
      yield* Effect.promise(() => new Promise((resolve) => first.destroy().once("close", resolve)))
    })
  )
})

/** Sends bytes on a connection of its own; answers all that comes back until it is closed. */
const talk = (hub: FakeHub, sent: string) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        let received = ""
        const socket = connect(Number(new URL(hub.url).port), "127.0.0.1")
        socket.on("data", (chunk) => {
          received += chunk.toString("latin1")
        })
        socket.on("error", () => {})
        socket.on("close", () => resolve(received))
        socket.write(sent, "latin1")
      })
  )

const isFine = (hub: FakeHub) =>
  Effect.map(post(hub, good), ({ status, body }) => {
    assert.strictEqual(status, 202)
    assert.strictEqual(body.accepted, 50)
  })

function nested(depth: number): string {
  return `{"points":${"[".repeat(depth)}${"]".repeat(depth)}}`
}

function labelNames(count: number): string {
  const labels = Array.from({ length: count / 20 }, (_, point) =>
    Array.from({ length: 20 }, (_, i) => `"l${point}-${i}":""`).join()
  )
  return `{"points":[${labels.map((each) => `{"metric":"m","value":1,"labels":{${each}}}`).join()}]}`
}

/** Empty members: much to read, nothing decoded. */
function gzipMembers(): Buffer {
  const empty = gzipSync("")
  return Buffer.concat(Array.from({ length: Math.ceil(tooMuch.length / empty.length) }, () => empty))
}

/** A frame of one raw block whose header asks for a window of 2^30 bytes (RFC 8878 §3.1.1). */
function hugeWindow(): Buffer {
  const block = Buffer.alloc(3)
  block.writeUIntLE((good.length << 3) | 1, 0, 3)
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (30 - 10) << 3]), block, Buffer.from(good)])
}
