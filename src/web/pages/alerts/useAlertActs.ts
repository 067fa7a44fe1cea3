import { messageOf, useClient } from "../../api/hooks.ts"
import type { Alert } from "../../api/types.ts"
import { useAct } from "../../api/useAct.ts"
import { toast } from "../../ui/toastStore.ts"

/** What can still be acknowledged, and what can be closed by hand. */
export const isOpen = ({ operationalStatus }: Alert): boolean => operationalStatus === "Open"
export const isClosable = ({ kind, operationalStatus }: Alert): boolean =>
  operationalStatus !== "Closed" && kind !== "External"

/** Acknowledging and closing, of one alert or of many; each answers what was refused. */
export const useAlertActs = () => {
  const client = useClient()
  const { left, run } = useAct<Alert>()
  const tell = (count: number, failures: ReadonlyArray<unknown>, done: string): ReadonlyArray<unknown> => {
    const went = count - failures.length
    if (went > 0) toast({ title: `${went} ${went === 1 ? "alert" : "alerts"} ${done}` })
    if (failures.length > 0)
      toast({ title: `${failures.length} not ${done}: ${messageOf(failures[0])}`, tone: "error" })
    return failures
  }
  return {
    left,
    acknowledge: async (alerts: ReadonlyArray<Alert>, note = "") =>
      tell(
        alerts.length,
        await run(alerts, {
          change: { operationalStatus: "Acknowledged" },
          send: ({ id }) => client.call("alerts.acknowledge", { params: { id }, payload: note === "" ? {} : { note } })
        }),
        "acknowledged"
      ),
    close: async (alerts: ReadonlyArray<Alert>, note: string) =>
      tell(
        alerts.length,
        await run(alerts, {
          change: { operationalStatus: "Closed" },
          send: ({ id }) => client.call("alerts.close", { params: { id }, payload: { note } })
        }),
        "closed"
      )
  }
}
