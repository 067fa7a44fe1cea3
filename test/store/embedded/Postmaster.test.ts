import { assert, it } from "@effect/vitest"
import { parsePidFile } from "../../../src/store/embedded/Postmaster.ts"

it("reads the process, port and state from postmaster.pid, however far it is written", () => {
  const file = "4711\n/data/postgres/18\n1795294187\n5555\n.\n127.0.0.1\n 16039945         5\nready   \n"
  assert.deepStrictEqual(parsePidFile(file), { pid: 4711, port: 5555, status: "ready" })
  assert.deepStrictEqual(parsePidFile("4711\n/data\n1795294187\n5555\n"), { pid: 4711, port: 5555, status: "" })
  assert.deepStrictEqual(parsePidFile("4711\n"), { pid: 4711, port: 0, status: "" })
  for (const text of ["", "\n", "postgres\n", "-1\n", "0\n"]) assert.isUndefined(parsePidFile(text))
})
