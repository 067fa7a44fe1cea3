import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { useLocation } from "wouter"
import { ApiError } from "../../api/client.ts"
import { isOf, messageOf, useClient } from "../../api/hooks.ts"
import type { PayloadOf, Rule } from "../../api/types.ts"
import { toast } from "../../ui/toastStore.ts"
import type { Conflict } from "./ConflictDialog.tsx"
import { documentOf, type RuleDocument } from "./document.ts"
import type { Draft } from "./useDraft.ts"

/** Saving and deleting, with the version that the editor started from. */
export const useSave = (ruleId: string | null, draft: Draft) => {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState(false)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const changed = () =>
    queries.invalidateQueries({ predicate: ({ queryKey }) => isOf(queryKey, ["rules", "alerts", "incidents"]) })

  const theirs = async (id: string) => {
    const rule = await client.call("rules.get", { params: { id } })
    setConflict({ version: rule.version, updatedAt: rule.updatedAt, document: documentOf(rule) })
  }

  const attempt = async (act: () => Promise<void>) => {
    setBusy(true)
    try {
      await act()
    } catch (error) {
      if (ruleId !== null && error instanceof ApiError && error.status === 412) await theirs(ruleId).catch(complain)
      else {
        draft.refuse(error)
        complain(error)
      }
    } finally {
      setBusy(false)
    }
  }

  const write = (version: number) =>
    attempt(async () => {
      // The hub is the judge of the shape: what is wrong with it comes back as a 422.
      const payload = draft.document as unknown as PayloadOf<"rules.create">
      const rule: Rule =
        ruleId === null
          ? await client.call("rules.create", { payload })
          : await client.call("rules.replace", {
              params: { id: ruleId },
              headers: { "if-match": `"${version}"` },
              payload
            })
      setConflict(null)
      draft.start({ version: rule.version, document: documentOf(rule) })
      await changed()
      toast({ title: ruleId === null ? `${rule.name} judges from now on` : `Revision ${rule.version} is in force` })
      if (ruleId === null) navigate(`/rules/${rule.id}${window.location.search}`, { replace: true })
    })

  return {
    busy,
    conflict,
    closeConflict: () => setConflict(null),
    takeTheirs: () => {
      if (conflict !== null) draft.start(conflict)
      setConflict(null)
      void changed()
    },
    overwrite: () => void (conflict !== null && write(conflict.version)),
    save: () => {
      draft.showAll()
      if (draft.refusals.length === 0) return void write(draft.origin.version)
      const count = draft.refusals.length
      toast({ title: `${count} ${count === 1 ? "field needs" : "fields need"} another value.`, tone: "error" })
      window.setTimeout(() => document.querySelector<HTMLElement>("main [aria-invalid=true]")?.focus())
    },
    remove: () =>
      void attempt(async () => {
        if (ruleId === null) return
        await client.call("rules.remove", {
          params: { id: ruleId },
          headers: { "if-match": `"${draft.origin.version}"` }
        })
        toast({ title: "The rule is deleted" })
        navigate("/rules")
        // Once this page is gone: nobody asks for the rule again.
        window.setTimeout(() => void changed())
      })
  }
}

const complain = (error: unknown): void => toast({ title: messageOf(error), tone: "error" })

/** Shown to whoever would leave the page by closing it. */
export const documentName = (document: RuleDocument): string =>
  typeof document.name === "string" && document.name.trim() !== "" ? document.name : "New rule"
