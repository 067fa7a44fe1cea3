/**
 * Passwords as they are stored: scrypt (RFC 7914) with the parameters of OWASP's Password Storage Cheat Sheet, as PHC
 * text, which names its own parameters, so that these may be raised later.
 */
import { type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto"
import { Context, Effect, Layer, Semaphore } from "effect"
import { SecureRandom } from "effect/crypto"
import { limits } from "../../limits.ts"
import { normalizePassword } from "../../schema/User.ts"
import { StoreUnavailable } from "../Journal.ts"

/** N = 2 ^ `logN`; one hash takes 128 · r · N bytes. */
export interface ScryptCost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** 128 MiB, and a third of a second of a core. */
export const PasswordCost = Context.Reference<ScryptCost>("lumina/store/PasswordCost", {
  defaultValue: () => ({ logN: 17, r: 8, p: 1 })
})

export class Passwords extends Context.Service<
  Passwords,
  {
    /** Fails when too many wait already: hashing costs memory, of which there is only so much. */
    readonly hash: (password: string) => Effect.Effect<string, StoreUnavailable>
    /** Whether it is the password; with no hash it is not, which takes as long to find out. */
    readonly verify: (password: string, phc: string | null) => Effect.Effect<boolean, StoreUnavailable>
  }
>()("lumina/store/Passwords") {
  static readonly layer = Layer.effect(
    Passwords,
    Effect.gen(function* () {
      const random = yield* SecureRandom.SecureRandom
      const cost = yield* PasswordCost
      const bounded = yield* makeBounded
      const derive = (password: string, salt: Buffer, cost: ScryptCost) => bounded(scryptHash(password, salt, cost))
      const decoy: Phc = { cost, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) }

      return Passwords.of({
        hash: Effect.fnUntraced(function* (password) {
          const salt = Buffer.from(yield* random.randomBytes(SALT_BYTES))
          return format({ cost, salt, hash: yield* derive(password, salt, cost) })
        }),
        verify: Effect.fnUntraced(function* (password, phc) {
          const stored = phc === null ? decoy : parse(phc)
          const hash = yield* derive(password, stored.salt, stored.cost)
          return timingSafeEqual(hash, stored.hash) && phc !== null
        })
      })
    })
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
}

/** Four groups of five of 32 characters that nobody takes for each other: 100 bits. */
export const oneTimePassword = Effect.gen(function* () {
  const random = yield* SecureRandom.SecureRandom
  const bytes = yield* random.randomBytes(20)
  const characters = Array.from(bytes, (byte) => READABLE[byte % READABLE.length]!).join("")
  return characters.replace(/.{5}(?=.)/g, "$&-")
})

const READABLE = "23456789abcdefghijkmnpqrstuvwxyz"
const SALT_BYTES = 16
const HASH_BYTES = 32

/** A few at a time, a few more that wait. */
const makeBounded = Effect.map(Semaphore.make(limits.passwordHashesAtOnce), (places) => {
  let waiting = 0
  return <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | StoreUnavailable> =>
    Effect.suspend((): Effect.Effect<A, E | StoreUnavailable> => {
      if (waiting >= limits.passwordHashesAtOnce + limits.passwordHashesWaiting) {
        return new StoreUnavailable({ message: "too many passwords are being checked" })
      }
      waiting++
      // Node finishes a hash that nobody waits for any more, and so long its place is taken.
      return Effect.ensuring(
        places.withPermits(1)(Effect.uninterruptible(effect)),
        Effect.sync(() => void waiting--)
      )
    })
})

const scryptHash = (password: string, salt: Buffer, { logN, p, r }: ScryptCost): Effect.Effect<Buffer> =>
  Effect.callback<Buffer>((resume) => {
    const N = 2 ** logN
    const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
    scrypt(normalizePassword(password), salt, HASH_BYTES, options, (error, hash) =>
      resume(error === null ? Effect.succeed(hash) : Effect.die(error))
    )
  })

interface Phc {
  readonly cost: ScryptCost
  readonly salt: Buffer
  readonly hash: Buffer
}

const format = ({ cost: { logN, p, r }, hash, salt }: Phc): string =>
  `$scrypt$ln=${logN},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "")

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([\w+/]+)\$([\w+/]+)$/

/** @throws Error for a text that we did not write */
const parse = (phc: string): Phc => {
  const [, logN, r, p, salt, hash] = PHC.exec(phc) ?? []
  if (hash === undefined) throw new Error("a stored password hash is not PHC text of scrypt")
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt!, "base64"),
    hash: Buffer.from(hash, "base64")
  }
}
