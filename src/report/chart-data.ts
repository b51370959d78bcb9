export interface ChartWords {
  readonly title: string
  /** The conclusion for a reader, in one sentence. */
  readonly finding: string
}

/** A stage on the axis of the run, seconds. `inner` of it were spent inside the engine; `null` where nobody knows. */
export interface Span {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly inner: number | null
  readonly failed: boolean
}

export interface Layer {
  readonly name: string
  readonly bytes: number
}

export interface SampleRow {
  readonly name: string
  /** Seconds. */
  readonly median: number
  readonly samples: readonly number[]
}

/** Meaning of a chart's ratios. */
export interface Ratio {
  /** e.g. `B ÷ A`. */
  readonly text: string
  /** Share within which a difference does not matter, shaded. */
  readonly margin: number
}

/** Ratio of one time with its interval; `null` where only the ratio is known. */
export interface ForestRow {
  readonly name: string
  readonly ratio: number
  readonly interval: readonly [number, number] | null
  readonly verdict: string
  readonly tone: 'good' | 'bad' | 'plain'
}

export interface RoundsRow {
  readonly name: string
  /** Ratio of each round, in order. */
  readonly ratios: readonly number[]
}

/** Something over time, from 0 to `end`, seconds. */
export interface Course {
  readonly points: readonly { readonly at: number; readonly value: number }[]
  readonly end: number
  /** Label of the values, with their unit. */
  readonly label: string
  readonly format: (value: number) => string
  /** Single measurements, which no line may join. */
  readonly dots?: boolean
}

/** How far an axis of ratios goes on both sides of 1; what lies beyond a thousandfold stands at its end. */
export const ratioReach = (ratios: readonly number[]): number =>
  Math.min(
    1024,
    largest(
      ratios.filter(ratio => ratio > 0).map(ratio => Math.max(ratio, 1 / ratio)),
      1.05,
    ) ** 1.1,
  )

/** Not `Math.max`, whose arguments must fit the stack. */
export const largest = (values: readonly number[], least: number): number =>
  values.reduce((most, value) => Math.max(most, value), least)

/** Round ratios on both sides of 1, about eight, all within `1 / reach` and `reach`. */
export function ratioTicks(reach: number): number[] {
  if (reach > 2) {
    const each = Math.ceil(Math.log2(reach) / 4)
    const most = Math.floor(Math.log2(reach) / each)
    return Array.from({ length: 2 * most + 1 }, (_, i) => 2 ** ((i - most) * each))
  }
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find(size => (reach - 1) / size <= 5)!
  const most = Math.floor((reach - 1) / step)
  return Array.from({ length: 2 * most + 1 }, (_, i) =>
    Number((1 + (i - most) * step).toFixed(2)),
  ).filter(ratio => ratio >= 1 / reach)
}

/** Labels of an axis of seconds up to `end`. */
export function secondsLabel(end: number): (seconds: number) => string {
  return seconds => {
    if (seconds === 0) return '0'
    if (end < 1) return `${Math.round(seconds * 1e6) / 1e3} ms`
    if (end < 180) return `${Math.round(seconds * 1e3) / 1e3} s`
    return `${Math.round((seconds / 60) * 10) / 10} min`
  }
}
