import type { EndStatus } from '../contracts/events'
import type { JobProgress } from '../contracts/jobs'
import { formatByteRate, formatCompact, formatCount, formatDuration, formatRowRate } from '../report/format'
import { oneLine, type Style } from './terminal'

const RATE_WINDOW_MS = 5000
const NAME_WIDTH = 14
const BAR_MOST = 28
const BAR_LEAST = 8

interface Sample {
  readonly at: number
  readonly progress: JobProgress
}

/** What is known of a running stage. All of it comes from the stage's own events. */
export class RunningStage {
  readonly name: string
  readonly index: number
  readonly total: number
  readonly startedAt: number
  /** What the stage is at, e.g. a query's name. */
  detail: string | null = null
  /** Rows of the table that was committed. */
  committedRows: number | null = null
  private samples: Sample[] = []

  constructor(name: string, index: number, total: number, now: number) {
    this.name = name
    this.index = index
    this.total = total
    this.startedAt = now
  }

  add(progress: JobProgress, now: number): void {
    this.samples.push({ at: now, progress })
    while (this.samples.length > 2 && now - this.samples[1]!.at >= RATE_WINDOW_MS) this.samples.shift()
  }

  get latest(): JobProgress | null {
    return this.samples.at(-1)?.progress ?? null
  }

  /** 0..1, or `null` where nothing says how much there is. */
  get fraction(): number | null {
    return this.latest && fractionOf(this.latest)
  }

  /** Units a second over the last seconds; `null` until two reports are apart. */
  rate(unit: 'rows' | 'bytes'): number | null {
    return this.slope(p => p[unit])
  }

  /** Seconds until the stage ends at its present speed. */
  secondsLeft(): number | null {
    const fraction = this.fraction
    const slope = this.slope(fractionOf)
    if (fraction === null || slope === null || slope <= 0) return null
    return Math.max(0, 1 - fraction) / slope
  }

  private slope(value: (progress: JobProgress) => number | null): number | null {
    const last = this.samples.at(-1)
    const first = this.samples[0]
    if (!first || !last) return null
    const to = value(last.progress)
    if (to === null) return null
    // Work starts from nothing when the stage starts, so a single report has a speed too.
    const single = this.samples.length === 1
    const from = single ? 0 : value(first.progress)
    const seconds = (last.at - (single ? this.startedAt : first.at)) / 1000
    return from === null || seconds < 0.05 ? null : (to - from) / seconds
  }
}

function fractionOf(p: JobProgress): number | null {
  const share =
    p.fraction ??
    (p.bytes !== null && p.bytes_total ? p.bytes / p.bytes_total : null) ??
    (p.rows !== null && p.rows_total ? p.rows / p.rows_total : null)
  return share === null ? null : Math.min(Math.max(share, 0), 1)
}

/** `━━━━━╸─────`: filled to the half cell. */
export function progressBar(fraction: number, cells: number): string {
  const halves = Math.round(Math.min(Math.max(fraction, 0), 1) * cells * 2)
  const full = Math.floor(halves / 2)
  const half = halves % 2
  return '━'.repeat(full) + (half ? '╸' : '') + '─'.repeat(cells - full - half)
}

/** The live line of a running stage, at most `width` columns; the least important parts go first. */
export function liveLine(stage: RunningStage, now: number, width: number, style: Style): string {
  const gone = `${wholeSeconds(Math.floor((now - stage.startedAt) / 1000))} gone`
  const name = `  ${stage.name.padEnd(NAME_WIDTH)}`
  const fraction = stage.fraction
  const left = stage.secondsLeft()
  const parts = [
    fraction === null ? null : percent(fraction).padStart(5),
    left === null ? gone : `${wholeSeconds(Math.ceil(left))} left`,
    stage.detail === null ? null : oneLine(stage.detail),
    rowsText(stage.latest),
    rateText(stage),
  ].filter((part): part is string => part !== null)
  const forBar = fraction === null ? 0 : BAR_LEAST + 2
  while (parts.length > 1 && lineLength(name, parts) + forBar > width) parts.pop()
  const room = width - lineLength(name, parts) - 2
  const cells = Math.min(BAR_MOST, room)
  const bar = fraction === null || cells < BAR_LEAST ? '' : `  ${progressBar(fraction, cells)}`
  const line = `${name}${bar}${parts.map(part => `  ${part}`).join('')}`
  return line.length > width ? line.slice(0, width) : line.replace(bar, bar && style.good(bar))
}

/** The same in words, for a log. */
export function plainProgress(stage: RunningStage, now: number): string {
  const left = stage.secondsLeft()
  const parts = [
    stage.fraction === null ? null : percent(stage.fraction),
    stage.detail,
    rowsText(stage.latest),
    rateText(stage),
    `${wholeSeconds(Math.round((now - stage.startedAt) / 1000))} gone`,
    left === null ? null : `${wholeSeconds(Math.ceil(left))} left`,
  ]
  return parts.filter((part): part is string => part !== null).join(', ')
}

export interface EndedStage {
  readonly name: string
  readonly status: EndStatus
  readonly seconds: number
  readonly error_message: string | null
}

/** Time, rows and speed of a stage that ended, or why it did not succeed. */
export function endedParts(ended: EndedStage, stage: RunningStage | null): string[] {
  if (ended.status === 'skipped') return [oneLine(ended.error_message ?? 'skipped')]
  const time = formatDuration(ended.seconds)
  if (ended.status !== 'succeeded')
    return [time, ended.status, ...(ended.error_message ? [oneLine(ended.error_message)] : [])]
  const latest = stage?.latest
  const bytes = latest?.bytes_total ?? latest?.bytes ?? null
  return [
    time,
    ...rowsOfEnded(stage),
    ...(bytes === null || ended.seconds <= 0 ? [] : [formatByteRate(bytes / ended.seconds)]),
  ]
}

/** A commit counts its rows; progress may be an engine's estimate, so it is not given to the last digit. */
function rowsOfEnded(stage: RunningStage | null): string[] {
  if (stage?.committedRows != null) return [`${formatCount(stage.committedRows)} rows`]
  const rows = stage?.latest?.rows_total ?? stage?.latest?.rows ?? null
  return rows === null ? [] : [`${formatCompact(rows)} rows`]
}

const SIGNS: Readonly<Record<EndStatus, string>> = { succeeded: '✓', failed: '✕', aborted: '■', skipped: '–' }

export function endedLine(ended: EndedStage, stage: RunningStage | null, style: Style): string {
  const paint = ended.status === 'succeeded' ? style.good : ended.status === 'skipped' ? style.dim : style.bad
  const [first = '', ...rest] = endedParts(ended, stage)
  const time = ended.status === 'skipped' ? first : first.padStart(12)
  return [`${paint(SIGNS[ended.status])} ${ended.name.padEnd(NAME_WIDTH)}`, time, ...rest].join('  ')
}

const percent = (fraction: number) => `${Math.floor(fraction * 100)} %`
const lineLength = (name: string, parts: readonly string[]) =>
  name.length + parts.reduce((sum, part) => sum + 2 + part.length, 0)

const wholeSeconds = (seconds: number) => (seconds < 60 ? `${seconds} s` : formatDuration(seconds))

function rowsText(p: JobProgress | null): string | null {
  if (!p || p.rows === null) return null
  return p.rows_total === null
    ? `${formatCompact(p.rows)} rows`
    : `${formatCompact(p.rows)}/${formatCompact(p.rows_total)} rows`
}

function rateText(stage: RunningStage): string | null {
  const bytes = stage.rate('bytes')
  // Nothing done yet is no speed.
  if (bytes) return formatByteRate(bytes)
  const rows = stage.rate('rows')
  return rows ? formatRowRate(rows) : null
}
