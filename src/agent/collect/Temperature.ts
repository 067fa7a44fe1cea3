import { readdir, readFile, readlink } from "node:fs/promises"
import { basename } from "node:path"
import type { Patience } from "./Patience.ts"
import { type Collector, type Reading, reading } from "./Reading.ts"

/** Sensors appear with hardware and drivers, not every few seconds. */
const DISCOVER_EVERY_MILLIS = 60_000

const HWMON = "/sys/class/hwmon"
const THERMAL = "/sys/class/thermal"

export interface Sensor {
  /** The `sensor` label: chip and what it measures, the same after a restart whatever the kernel's numbering. */
  readonly name: string
  readonly path: string
}

/** `patience` is for chips that are stuck. */
export const temperatureCollector = (patience: Patience): Collector => {
  let sensors: ReadonlyArray<Sensor> = []
  let discoverAtMillis = Number.NEGATIVE_INFINITY
  const collect = async (monotonicMillis: number) => {
    if (monotonicMillis >= discoverAtMillis) {
      discoverAtMillis = monotonicMillis + DISCOVER_EVERY_MILLIS
      sensors = await discover()
    }
    const readings: Array<Reading> = []
    for (const sensor of sensors) readings.push(...temperatureReadings(sensor.name, await text(sensor.path)))
    return readings
  }
  return {
    name: "temperature",
    collect: async (monotonicMillis) => (await patience.run("sensors", () => collect(monotonicMillis))) ?? []
  }
}

/** `millidegrees` as the kernel writes them. Unconnected inputs show the end of their chip's scale: no reading. */
export const temperatureReadings = (sensor: string, millidegrees: string): ReadonlyArray<Reading> => {
  const celsius = /^-?\d+\s*$/.test(millidegrees) ? Number(millidegrees) / 1000 : Number.NaN
  return celsius > -55 && celsius < 200 ? [reading("host.temperature.celsius", celsius, { sensor })] : []
}

/** `coretemp.0/Core 1`, `nvme0/Composite`, `k10temp-0000:00:18.3/Tctl`: the device tells two of one chip apart. */
export const sensorName = (chip: string, device: string, label: string): string => {
  const where = device === "" ? chip : device.startsWith(chip) ? device : `${chip}-${device}`
  return `${where}/${label}`
}

/** Hardware monitors; where there are none, the thermal zones of the firmware, which mostly show the same again. */
const discover = async (): Promise<ReadonlyArray<Sensor>> => {
  const sensors: Array<Sensor> = []
  for (const monitor of await list(HWMON)) {
    const directory = `${HWMON}/${monitor}`
    const chip = (await text(`${directory}/name`)).trim() || monitor
    const device = basename(await readlink(`${directory}/device`).catch(() => ""))
    for (const file of await list(directory)) {
      const input = /^(temp\d+)_input$/.exec(file)?.[1]
      if (input === undefined) continue
      const label = (await text(`${directory}/${input}_label`)).trim() || input
      sensors.push({ name: sensorName(chip, device, label), path: `${directory}/${file}` })
    }
  }
  if (sensors.length > 0) return sensors
  for (const zone of (await list(THERMAL)).filter((name) => name.startsWith("thermal_zone"))) {
    const type = (await text(`${THERMAL}/${zone}/type`)).trim()
    sensors.push({ name: sensorName(type, "", zone), path: `${THERMAL}/${zone}/temp` })
  }
  return sensors
}

const list = (directory: string): Promise<ReadonlyArray<string>> => readdir(directory).catch(() => [])

/** A sensor that is asleep or gone has no text. */
const text = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "")
