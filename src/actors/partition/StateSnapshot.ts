/**
 * A partition's detection state as bytes: the snapshot `detection`.
 *
 *   version u32 · JSON length u32 · JSON · padding to 8 · newest f64 × series · key length u32 × series · keys
 *
 * What follows from the catalogue (bindings, metrics) is not in it; it is made again. Little endian.
 */
import type { DetectorState } from "../detector/Detector.ts"
import type { Change } from "./Record.ts"
import { seriesKeyHash, workspaceNumberOf } from "./Registry.ts"
import { type PartitionCounters, PartitionState } from "./State.ts"

export const DETECTION_CODEC_VERSION = 1

interface Document {
  readonly partition: number
  readonly seq: number
  readonly series: number
  readonly catalogueVersion: number
  readonly changes: ReadonlyArray<Change>
  readonly counters: PartitionCounters
  /** Series and its awake detectors by rule id. */
  readonly awake: ReadonlyArray<readonly [number, ReadonlyArray<readonly [string, DetectorState]>]>
}

export const encodeState = (state: PartitionState): Uint8Array => {
  const json = new TextEncoder().encode(JSON.stringify(documentOf(state)))
  const series = state.declared
  const newestAt = (8 + json.length + 7) & ~7
  const lengthsAt = newestAt + series * 8
  let length = lengthsAt + series * 4
  for (let id = 0; id < series; id++) length += state.registry.bytes(id).length
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, DETECTION_CODEC_VERSION, true)
  view.setUint32(4, json.length, true)
  bytes.set(json, 8)
  new Float64Array(bytes.buffer, newestAt, series).set(state.columns.newest.subarray(0, series))
  let offset = lengthsAt + series * 4
  for (let id = 0; id < series; id++) {
    const key = state.registry.bytes(id)
    view.setUint32(lengthsAt + id * 4, key.length, true)
    bytes.set(key, offset)
    offset += key.length
  }
  return bytes
}

/** The state again. The bytes have passed the store's checksum and are of this codec version. */
export const decodeState = (stored: Uint8Array): PartitionState => {
  const bytes = stored.byteOffset % 8 === 0 ? stored : stored.slice()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const jsonLength = view.getUint32(4, true)
  const document = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + jsonLength))) as Document
  const state = new PartitionState(document.partition)
  const newestAt = (8 + jsonLength + 7) & ~7
  const lengthsAt = newestAt + document.series * 8
  for (const change of document.changes) state.catalogue.apply(change)
  state.catalogue.version = document.catalogueVersion
  state.columns.reserve(document.series)
  state.columns.newest.set(new Float64Array(bytes.buffer, bytes.byteOffset + newestAt, document.series))
  let offset = lengthsAt + document.series * 4
  for (let id = 0; id < document.series; id++) {
    const length = view.getUint32(lengthsAt + id * 4, true)
    const key = bytes.subarray(offset, offset + length)
    state.registry.add(key, seriesKeyHash(key))
    state.columns.metric[id] = state.catalogue.metricIndex(workspaceNumberOf(key), state.registry.metric(id))
    offset += length
  }
  state.declared = document.series
  state.seq = document.seq
  Object.assign(state.counters, document.counters)
  state.bindAll()
  for (const [series, detectors] of document.awake) wake(state, series, new Map(detectors))
  return state
}

const documentOf = (state: PartitionState): Document => ({
  partition: state.partition,
  seq: state.seq,
  series: state.declared,
  catalogueVersion: state.catalogue.version,
  changes: state.catalogue.documents(),
  counters: state.counters,
  awake: [...state.awake].map(([series, { detectors }]) => [
    series,
    detectors.flatMap((detector) => (detector === null ? [] : [[detector.rule.ruleId, detector.state] as const]))
  ])
})

const wake = (state: PartitionState, series: number, detectors: ReadonlyMap<string, DetectorState>): void => {
  const { rules } = state.catalogue.bindings[state.columns.binding[series]!]!
  const identity = state.identity(series)
  state.awake.set(series, {
    identity,
    detectors: rules.map((rule) => {
      const kept = detectors.get(rule.ruleId)
      return kept === undefined ? null : { rule, series: identity, state: kept }
    })
  })
  state.columns.awake[series] = 1
}
