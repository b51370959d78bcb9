import type { EndStatus, StageVolumes } from '../contracts/events'
import type { JobProgress } from '../contracts/jobs'
import {
  formatByteRate,
  formatCompact,
  formatCount,
  formatDuration,
  formatRowRate,
  GIB,
} from '../shared/format'
import { oneLine, type Style } from './terminal'

const RATE_WINDOW_MS = 5000
const NAME_WIDTH = 14
const BAR_MOST = 28
const BAR_LEAST = 8

interface Sample {
  readonly at: number
  readonly progress: JobProgress
}

/** State of a running stage. All of it comes from the stage's own events. */
export class RunningStage {
  readonly name: string
  readonly index: number
  readonly total: number
  readonly startedAt: number
  /** Present piece of work, e.g. a query's name. */
  detail: string | null = null
  private phaseStartedAt: number
  private samples: Sample[] = []

  constructor(name: string, index: number, total: number, now: number) {
    this.name = name
    this.index = index
    this.total = total
    this.startedAt = now
    this.phaseStartedAt = now
  }

  add(progress: JobProgress, now: number): void {
    if (this.latest && progress.phase !== this.latest.phase) {
      // The numbers of another phase count something else.
      this.samples = []
      this.phaseStartedAt = now
    }
    this.samples.push({ at: now, progress })
    while (this.samples.length > 2 && now - this.samples[1]!.at >= RATE_WINDOW_MS)
      this.samples.shift()
  }

  get latest(): JobProgress | null {
    return this.samples.at(-1)?.progress ?? null
  }

  /** Share done of the phase, or of the stage where it has none: 0..1, `null` where nothing says how much there is to do. */
  get fraction(): number | null {
    return this.latest && fractionOf(this.latest)
  }

  /** Units a second over the last seconds; `null` until two reports are apart. */
  rate(unit: 'rows' | 'bytes'): number | null {
    return this.slope(p => p[unit])
  }

  /** Seconds until the phase, or the stage where it has none, ends at its present speed. */
  secondsLeft(): number | null {
    const fraction = this.fraction
    const slope = this.slope(fractionOf)
    if (fraction === null || slope === null || slope <= 0) return null
    return Math.max(0, 1 - fraction) / slope
  }

  private slope(value: (progress: JobProgress) => number | null): number | null {
    const known = this.samples.flatMap(({ at, progress }) => {
      const amount = value(progress)
      return amount === null ? [] : [{ at, amount }]
    })
    const last = known.at(-1)
    if (!last || last.at !== this.samples.at(-1)?.at) return null
    // Work starts from nothing when the phase starts, so a single report has a speed too.
    const first = known.length === 1 ? { at: this.phaseStartedAt, amount: 0 } : known[0]!
    const seconds = (last.at - first.at) / 1000
    return seconds < 0.05 ? null : (last.amount - first.amount) / seconds
  }
}

/** Below 1: what is wholly through says nothing of how long the rest of the work takes. */
function fractionOf(p: JobProgress): number | null {
  const share =
    p.fraction ??
    (p.bytes !== null && p.bytes_total ? p.bytes / p.bytes_total : null) ??
    (p.rows !== null && p.rows_total ? p.rows / p.rows_total : null)
  return share === null || share >= 1 ? null : Math.max(share, 0)
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
  const phase = stage.latest?.phase
  const name = `  ${stage.name.padEnd(NAME_WIDTH)}`
  const fraction = stage.fraction
  const left = stage.secondsLeft()
  const parts = [
    fraction === null ? null : percent(fraction).padStart(5),
    left === null
      ? phase === undefined
        ? gone
        : `${oneLine(phase)}, ${gone}`
      : leftText(left, phase),
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
  const phase = stage.latest?.phase
  const parts = [
    phase === undefined ? null : oneLine(phase),
    stage.fraction === null ? null : percent(stage.fraction),
    stage.detail,
    rowsText(stage.latest),
    rateText(stage),
    `${wholeSeconds(Math.round((now - stage.startedAt) / 1000))} gone`,
    left === null ? null : leftText(left, phase),
  ]
  return parts.filter((part): part is string => part !== null).join(', ')
}

/** The live line of work that is in no stage. */
export const phaseLine = (phase: string, seconds: number, width: number): string =>
  `  ${oneLine(phase)}, ${wholeSeconds(Math.floor(seconds))} gone`.slice(0, width)

export interface EndedStage {
  readonly name: string
  readonly status: EndStatus
  readonly seconds: number
  readonly error_message: string | null
  readonly job: StageVolumes | null
}

/** Time, rows and speed of a stage that ended, as the record has them, or why it did not succeed. */
export function endedParts({ status, seconds, error_message, job }: EndedStage): string[] {
  if (status === 'skipped') return [oneLine(error_message ?? 'skipped')]
  const time = formatDuration(seconds)
  if (status !== 'succeeded')
    return [time, status, ...(error_message ? [oneLine(error_message)] : [])]
  const rows = job?.output_rows ?? job?.input_rows ?? null
  const gib = job?.throughput_gb_per_second ?? null
  return [
    time,
    ...(rows === null ? [] : [`${formatCount(rows)} rows`]),
    ...(gib
      ? [`${formatByteRate(gib * GIB)} ${job?.bytes_read == null ? 'written' : 'read'}`]
      : []),
  ]
}

const SIGNS: Readonly<Record<EndStatus, string>> = {
  succeeded: '✓',
  failed: '✕',
  aborted: '■',
  skipped: '–',
}

export function endedLine(ended: EndedStage, style: Style): string {
  const paint =
    ended.status === 'succeeded' ? style.good : ended.status === 'skipped' ? style.dim : style.bad
  const [first = '', ...rest] = endedParts(ended)
  const time = ended.status === 'skipped' ? first : first.padStart(12)
  return [`${paint(SIGNS[ended.status])} ${ended.name.padEnd(NAME_WIDTH)}`, time, ...rest].join(
    '  ',
  )
}

const percent = (fraction: number) => `${Math.floor(fraction * 100)} %`
const lineLength = (name: string, parts: readonly string[]) =>
  name.length + parts.reduce((sum, part) => sum + 2 + part.length, 0)

const leftText = (seconds: number, phase: string | undefined) =>
  `${wholeSeconds(Math.ceil(seconds))} ${phase === undefined ? 'left' : `of ${oneLine(phase)} left`}`

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
