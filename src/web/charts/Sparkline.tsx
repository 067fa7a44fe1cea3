import { useEffect, useRef, useSyncExternalStore } from "react"
import { onThemeChange } from "../shell/theme.ts"
import type { ChartPoint } from "./columns.ts"
import styles from "./Sparkline.module.css"
import { type Box, sparkline } from "./sparkline.ts"

interface SparklineProps {
  readonly points: ReadonlyArray<ChartPoint>
  readonly range: { readonly from: number; readonly to: number }
  /** What its top stands for; the largest value where absent. */
  readonly max?: number
}

/** How a number went lately, the height of a row. Says nothing to those who listen: the number beside it does. */
export const Sparkline = ({ points, range, max }: SparklineProps) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useSyncExternalStore(onThemeChange, () => getComputedStyle(document.documentElement).colorScheme)
  const last = points.at(-1)
  useEffect(() => {
    if (canvas.current !== null) paint(canvas.current, points, range, max)
    // Points grow in place: their number and the last of them say that they did.
  }, [points, points.length, last, range.from, range.to, max, theme])
  return <canvas ref={canvas} className={styles.sparkline} aria-hidden />
}

const paint = (
  canvas: HTMLCanvasElement,
  points: ReadonlyArray<ChartPoint>,
  range: SparklineProps["range"],
  max: number | undefined
): void => {
  const box: Box = { width: canvas.clientWidth, height: canvas.clientHeight }
  const scale = window.devicePixelRatio
  canvas.width = Math.round(box.width * scale)
  canvas.height = Math.round(box.height * scale)
  const context = canvas.getContext("2d")
  if (context === null) return
  context.scale(scale, scale)
  context.strokeStyle = getComputedStyle(canvas).color
  context.fillStyle = context.strokeStyle
  context.lineJoin = "round"
  context.lineWidth = 1.25
  for (const line of sparkline(points, range, box, max)) {
    context.beginPath()
    for (const [x, y] of line) context.lineTo(x, y)
    context.stroke()
    const [first, end] = [line[0]!, line.at(-1)!]
    context.lineTo(end[0], box.height)
    context.lineTo(first[0], box.height)
    context.globalAlpha = 0.1
    context.fill()
    context.globalAlpha = 1
  }
}
