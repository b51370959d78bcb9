import { type Draws, SLOT } from './draws'

const DAY = 86_400_000_000

/** Microseconds since the epoch, uniform over [start, end); a share of the rows falls on the middle date instead. */
export class EventTimes {
  private readonly start: number
  private readonly span: number
  private readonly hotStart: number
  private readonly hotSpan: number

  /** @param skew share of rows, 0..1, on the date that holds the window's middle, beyond the uniform draw */
  constructor(
    startIso: string,
    endIso: string,
    private readonly skew: number,
  ) {
    this.start = Date.parse(startIso) * 1000
    const end = Date.parse(endIso) * 1000
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

  at(draws: Draws): number {
    const u = draws.wideUnit(SLOT.timestamp)
    return draws.unit(SLOT.date_skew) < this.skew
      ? this.hotStart + Math.floor(u * this.hotSpan)
      : this.start + Math.floor(u * this.span)
  }
}
