/** An OpenID Connect provider of a few lines: what it signs, and how it misbehaves, is the test's to say. */
import { createHash, createSign, generateKeyPairSync, type KeyObject } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Context, Effect, Layer } from "effect"

export const CLIENT_ID = "lumina"
export const CLIENT_SECRET = "a secret of client and provider"

interface Grant {
  readonly challenge: string
  readonly redirectUri: string
  readonly claims: Record<string, unknown>
}

const newKey = () => generateKeyPairSync("rsa", { modulusLength: 2048 })

export class FakeProvider extends Context.Service<FakeProvider, Provider>()("test/FakeProvider") {
  static readonly layer = Layer.effect(
    FakeProvider,
    Effect.gen(function* () {
      const provider = new Provider()
      const server = createServer((request, response) => void provider.answer(request, response))
      yield* Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve())))
      yield* Effect.addFinalizer(() =>
        Effect.promise(() => {
          server.closeAllConnections()
          return new Promise<void>((resolve) => server.close(() => resolve()))
        })
      )
      provider.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      return provider
    })
  )
}

export class Provider {
  issuer = ""
  isAway = false
  /** Requests so far. */
  asked = 0
  /** What signs; what it says of itself stays, so another key here is a forgery. */
  signingKey: KeyObject
  readonly #keys = newKey()
  readonly #grants = new Map<string, Grant>()
  #codes = 0

  constructor() {
    this.signingKey = this.#keys.privateKey
  }

  forge(): void {
    this.signingKey = newKey().privateKey
  }

  honest(): void {
    this.signingKey = this.#keys.privateKey
  }

  /** Somebody logs in here; answers the query with which the browser is sent back. `changed`: claims that are wrong. */
  login(authorization: string, claims: Record<string, unknown>, changed: Record<string, unknown> = {}): string {
    const { searchParams } = new URL(authorization)
    const now = Math.floor(Date.now() / 1_000)
    const code = `code-${++this.#codes}`
    const standard = { iss: this.issuer, aud: CLIENT_ID, iat: now, exp: now + 60, nonce: searchParams.get("nonce") }
    this.#grants.set(code, {
      challenge: searchParams.get("code_challenge")!,
      redirectUri: searchParams.get("redirect_uri")!,
      claims: { ...standard, ...claims, ...changed }
    })
    return `?code=${code}&state=${searchParams.get("state")}`
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!
    this.asked++
    if (this.isAway) return void response.writeHead(503).end()
    if (path === "/.well-known/openid-configuration") return json(response, 200, this.#metadata())
    if (path === "/keys") {
      const key = { ...this.#keys.publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }
      return json(response, 200, { keys: [key] })
    }
    if (path === "/token") {
      const chunks: Array<Buffer> = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      return this.#token(new URLSearchParams(Buffer.concat(chunks).toString()), response)
    }
    response.writeHead(404).end()
  }

  #metadata() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"]
    }
  }

  #token(form: URLSearchParams, response: ServerResponse): void {
    const grant = this.#grants.get(form.get("code") ?? "")
    this.#grants.delete(form.get("code") ?? "")
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url")
    const isRight =
      grant?.challenge === challenge &&
      grant.redirectUri === form.get("redirect_uri") &&
      form.get("client_id") === CLIENT_ID &&
      form.get("client_secret") === CLIENT_SECRET
    if (!isRight) json(response, 400, { error: "invalid_grant" })
    else json(response, 200, { access_token: "a", token_type: "Bearer", id_token: this.#sign(grant.claims) })
  }

  #sign(claims: object): string {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url")
    const signed = `${encode({ alg: "RS256", kid: "1" })}.${encode(claims)}`
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(this.signingKey, "base64url")}`
  }
}

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}
