/** Who is logged in. */
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { createContext, useContext } from "react"
import { ApiError, makeClient } from "./client.ts"

export type Role = "viewer" | "operator" | "admin"

export interface Membership {
  readonly key: string
  readonly name: string
  readonly role: Role
}

/** Answer of `/api/session`. */
export interface Session {
  readonly user: { readonly name: string; readonly displayName?: string | null }
  readonly workspaces: ReadonlyArray<Membership>
  readonly csrfToken: string
  readonly expiresAt: string
  /** Until it is changed, the password is all that this session may change. */
  readonly mustChangePassword: boolean
}

const PATH = "/api/session"
const SESSION_KEY = ["session"] as const

const fetchSession = async (signal?: AbortSignal): Promise<Session | null> => {
  try {
    return (await makeClient({ workspace: null, csrfToken: null }).send("GET", PATH, {}, signal)) as Session
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** null: nobody is. */
export const useSessionQuery = () =>
  useQuery({ queryKey: SESSION_KEY, queryFn: ({ signal }) => fetchSession(signal), staleTime: 5 * 60_000 })

/** What changes a session. */
export const useSessionActions = () => {
  const queries = useQueryClient()
  const current = () => queries.getQueryData<Session | null>(SESSION_KEY) ?? null
  const client = () => makeClient({ workspace: null, csrfToken: current()?.csrfToken ?? null })
  const keep = (session: Session) => queries.setQueryData(SESSION_KEY, session)
  return {
    logIn: async (name: string, password: string) => {
      keep((await client().send("POST", PATH, { payload: { name, password } })) as Session)
    },
    changePassword: async (currentPassword: string, newPassword: string) => {
      const payload = { current: currentPassword, new: newPassword }
      await client().send("PUT", `${PATH}/password`, { payload })
      // The session is another one now, with another token against forged requests.
      await queries.fetchQuery({ queryKey: SESSION_KEY, queryFn: ({ signal }) => fetchSession(signal), staleTime: 0 })
    },
    logOut: async () => {
      await client().send("DELETE", PATH)
      queries.clear()
      queries.setQueryData(SESSION_KEY, null)
    },
    /** The hub no longer knows the session. */
    forget: () => queries.setQueryData(SESSION_KEY, null)
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
