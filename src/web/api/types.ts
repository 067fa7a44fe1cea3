/** The hub's own description of its API as types: what goes over the wire, by `group.endpoint`. */
import type { HttpApi, HttpApiGroup } from "effect/http-api"
import type { Api } from "../../http/api/Api.ts"

type Groups = typeof Api extends HttpApi.HttpApi<string, infer G> ? G : never

/** A schema without the codecs that the hub has put around it. */
type Bare<S> = S extends { readonly schema: infer Inner } ? Bare<Inner> : S
type Encoded<S> = [S] extends [never] ? never : Bare<S> extends { readonly Encoded: infer E } ? E : never

/** Documents come with their version, which is also in their body. */
type Wire<E> = E extends void ? undefined : E

interface Shape {
  readonly identifier: string
  readonly "~Params": unknown
  readonly "~Query": unknown
  readonly "~Payload": unknown
  readonly "~Headers": unknown
  readonly "~Success": unknown
}

type EndpointsOf<G> =
  G extends HttpApiGroup.HttpApiGroup<infer Id, infer E, boolean>
    ? E extends Shape
      ? { readonly [K in E["identifier"] as `${Id}.${K}`]: E }
      : never
    : never

type Flat<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never
type Endpoints = Flat<EndpointsOf<Groups>>

export type EndpointName = keyof Endpoints & string
type Of<N extends EndpointName> = Endpoints[N] extends infer E extends Shape ? E : never

type ParamsOf<N extends EndpointName> = Encoded<Of<N>["~Params"]>
export type QueryOf<N extends EndpointName> = Encoded<Of<N>["~Query"]>
export type PayloadOf<N extends EndpointName> = Wire<Encoded<Of<N>["~Payload"]>>
export type HeadersOf<N extends EndpointName> = Encoded<Of<N>["~Headers"]>

/** What an endpoint answers, as JSON. */
export type AnswerOf<N extends EndpointName> = Wire<Encoded<Of<N>["~Success"]>>

/** An item of what a list answers. */
export type ItemOf<N extends EndpointName> =
  AnswerOf<N> extends { readonly items: ReadonlyArray<infer Item> } ? Item : never

type Part<Name extends string, T> = [T] extends [never]
  ? { readonly [K in Name]?: undefined }
  : Record<never, never> extends T
    ? { readonly [K in Name]?: T }
    : undefined extends T
      ? { readonly [K in Name]?: T }
      : { readonly [K in Name]: T }

/** What an endpoint asks for. */
export type RequestOf<N extends EndpointName> = Part<"params", ParamsOf<N>> &
  Part<"query", QueryOf<N>> &
  Part<"payload", PayloadOf<N>> &
  Part<"headers", HeadersOf<N>>

export type Alert = ItemOf<"alerts.list">
export type Incident = ItemOf<"incidents.list">
export type TimelineEntry = ItemOf<"incidents.timeline">
export type Violation = ItemOf<"violations.list">
export type Rule = ItemOf<"rules.list">
export type Host = ItemOf<"hosts.list">
export type MetricDefinition = ItemOf<"metric-definitions.list">
export type Series = ItemOf<"series.list">
export type HistorySeries = AnswerOf<"series.history">["series"][number]
export type Severity = Alert["severity"]
export type Labels = Alert["labels"]
