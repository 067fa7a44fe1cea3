/** A form of the login: what went wrong stands in it, and what is under way is not sent twice. */
import { type FormEvent, useState } from "react"
import { ApiError } from "../../api/client.ts"
import { messageOf } from "../../api/hooks.ts"

/** In words; null: nothing. */
export const refusalOf = (error: unknown): string | null => {
  if (error === null) return null
  const wait = error instanceof ApiError ? error.retryAfterSeconds : null
  return `${messageOf(error)}${wait === null ? "" : ` Try again in ${wait} s.`}`
}

export const useSubmit = (run: () => Promise<void>) => {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await run()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return { busy, error, submit }
}
