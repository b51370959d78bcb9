import { type Draws, SLOT } from './draws'
import type { CorpusParameters } from './plan'

const DAY = 86_400_000_000
/** Lateness of a replay: the share of rows that come late, and by how much at most. Ours; no source gives any. */
const LATE_SHARE = 0.02
const LATE_BY = 3 * DAY

export type EventClock = Pick<
  CorpusParameters,
  'rows' | 'date_skew' | 'timestamp_start' | 'timestamp_end' | 'event_clock'
>

/**
 * Microseconds since the epoch in [start, end). `uniform`: drawn over the whole of it; a share of the rows, `date_skew`, falls on the
 * date that holds its middle instead, beyond the uniform draw. `replay`: as far into it as the row is into the corpus, with
 * a small share that is up to three days late.
 */
export class EventTimes {
  private readonly start: number
  private readonly rows: number
  private readonly replay: boolean
  private readonly skew: number
  private readonly span: number
  private readonly hotStart: number
  private readonly hotSpan: number

  constructor(clock: EventClock) {
    this.rows = clock.rows
    this.replay = clock.event_clock === 'replay'
    this.skew = clock.date_skew
    this.start = Date.parse(clock.timestamp_start) * 1000
    const end = Date.parse(clock.timestamp_end) * 1000
    this.span = end - this.start
    const middle = this.start + Math.floor(this.span / 2)
    const midnight = Math.floor(middle / DAY) * DAY
    this.hotStart = Math.max(this.start, midnight)
    this.hotSpan = Math.min(end, midnight + DAY) - this.hotStart
  }

  /** `YYYY-MM-DD` of the date that `date_skew` heats. */
  get hotDate(): string {
    return new Date(this.hotStart / 1000).toISOString().slice(0, 10)
  }

  at(draws: Draws, row: number): number {
    const u = draws.wideUnit(SLOT.timestamp)
    if (this.replay) {
      const turn = Math.floor(((row + u) / this.rows) * this.span)
      // A replay has no skew, so that its draw is free.
      const late = draws.unit(SLOT.date_skew) / LATE_SHARE
      return this.start + (late < 1 ? Math.max(0, turn - Math.floor(late * LATE_BY)) : turn)
    }
    return draws.unit(SLOT.date_skew) < this.skew
      ? this.hotStart + Math.floor(u * this.hotSpan)
      : this.start + Math.floor(u * this.span)
  }
}
