import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // `npm run test:long` has these, too: each takes most of a minute.
    exclude: process.env.LUMINA_LONG === "1" ? [] : ["test/**/*.long.test.ts"],
    // Two processes: what a small machine has.
    pool: "forks",
    maxWorkers: 2,
    // Files share what they import: it was a fifth of the time. None changes it.
    isolate: false,
    globalSetup: ["test/support/postgresServer.ts"],
    reporters: ["default", "./test/support/totals.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000
  }
})
