import { Schema } from "effect"

/** Far more than a password may have: what is longer is no password, and must not be hashed to find that out. */
const Secret = Schema.String.check(Schema.isMaxLength(1_024, { message: "must have at most 1024 characters" }))

export const Login = Schema.Struct({
  name: Schema.String.check(Schema.isMaxLength(255, { message: "must have at most 255 characters" })),
  password: Secret
})
export type Login = typeof Login.Type

export const PasswordChange = Schema.Struct({ current: Secret, new: Secret })
export type PasswordChange = typeof PasswordChange.Type
