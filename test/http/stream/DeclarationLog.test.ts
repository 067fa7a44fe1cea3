import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { DeclarationLog } from "../../../src/http/stream/DeclarationLog.ts"

describe("a log of declarations", () => {
  const Length = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9_000 }))
  it.prop("gives back every message as it came, in order", [Arbitrary.array(Arbitrary.schema(Length))], ([lengths]) => {
    const log = new DeclarationLog()
    const added = lengths.map((length, i) => Buffer.alloc(length, 97 + (i % 26)))
    for (const message of added) log.add(message)
    assert.deepStrictEqual(Array.from(log.messages(), String), added.map(String))
  })

  it("keeps a copy", () => {
    const log = new DeclarationLog()
    const message = Buffer.from("as it came")
    log.add(message)
    message.fill(0)
    assert.deepStrictEqual(Array.from(log.messages(), String), ["as it came"])
  })

  it("K5: a million names that resemble each other take less than a tenth", () => {
    const log = new DeclarationLog()
    let bytes = 0
    for (let i = 0; i < 1_000; i++) {
      const names = Array.from({ length: 20 }, (_, n) => `container.cpu.seconds{host=host-${i}.example.com,pod=${n}}`)
      const message = Buffer.from(names.join())
      bytes += message.length
      log.add(message)
    }
    assert.isBelow(log.bytes, bytes / 10)
  })
})
