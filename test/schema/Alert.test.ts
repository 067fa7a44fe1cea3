import { assert, describe, it } from "@effect/vitest"
import { Alert } from "../../src/schema/Alert.ts"
import { Violation } from "../../src/schema/Violation.ts"

// The names are the public contract: other programs read them.
describe("public field names", () => {
  it("A1: an alert", () => {
    const names =
      "id, kind, name, severity, operationalStatus, triggerReason, closeReason, violationCount, startTime, openTime, " +
      "endTime, durationSeconds, ruleId, ruleRevision, metric, dimensionKey, labels, relatedService, relatedCi, " +
      "incidentId, maintenanceSuppressed, postResolutionWatch, stale"
    assert.deepStrictEqual(Object.keys(Alert.fields), names.split(", "))
  })

  it("D10: a violation", () => {
    const names =
      "ruleId, ruleRevision, metric, dimensionKey, labels, timestamp, actual, expected, lower, upper, direction, " +
      "severity, deviationPercent, confidence, alertId"
    assert.deepStrictEqual(Object.keys(Violation.fields), names.split(", "))
  })
})
