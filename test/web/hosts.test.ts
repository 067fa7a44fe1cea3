import { assert, describe, it } from "@effect/vitest"
import { RE2JS } from "re2js"
import type { Alert, Host, Labels, Rule } from "../../src/web/api/types.ts"
import { sparkline } from "../../src/web/charts/sparkline.ts"
import { agentCommand } from "../../src/web/pages/hosts/agentCommand.ts"
import { type ChartLine, hostCharts } from "../../src/web/pages/hosts/hostCharts.ts"
import { hostRows, isSilent, pushedWords } from "../../src/web/pages/hosts/hostRows.ts"
import { inSight, spansOf, thresholdsOf } from "../../src/web/pages/hosts/overlays.ts"

const series = (metric: string, labels: Labels = {}) => ({ metric, labels: { host: "a", ...labels } })

const titlesOf = (groups: ReturnType<typeof hostCharts>) =>
  groups.map(({ charts, title }) => [title, ...charts.map((chart) => `${chart.title}: ${names(chart.lines)}`)])

const names = (lines: ReadonlyArray<ChartLine>): string => lines.map(({ name }) => name).join(" ")

describe("U1: charts of a host", () => {
  it("every series is on a chart, in the order people look for them", () => {
    const groups = hostCharts(
      [
        series("queue.length", { queue: "mail" }),
        series("host.network.transmit_bytes_per_second", { interface: "eth0" }),
        series("host.network.receive_bytes_per_second", { interface: "eth0" }),
        series("host.filesystem.used_percent", { mount: "/data/10" }),
        series("host.filesystem.used_percent", { mount: "/data/2" }),
        series("host.cpu.used_percent", { cpu: "10" }),
        series("host.cpu.used_percent", { cpu: "2" }),
        series("host.cpu.used_percent"),
        series("host.load.5m"),
        series("host.load.1m"),
        series("host.uptime.seconds")
      ],
      new Map([["queue.length", { key: "queue.length", displayName: "Queue" }]])
    )
    assert.deepStrictEqual(titlesOf(groups), [
      ["CPU", "CPU, all cores: used", "Cores: core 2 core 10", "Load: 1 min 5 min"],
      ["Filesystems", "/data/2: used", "/data/10: used"],
      ["Network", "eth0: received sent"],
      ["Other metrics", "Queue: mail"]
    ])
  })

  it("more lines than there are colours are several charts", () => {
    const cores = Array.from({ length: 18 }, (_, cpu) => series("host.cpu.used_percent", { cpu: String(cpu) }))
    const charts = hostCharts(cores, new Map())[0]!.charts
    assert.deepStrictEqual(
      charts.map(({ lines, title }) => [title, lines.length]),
      [
        ["Cores 1–8 of 18", 8],
        ["Cores 9–16 of 18", 8],
        ["Cores 17–18 of 18", 2]
      ]
    )
  })
})

const total: ChartLine = { metric: "cpu", id: JSON.stringify([["host", "a"]]), name: "used" }
const core: ChartLine = {
  metric: "cpu",
  id: JSON.stringify([
    ["cpu", "0"],
    ["host", "a"]
  ]),
  name: "core 0"
}

const alert = (parts: Partial<Alert>): Alert =>
  ({
    metric: "cpu",
    labels: { host: "a" },
    severity: "Warning",
    operationalStatus: "Open",
    startTime: "1970-01-01T00:00:01.000Z",
    endTime: null,
    ...parts
  }) as Alert

describe("what is drawn on the charts of a host", () => {
  it("an alert is a span on the chart of its own series only", () => {
    const alerts = [alert({}), alert({ labels: { host: "a", cpu: "0" }, endTime: "1970-01-01T00:00:02.000Z" })]
    assert.deepStrictEqual(spansOf([total], alerts), [{ from: 1_000, to: null, severity: "Warning" }])
    assert.deepStrictEqual(spansOf([core], alerts), [{ from: 1_000, to: 2_000, severity: "Warning" }])
  })

  const rule = (parts: Partial<Rule>): Rule =>
    ({
      enabled: true,
      metric: "cpu",
      scope: {},
      threshold: { type: "static", above: { warning: { breach: 80, recover: 70 }, critical: 95 } },
      ...parts
    }) as Rule

  it("limits are those of enabled rules that watch one of the lines, each once", () => {
    const limits = [
      { value: 80, severity: "Warning", side: "above" },
      { value: 95, severity: "Critical", side: "above" }
    ] as const
    assert.deepStrictEqual(thresholdsOf([total], [rule({}), rule({})], RE2JS), limits)
    assert.deepStrictEqual(thresholdsOf([total], [rule({ enabled: false }), rule({ metric: "memory" })], RE2JS), [])
    const scopes: ReadonlyArray<readonly [Rule["scope"], total: number, core: number]> = [
      [{ cpu: "" }, 2, 0],
      [{ cpu: ["0", "1"] }, 0, 2],
      [{ host: { regex: "a|b" } }, 2, 2],
      [{ host: { regex: "aa+" } }, 0, 0],
      [{ cpu: { regex: ".*" } }, 0, 2]
    ]
    for (const [scope, ofTotal, ofCore] of scopes) {
      const rules = [rule({ scope: scope ?? {} })]
      assert.deepStrictEqual(
        [thresholdsOf([total], rules, RE2JS).length, thresholdsOf([core], rules, RE2JS).length],
        [ofTotal, ofCore],
        JSON.stringify(scope)
      )
    }
  })

  it("a pattern that takes exponential time elsewhere does not here; without its engine it selects nothing", () => {
    const line: ChartLine = { id: JSON.stringify([["host", "a".repeat(100)]]), metric: "cpu", name: "long" }
    const rules = [rule({ scope: { host: { regex: "(a+)+b?" } } }), rule({ scope: { host: { regex: "(a+)+c" } } })]
    assert.strictEqual(thresholdsOf([line], rules.slice(1), RE2JS).length, 0)
    assert.strictEqual(thresholdsOf([line], rules, RE2JS).length, 2)
    assert.strictEqual(thresholdsOf([line], rules, null).length, 0)
  })

  it("a limit far above everything measured does not press the line flat", () => {
    const limit = { value: 32, severity: "Warning", side: "above" } as const
    assert.deepStrictEqual(inSight([limit], 2, "load"), [])
    assert.deepStrictEqual(inSight([limit], 12, "load"), [limit])
    assert.deepStrictEqual(inSight([{ ...limit, value: 90 }], 2, "percent").length, 1)
  })
})

describe("U1: the list of hosts", () => {
  it("what is wrong comes first, then what is silent, then the rest by name", () => {
    const host = (name: string) => ({ id: name, name }) as Host
    const rows = hostRows(
      [host("web-10"), host("web-2"), host("quiet"), host("new"), host("hot"), host("warm")],
      {
        items: [
          alert({ labels: { host: "warm" } }),
          alert({ labels: { host: "hot" } }),
          alert({ labels: { host: "hot" }, severity: "Critical", operationalStatus: "Acknowledged" }),
          alert({ labels: { host: "elsewhere" } })
        ],
        nextCursor: null
      },
      ({ name }) => name === "quiet"
    )
    assert.deepStrictEqual(
      rows.map(({ alerts, host: { name }, isSilent, worst }) => [name, worst?.severity ?? null, alerts, isSilent]),
      [
        ["hot", "Critical", 2, false],
        ["warm", "Warning", 1, false],
        ["quiet", null, 0, true],
        ["new", null, 0, false],
        ["web-2", null, 0, false],
        ["web-10", null, 0, false]
      ]
    )
  })

  it("a host that never pushed is neither silent nor fine", () => {
    const host = (lastSeenAt: string | null) => ({ lastSeenAt })
    const seen = host("1970-01-01T00:00:01.000Z")
    assert.deepStrictEqual(
      [isSilent(seen, 301_000), isSilent(seen, 301_001), isSilent(host(null), 301_001)],
      [false, true, false]
    )
    assert.deepStrictEqual(
      [[seen], [seen, seen], [seen, host(null)], [host(null), host(null)]].map((hosts) => pushedWords(hosts)),
      [
        "1 host pushed within five minutes.",
        "2 hosts pushed within five minutes.",
        "1 host pushed within five minutes, 1 never pushed yet.",
        "2 hosts never pushed yet."
      ]
    )
  })

  it("the command is safe to paste, whatever the host is called", () => {
    const start = "LUMINA_TOKEN=lum_x bin/lumina.mjs agent --hub http://hub:8090 --host "
    assert.strictEqual(agentCommand("web-1", "lum_x", "http://hub:8090"), `${start}web-1`)
    assert.strictEqual(agentCommand("a b; rm -rf 'x'", "lum_x", "http://hub:8090"), `${start}'a b; rm -rf '\\''x'\\'''`)
  })

  it("a sparkline ends at a gap and begins again behind it", () => {
    const point = (time: number, value: number) => [time, value, value, value] as const
    const { area, line } = sparkline(
      [0, 10, 20, 70, 80].map((time) => point(time, time === 10 ? 100 : 0)),
      0,
      100,
      100
    )
    assert.strictEqual(line, "M0.0 21.0L12.0 1.0L24.0 21.0M84.0 21.0L96.0 21.0")
    assert.strictEqual(area, "M0.0 22L0.0 21.0L12.0 1.0L24.0 21.0L24.0 22ZM84.0 22L84.0 21.0L96.0 21.0L96.0 22Z")
    assert.strictEqual(sparkline([], 0, 100).line, "")
  })
})
