import { memo } from "react"
import type { ChartPoint } from "./columns.ts"
import styles from "./Sparkline.module.css"
import { BOX, sparkline } from "./sparkline.ts"

interface SparklineProps {
  readonly points: ReadonlyArray<ChartPoint>
  readonly from: number
  readonly to: number
  /** What its top stands for; the largest value where absent. */
  readonly max?: number
}

/**
 * How a number went lately, the height of a row. Stretched by the browser: to ask it for the width would cost a layout
 * for each of a hundred. Says nothing to those who listen: the number beside it does.
 */
export const Sparkline = memo(({ points, from, to, max }: SparklineProps) => {
  const { area, line } = sparkline(points, from, to, max)
  return (
    <svg className={styles.sparkline} viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" aria-hidden>
      <path className={styles.area} d={area} />
      <path className={styles.line} d={line} />
    </svg>
  )
})
