import { Schema } from "effect"
import { Label, type Scope } from "./ApiKey.ts"

/** What people log in with. Lower case only, so that nobody can pass for `Admin`. */
export const UserName = Schema.String.check(
  Schema.isPattern(/^[a-z0-9][a-z0-9._@+-]{0,63}$/, {
    message: "must be 1 to 64 lower-case letters, digits and . _ @ + -, and start with a letter or digit"
  })
).annotate({ description: "What the user logs in with; never changes." })

/** What a user may do in one workspace. */
export const Role = Schema.Literals(["viewer", "operator", "admin"]).annotate({
  description:
    "In this workspace. `viewer` sees everything but keys, users and audit; `operator` also handles alerts and " +
    "incidents; `admin` does everything. An admin of the default workspace is an admin of all."
})
export type Role = typeof Role.Type

export const ROLE_SCOPES: { readonly [R in Role]: ReadonlyArray<Scope> } = {
  viewer: ["read"],
  operator: ["operate"],
  admin: ["admin"]
}

/** A person, as one workspace has them. */
export const User = Schema.Struct({
  displayName: Label,
  role: Role,
  disabled: Schema.Boolean.annotate({ description: "Cannot log in; sessions end at once." })
})
export type User = typeof User.Type

export const NewUser = Schema.Struct({ name: UserName, displayName: Label, role: Role })
export type NewUser = typeof NewUser.Type

export const PASSWORD_LEAST = 12
export const PASSWORD_MOST = 128

/** One password, however its characters were composed. */
export const normalizePassword = (password: string): string => password.normalize("NFKC")

/**
 * Why somebody must not have this password; null where they may. Length is what makes a password good, and what
 * everybody tries first is not; rules of composition only make it worse (NIST SP 800-63B).
 */
export const passwordProblem = (password: string, userName: string): string | null => {
  const normal = normalizePassword(password)
  const length = Array.from(normal).length
  if (length < PASSWORD_LEAST) return `must have at least ${PASSWORD_LEAST} characters`
  if (length > PASSWORD_MOST) return `must have at most ${PASSWORD_MOST} characters`
  const lower = normal.toLowerCase()
  if (lower === userName) return "must not be the login name"
  return COMMON.has(lower) || /^(.{1,4})\1+$/u.test(lower) ? "is one of those that everybody tries first" : null
}

/** The most frequent of leaked passwords that are long enough, and what suggests itself here. */
const COMMON: ReadonlySet<string> = new Set(
  `123456789012 1234567890123 12345678901234 123456789123 0123456789012 0987654321098 1q2w3e4r5t6y 1qaz2wsx3edc
  1qaz2wsx3edc4rfv q1w2e3r4t5y6 qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiopasdf qwertyuiop1234
  qwerty123456 qwerty1234567 qwerty12345678 asdfghjkl123 asdfghjkl1234 zaq12wsxcde3 zxcvbnm12345 abcdefghijkl
  abcdefghijklm abc123456789 abcd12345678 abcdefg12345 password1234 password12345 password123456 passw0rd1234
  p@ssw0rd1234 p@ssword1234 passwordpassword password!234 mypassword123 administrator administrator1
  administrator123 admin1234567 admin12345678 adminadmin123 adminpassword changeme1234 changemenow1
  changemeplease letmein12345 letmeinplease welcome12345 welcome123456 iloveyou1234 iloveyouforever
  trustno1trustno1 unbelievable superman1234 sunshine1234 football1234 baseball1234 princess1234 correcthorse
  correcthorsebatterystaple luminalumina lumina123456 lumina-admin luminapassword monitoring123`.split(/\s+/)
)
