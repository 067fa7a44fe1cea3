import { assert, describe, it } from "@effect/vitest"
import { differences } from "../../../src/agent/collect/Counters.ts"
import { networkReadings, parseNetDev } from "../../../src/agent/collect/Network.ts"

const head = [
  "Inter-|   Receive                                                |  Transmit",
  " face |bytes    packets errs drop fifo frame compressed multicast|",
  "bytes    packets errs drop fifo colls carrier compressed\n"
]
  .join("\n")
  .replace("|\nbytes", "|bytes")
const line = (name: string, received: number, transmitted: number) =>
  `${name}:${received} 9862 0 0 0 0 0 0 ${transmitted} 5744 0 0 0 0 0 0\n`

describe("C1: host.network", () => {
  it("knows the lasting interfaces, not the loopback and those of single containers and guests", () => {
    const lasting = [
      "eth0",
      "enp3s0",
      "wlan0",
      "bond0",
      "vmbr0",
      "br0",
      "br-lan",
      "docker0",
      "lxcbr0",
      "wg0",
      "tun0",
      "tap0",
      "eno1.100",
      "eth0:1"
    ]
    const passing = [
      "lo",
      "veth12ab34c",
      "cali12ab34cd56e",
      "lxc1a2b3c4d5e6f",
      "lxc_health",
      "eni0123456789a",
      "br-0123456789ab"
    ]
    const guests = ["tap100i0", "fwbr100i0", "fwpr100p0", "fwln100i0", "vnet3"]
    const text = head + [...lasting, ...passing, ...guests].map((name) => line(`  ${name}`, 10, 20)).join("")
    assert.deepStrictEqual([...parseNetDev(text).keys()], lasting)
  })

  it("leaves out an interface that never moved a byte", () => {
    const text = head + line("dummy0", 0, 0) + line("sit0", 0, 0) + line("eth1", 0, 7)
    assert.deepStrictEqual([...parseNetDev(text)], [["eth1", [0, 7]]])
  })

  it("gives bytes per second", () => {
    const grow = differences()
    grow(parseNetDev(head + line("eth0", 1000, 500)), 0)
    assert.deepStrictEqual(networkReadings(grow(parseNetDev(head + line("eth0", 6000, 500)), 2000)), [
      { metric: "host.network.receive_bytes_per_second", labels: { interface: "eth0" }, value: 2500 },
      { metric: "host.network.transmit_bytes_per_second", labels: { interface: "eth0" }, value: 0 }
    ])
  })

  it("reads nothing from empty and short texts", () => {
    assert.strictEqual(parseNetDev("").size, 0)
    assert.strictEqual(parseNetDev(`${head}eth0: 1 2 3\n:\n`).size, 0)
  })
})
