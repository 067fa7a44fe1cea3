import { Schema } from "effect"

/** The bench could not be carried out: there is no figure, good or bad. */
export class BenchFailed extends Schema.TaggedError<BenchFailed>()("BenchFailed", { message: Schema.String }) {}
