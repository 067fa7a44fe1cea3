import { messageOf, useClient } from "../../api/hooks.ts"
import type { Incident, PayloadOf } from "../../api/types.ts"
import { useAct } from "../../api/useAct.ts"
import { toast } from "../../ui/toastStore.ts"

export type Classification = NonNullable<PayloadOf<"incidents.resolve">>["classification"]

/** It resolved by itself, and nobody has said yet what it was. */
export const isUnclassified = ({ resolution, status }: Incident): boolean =>
  status === "Resolved" && resolution?.by === "system" && resolution.classification === null

const noted = (note: string) => (note === "" ? {} : { note })

/** What an operator can do with incidents; each answers what was refused. */
export const useIncidentActs = () => {
  const client = useClient()
  const { left, run } = useAct<Incident>()
  const tell = (incidents: ReadonlyArray<Incident>, failures: ReadonlyArray<unknown>, done: string) => {
    const went = incidents.length - failures.length
    const what = incidents.length === 1 ? incidents[0]!.incidentKey : `${went} incidents`
    if (went > 0) toast({ title: `${what} ${done}` })
    if (failures.length > 0) {
      const missed = incidents.length === 1 ? what : `${failures.length} incidents`
      toast({ title: `${missed} not ${done}: ${messageOf(failures[0])}`, tone: "error" })
    }
    return failures
  }
  return {
    left,
    acknowledge: async (incidents: ReadonlyArray<Incident>, note = "") =>
      tell(
        incidents,
        await run(incidents, {
          change: { status: "Acknowledged" },
          send: ({ incidentKey }) =>
            client.call("incidents.acknowledge", { params: { incidentKey }, payload: noted(note) })
        }),
        "acknowledged"
      ),
    resolve: async (incidents: ReadonlyArray<Incident>, classification: Classification, note: string) =>
      tell(
        incidents,
        await run(incidents, {
          change: { status: "Resolved" },
          send: ({ incidentKey }) =>
            client.call("incidents.resolve", { params: { incidentKey }, payload: { classification, note } })
        }),
        "resolved"
      ),
    reopen: async (incident: Incident, note: string) =>
      tell(
        [incident],
        await run([incident], {
          change: { status: "Open" },
          send: ({ incidentKey }) => client.call("incidents.reopen", { params: { incidentKey }, payload: noted(note) })
        }),
        "reopened"
      ),
    merge: async (into: Incident, incidentKeys: ReadonlyArray<string>, note: string) =>
      tell(
        [into],
        await run([into], {
          send: ({ incidentKey }) =>
            client.call("incidents.merge", { params: { incidentKey }, payload: { incidentKeys, ...noted(note) } })
        }),
        `took over ${incidentKeys.length === 1 ? incidentKeys[0] : `${incidentKeys.length} incidents`}`
      ),
    /** `onMade` gets the key of the incident that has the alerts now. */
    split: async (from: Incident, alertIds: ReadonlyArray<string>, note: string, onMade: (key: string) => void) =>
      tell(
        [from],
        await run([from], {
          send: async ({ incidentKey }) => {
            const made = await client.call("incidents.split", {
              params: { incidentKey },
              payload: { alertIds, ...noted(note) }
            })
            onMade(made.incidentKey)
            return made
          }
        }),
        `split: ${alertIds.length === 1 ? "one alert has" : `${alertIds.length} alerts have`} an incident of their own`
      )
  }
}
