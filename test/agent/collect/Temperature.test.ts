import { assert, describe, it } from "@effect/vitest"
import { sensorName, temperatureReadings } from "../../../src/agent/collect/Temperature.ts"

describe("C1: host.temperature.celsius", () => {
  it.each([
    ["coretemp", "coretemp.0", "Core 1", "coretemp.0/Core 1"],
    ["nvme", "nvme0", "Composite", "nvme0/Composite"],
    ["k10temp", "0000:00:18.3", "Tctl", "k10temp-0000:00:18.3/Tctl"],
    ["acpitz", "", "temp1", "acpitz/temp1"]
  ])("names the sensor of %s at %j, %s", (chip, device, label, name) => {
    assert.strictEqual(sensorName(chip, device, label), name)
  })

  it("is in degrees, below zero too", () => {
    assert.deepStrictEqual(temperatureReadings("a/b", "45500\n"), [
      { metric: "host.temperature.celsius", labels: { sensor: "a/b" }, value: 45.5 }
    ])
    assert.strictEqual(temperatureReadings("a/b", "-5000\n")[0]!.value, -5)
  })

  it.each([
    ["a sensor that is asleep", ""],
    ["an unconnected input", "-128000\n"],
    ["another one", "255000\n"],
    ["no number", "N/A\n"]
  ])("has no point of %s", (_, text) => {
    assert.deepStrictEqual(temperatureReadings("a/b", text), [])
  })
})
