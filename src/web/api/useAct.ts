/** What a person does to alerts or incidents: seen at once, and taken back where the hub refuses it. */
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { isOf, useClient } from "./hooks.ts"
import { identityOf, patchRow } from "./patch.ts"

interface Act<Row> {
  /** What of a row will be another; nothing where only the hub knows. */
  readonly change?: Partial<Row>
  /** Answers the row as it is then. */
  readonly send: (row: Row) => Promise<object>
}

/** The API takes one at a time: so many requests are under way at once. */
const AT_ONCE = 4

/** `run` answers what was refused, never rejects; `left`: how many are still to be answered, 0 when none is. */
export const useAct = <Row extends object>() => {
  const queries = useQueryClient()
  const { workspace } = useClient()
  const [left, setLeft] = useState(0)

  const show = (row: object, fields: object) => {
    const identity = identityOf(row)
    if (identity === null) return
    queries.setQueriesData(
      { predicate: ({ queryKey }) => queryKey[0] === workspace && isOf(queryKey, ["alerts", "incidents"]) },
      (data: unknown) => patchRow(data, identity, fields)
    )
  }

  const one = async (row: Row, { change, send }: Act<Row>): Promise<ReadonlyArray<unknown>> => {
    if (change !== undefined) show(row, change)
    try {
      const answer = await send(row)
      show(answer, answer)
      return []
    } catch (error) {
      if (change !== undefined) show(row, row)
      return [error]
    }
  }

  const run = async (rows: ReadonlyArray<Row>, act: Act<Row>): Promise<ReadonlyArray<unknown>> => {
    const failures: Array<unknown> = []
    const queue = rows.slice()
    const work = async () => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        failures.push(...(await one(row, act)))
        setLeft((left) => left - 1)
      }
    }
    setLeft((left) => left + rows.length)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, rows.length) }, work))
    void queries.invalidateQueries({
      predicate: (query) => query.queryKey[0] === workspace && isOf(query.queryKey, ["alerts", "incidents"])
    })
    return failures
  }
  return { left, run }
}
