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
