/** Facts of one partition, made briefly, and what a store made of them. */
import { Effect } from "effect"
import type { AlertAcknowledged, AlertClosed, AlertFact, AlertOpened } from "../../src/schema/Alert.ts"
import { uuidV5, workspaceIdOf } from "../../src/schema/Identity.ts"
import type { ViolationFact } from "../../src/schema/Violation.ts"
import { type FactBatch, Facts, type SeriesFact } from "../../src/store/facts/Facts.ts"
import { Journal } from "../../src/store/Journal.ts"
import { Inside, newPartition } from "./Inside.ts"

export const START = Date.UTC(2022, 7, 22, 10, 11, 12, 345)
export const SECOND = 1_000
const namespace = workspaceIdOf("facts")
const ruleId = uuidV5(namespace, "rule")

class Story {
  readonly partition = newPartition()
  seq = 0

  idOf(name: string): string {
    return uuidV5(namespace, `${this.partition} ${name}`)
  }

  #context(name: string, openTime: number) {
    return {
      alertId: this.idOf(name),
      workspaceNumber: 1,
      partition: this.partition,
      series: 3,
      ruleId,
      ruleRevision: 2,
      severity: "Warning" as const,
      metric: "cpu",
      dimensionKey: "host=wéb-1",
      labels: { host: "wéb-1" },
      startTime: openTime - SECOND,
      openTime,
      live: false,
      receivedTime: START
    }
  }

  opened(name: string, openTime = START): AlertOpened {
    const kind = "Metric" as const
    const reason = { name: 'CPU "high"', triggerReason: "2 violations within 1m: 90 > 80", violationCount: 2 }
    return { _tag: "AlertOpened", ...this.#context(name, openTime), kind, ...reason }
  }

  acknowledged(name: string): AlertAcknowledged {
    return { _tag: "AlertAcknowledged", ...this.#context(name, START), actor: "ann", note: null, time: START + SECOND }
  }

  closed(name: string, fields: Partial<AlertClosed> = {}): AlertClosed {
    return {
      _tag: "AlertClosed",
      ...this.#context(name, START),
      actor: null,
      note: null,
      closeReason: "Recovered",
      endTime: START + 9 * SECOND,
      violationCount: 5,
      ...fields
    }
  }

  settled(name: string): AlertFact {
    return { _tag: "AlertSettled", ...this.#context(name, START), time: START + 99 * SECOND }
  }

  series(number: number): SeriesFact {
    const dimensionKey = `host=${number}`
    const labels = { host: String(number) }
    return { partition: this.partition, series: number, workspaceNumber: 1, metric: "cpu", dimensionKey, labels }
  }

  violation(timestamp: number, fields: Partial<ViolationFact> = {}): ViolationFact {
    return {
      _tag: "Violation",
      ruleId,
      ruleRevision: 2,
      metric: "cpu",
      dimensionKey: "host=wéb-1",
      labels: { host: "wéb-1" },
      timestamp,
      actual: 90.25,
      expected: null,
      lower: null,
      upper: 80,
      direction: "Above",
      severity: "Warning",
      deviationPercent: 12.8125,
      confidence: 1,
      workspaceNumber: 1,
      partition: this.partition,
      series: 3,
      live: false,
      receivedTime: START,
      ...fields
    }
  }

  batch(facts: Partial<FactBatch>, epoch = 1): FactBatch {
    const positions = [{ partition: this.partition, epoch, appliedSeq: ++this.seq }]
    return { positions, series: [], violations: [], alerts: [], ...facts }
  }
}

/** A partition of its own, claimed once. */
export const begin = Effect.gen(function* () {
  const story = new Story()
  yield* (yield* Journal).claim(story.partition)
  const facts = yield* Facts
  const inside = yield* Inside
  return {
    story,
    commit: (batch: Partial<FactBatch>, epoch = 1) => facts.commit(story.batch(batch, epoch)),
    stored: inside.facts(story.partition),
    /** Facts are stored up to here, as the next owner is told. */
    position: Effect.flatMap(Journal, (journal) =>
      Effect.map(journal.claim(story.partition), (claim) => claim.appliedSeq)
    )
  }
})
