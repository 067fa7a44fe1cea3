/** Sends batches as frames of `lumina.v1` (docs/protocol.md): several on their way, over one connection at a time. */
import { randomUUID } from "node:crypto"
import { Clock, Effect, type Exit, Option, Queue, Redacted, Semaphore, Stream } from "effect"
import type { Connect, Ending } from "../../agent/Socket.ts"
import type { Hub } from "../Hub.ts"
import type { Point } from "./Item.ts"
import * as Conversation from "./StreamConversation.ts"
import type { Tally } from "./Tally.ts"

/** Frames read and not answered: enough to keep the hub busy, too few to fill the memory. */
const WINDOW_FRAMES = 16
/** A hub that owes a word and says nothing for so long will not say it any more. */
const ANSWER_TIMEOUT = "60 seconds"

type Event<E> =
  | { readonly _tag: "Batch"; readonly points: ReadonlyArray<Point> }
  | { readonly _tag: "InputEnded"; readonly exit: Exit.Exit<void, E> }
  | { readonly _tag: "Opened" }
  | { readonly _tag: "Message"; readonly bytes: Uint8Array }
  | { readonly _tag: "Ended"; readonly ending: Ending }

/** Ends when the input has ended and every frame is answered; also when the input ended badly. */
export const sendByStream = Effect.fnUntraced(function* <E, R>(
  batches: Stream.Stream<ReadonlyArray<Point>, E, R>,
  hub: Hub,
  tally: Tally,
  connect: Connect
) {
  const events = yield* Queue.unbounded<Event<E>>()
  const room = yield* Semaphore.make(WINDOW_FRAMES)
  yield* batches.pipe(
    Stream.runForEach((points) => Effect.andThen(room.take(1), Queue.offer(events, { _tag: "Batch", points }))),
    Effect.exit,
    Effect.flatMap((exit) => Queue.offer(events, { _tag: "InputEnded", exit })),
    Effect.forkScoped
  )
  const conversation = Conversation.make({
    sender: `push-${randomUUID()}`,
    connect: () =>
      connect(hub.streamUrl, Redacted.value(hub.token), {
        opened: () => Queue.offerUnsafe(events, { _tag: "Opened" }),
        message: (bytes) => Queue.offerUnsafe(events, { _tag: "Message", bytes }),
        alive: () => {},
        ended: (ending) => Queue.offerUnsafe(events, { _tag: "Ended", ending })
      }),
    onAnswer: (points, answer) => {
      tally.answer(points, answer)
      return room.release(1)
    }
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => conversation.link.terminate()))

  let input: Exit.Exit<void, E> | undefined
  while (input === undefined || !conversation.window.isEmpty) {
    const event = yield* Conversation.isAwaiting(conversation)
      ? Effect.timeoutOption(Queue.take(events), ANSWER_TIMEOUT)
      : Effect.asSome(Queue.take(events))
    if (Option.isNone(event)) conversation.link.terminate()
    else if (event.value._tag === "InputEnded") input = event.value.exit
    else yield* handle(conversation, event.value)
  }
  yield* input
}, Effect.scoped)

const handle = Effect.fnUntraced(function* (
  conversation: Conversation.Conversation,
  event: Exclude<Event<never>, { readonly _tag: "InputEnded" }>
) {
  switch (event._tag) {
    case "Batch":
      conversation.window.add(event.points, yield* Clock.currentTimeMillis)
      break
    case "Opened":
      yield* Conversation.greet(conversation)
      break
    case "Message":
      yield* Conversation.receive(conversation, event.bytes)
      break
    case "Ended":
      yield* Conversation.reconnect(conversation, event.ending)
      break
  }
  yield* Conversation.sendFrames(conversation)
})
