/** Who is logged in. */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query"
import { createContext, useContext } from "react"
import { ApiError, makeClient } from "./client.ts"
import type { AnswerOf } from "./types.ts"

export type Session = AnswerOf<"session.get">
export type Membership = Session["workspaces"][number]

const SESSION_KEY = ["session"] as const

const anonymous = makeClient({ workspace: null, csrfToken: null })

const fetchSession = async (signal?: AbortSignal): Promise<Session | null> => {
  try {
    return await anonymous.call("session.get", {}, signal)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** null: nobody is. */
export const useSessionQuery = () =>
  useQuery({
    queryKey: SESSION_KEY,
    queryFn: async ({ client, signal }) => {
      const session = await fetchSession(signal)
      if (session === null) forgetAnswers(client)
      return session
    },
    staleTime: 5 * 60_000
  })

/** What one person was answered the next one must not see. */
const forgetAnswers = (queries: QueryClient): void => {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
  queries.getMutationCache().clear()
}

/** Ways to log in beside a password. */
export const useLoginOptions = () =>
  useQuery({
    queryKey: ["login"],
    queryFn: ({ signal }) => anonymous.call("session.options", {}, signal),
    retry: false
  })

/** Asks again what the person may do where: workspaces have come, or changed their names. */
export const useRefreshSession = (): (() => Promise<void>) => {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: SESSION_KEY })
}

/** What changes a session. */
export const useSessionActions = () => {
  const queries = useQueryClient()
  const current = () => queries.getQueryData<Session | null>(SESSION_KEY) ?? null
  const client = () => makeClient({ workspace: null, csrfToken: current()?.csrfToken ?? null })
  const keep = (session: Session | null) => queries.setQueryData(SESSION_KEY, session)
  const forget = () => {
    keep(null)
    forgetAnswers(queries)
  }
  return {
    logIn: async (name: string, password: string) => {
      keep(await client().call("session.login", { payload: { name, password } }))
    },
    changePassword: async (current: string, next: string) => {
      keep(await client().call("session.changePassword", { payload: { current, new: next } }))
    },
    logOut: async () => {
      await client().call("session.logout", {})
      forget()
    },
    /** The hub no longer knows the session. */
    forget
  }
}

export const SessionContext = createContext<{ readonly session: Session; readonly membership: Membership } | null>(null)

/** The session, and what it may do in the workspace that is shown. */
export const useSession = () => {
  const context = useContext(SessionContext)
  if (context === null) throw new Error("useSession belongs inside the shell")
  const { role } = context.membership
  return { ...context, canOperate: role !== "viewer", canAdminister: role === "admin" }
}
