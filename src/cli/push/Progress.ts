import { Clock, Effect, Schedule, Stdio, Stream } from "effect"
import { progressLine } from "./Report.ts"
import type { Tally } from "./Tally.ts"

/** While the effect runs, a line on standard error that is written over and over; only where a person looks at it. */
export const withProgress =
  (tally: Tally, share: () => number | undefined) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Stdio.Stdio> =>
    Effect.gen(function* () {
      const { stderr, stderrIsTerminal } = yield* Stdio.Stdio
      if (!(yield* stderrIsTerminal)) return yield* effect
      const startMillis = yield* Clock.currentTimeMillis
      const write = (text: string) => Effect.ignore(Stream.run(Stream.succeed(text), stderr()))
      const draw = Effect.flatMap(Clock.currentTimeMillis, (now) =>
        write(
          START_OF_LINE +
            progressLine(tally, {
              seconds: (now - startMillis) / 1_000,
              share: share()
            })
        )
      )
      const drawing = Effect.repeat(draw, Schedule.spaced("200 millis"))
      return yield* Effect.raceFirst(effect, Effect.andThen(drawing, Effect.never)).pipe(
        Effect.ensuring(write(START_OF_LINE))
      )
    })

/** Back to the first column, and the rest of the line cleared. */
const START_OF_LINE = "\r\u001b[K"
