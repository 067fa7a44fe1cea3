import type uPlot from "uplot"
import type { ChartTheme } from "./options.ts"

/** A point that stands out: a violation. */
export interface ChartMark {
  /** Epoch milliseconds. */
  readonly time: number
  readonly value: number
  readonly severity: "Warning" | "Critical"
}

/** Square is critical, round is warning, as everywhere. */
export const drawMarks = (chart: uPlot, marks: ReadonlyArray<ChartMark>, theme: ChartTheme): void => {
  const { ctx } = chart
  const { left, top, width, height } = chart.bbox
  // Where many share a few pixels they are smaller, so that the line stays to be seen.
  const isDense = marks.length > width / (8 * devicePixelRatio)
  const size = (isDense ? 1.5 : 3) * devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  ctx.strokeStyle = theme.page
  ctx.lineWidth = devicePixelRatio
  for (const { severity, time, value } of marks) {
    const x = chart.valToPos(time, "x", true)
    if (x < left || x > left + width) continue
    const y = chart.valToPos(value, "y", true)
    ctx.fillStyle = theme[severity]
    ctx.beginPath()
    if (severity === "Critical") ctx.rect(x - size, y - size, 2 * size, 2 * size)
    else ctx.arc(x, y, size, 0, 2 * Math.PI)
    ctx.fill()
    if (!isDense) ctx.stroke()
  }
  ctx.restore()
}
