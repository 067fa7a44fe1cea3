import { readFileSync } from "node:fs"
import { type Counters, differences, type Increases } from "./Counters.ts"
import { type Collector, type Reading, reading } from "./Reading.ts"

export const networkCollector = (): Collector => {
  const grow = differences()
  return {
    name: "network",
    collect: async (monotonicMillis) =>
      networkReadings(grow(parseNetDev(readFileSync("/proc/net/dev", "utf8")), monotonicMillis))
  }
}

/**
 * Bytes [received, transmitted] by interface since it appeared. Interfaces that never moved a byte (idle tunnels,
 * dummies) are left out.
 */
export const parseNetDev = (text: string): Counters => {
  const counters = new Map<string, ReadonlyArray<number>>()
  for (const line of text.split("\n")) {
    const colon = line.lastIndexOf(":")
    const name = line.slice(0, Math.max(0, colon)).trim()
    if (name === "" || passing.test(name)) continue
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number)
    const [received, transmitted] = [fields[0], fields[8]]
    if (received === undefined || transmitted === undefined) continue
    if (received + transmitted > 0) counters.set(name, [received, transmitted])
  }
  return counters
}

export const networkReadings = ({ seconds, byName }: Increases): ReadonlyArray<Reading> =>
  [...byName].flatMap(([name, [received, transmitted]]) => [
    reading("host.network.receive_bytes_per_second", received! / seconds, { interface: name }),
    reading("host.network.transmit_bytes_per_second", transmitted! / seconds, { interface: name })
  ])

/**
 * The loopback, and interfaces that come and go with a container or guest under random names: each would be a series
 * that nobody looks at again. Their traffic is in the bridge or card behind them. By maker: container pairs, Calico,
 * Cilium (not LXC's bridge), AWS and Azure pods, Docker Compose bridges, Proxmox guests, libvirt guests.
 */
const passing =
  /^(?:lo$|veth|cali|lxc(?!br)|eni[0-9a-f]{11}$|azv|br-[0-9a-f]{12}$|tap\d+i\d+$|fw(?:br|pr|ln)\d+[ip]\d+$|vnet\d)/
