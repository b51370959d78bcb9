import type { RunMetrics } from '../../contracts/metrics'
import { formatDuration, formatShare } from '../../shared/format'
import type { Span } from '../chart-data'
import type { Charts } from '../charts'
import { type Html, html } from '../html'
import { absent, type Mark, mark, section, shown, table, unknown } from '../parts'

type Stage = RunMetrics['pipeline_benchmark']['stages'][number]

const STATUS_MARK: Readonly<Record<Stage['status'], Mark>> = {
  succeeded: 'ok',
  failed: 'bad',
  aborted: 'stopped',
  skipped: 'idle',
}

interface Row {
  readonly stage: Stage
  /** Seconds after the start of the axis; `null` where the stage did not run. */
  readonly from: number | null
  /** Seconds that the engine itself accounts for. */
  readonly engine: number | null
}

/** Stages on one time line from the start of the run. */
export function timelineSection(metrics: RunMetrics, charts: Charts): Html {
  const stages = metrics.pipeline_benchmark.stages
  if (stages.length === 0)
    return section('time', 'Where time went', absent('No stage was started.'))
  const { rows, end, joined } = layOut(metrics)
  const total = metrics.total_elapsed_seconds
  return section(
    'time',
    'Where time went',
    html`<p>${finding(metrics)}</p>`,
    charts.timeline(rows.flatMap(spanOf), end, {
      title: 'Stages on the time line of the run',
      finding: finding(metrics),
    }),
    html`<p class="key">${
      joined
        ? 'Stages end to end; the pauses between them are left out.'
        : 'Stages on the time line of the run, from its start.'
    } Strong: inside the engine; pale: the rest of the stage.</p>`,
    table({
      caption: 'How long each stage took, and how it ended.',
      columns: [
        { label: 'Stage' },
        { label: 'Time', kind: 'number' },
        { label: 'of the run', kind: 'number' },
        { label: 'in the engine', kind: 'number' },
        { label: 'Outcome', kind: 'note' },
      ],
      rows: rows.map(({ stage, engine }) => [
        html`<span class="name">${stage.stage_name}</span>`,
        stage.status === 'skipped' ? unknown : formatDuration(stage.elapsed_seconds),
        stage.status === 'skipped' || total <= 0
          ? unknown
          : formatShare(stage.elapsed_seconds / total),
        shown(engine, formatDuration),
        outcome(stage, metrics),
      ]),
    }),
    html`<p><small>Starting, planning, writing the record and other work outside the stages: ${formatDuration(metrics.orchestration_seconds)}.</small></p>`,
  )
}

function finding(metrics: RunMetrics): string {
  const ran = metrics.pipeline_benchmark.stages.filter(s => s.status !== 'skipped')
  const slowest = [...ran].sort((a, b) => b.elapsed_seconds - a.elapsed_seconds)[0]
  if (!slowest) return 'No stage ran.'
  const share =
    metrics.total_elapsed_seconds > 0
      ? slowest.elapsed_seconds / metrics.total_elapsed_seconds
      : null
  const part = share === null ? '' : `, ${formatShare(share)} of the run`
  return `${slowest.stage_name} took longest: ${formatDuration(slowest.elapsed_seconds)}${part}.`
}

function outcome(stage: Stage, metrics: RunMetrics): Html {
  const sign = mark(STATUS_MARK[stage.status], stage.status)
  // The page's head already gives the error of the stage that ended the run in full.
  const told = stage.status === 'failed' && metrics.error_message
  return stage.error_message && !told ? html`${sign} <small>${stage.error_message}</small>` : sign
}

function spanOf({ stage, from, engine }: Row): Span[] {
  if (from === null) return []
  const { stage_name: name, elapsed_seconds, status } = stage
  return [{ name, from, to: from + elapsed_seconds, inner: engine, failed: status === 'failed' }]
}

/** Real positions where the clock allows it; end to end where a resumed run left pauses that would squeeze everything else. */
function layOut(metrics: RunMetrics): { rows: Row[]; end: number; joined: boolean } {
  const origin = Date.parse(metrics.start_time)
  const stages = metrics.pipeline_benchmark.stages
  const rows: Row[] = stages.map(stage => {
    const onTheClock =
      metrics.jobs.find(j => j.job_name === stage.stage_name)?.started_after_seconds ?? null
    const at =
      onTheClock ??
      (stage.start_time === null ? Number.NaN : (Date.parse(stage.start_time) - origin) / 1000)
    return {
      stage,
      from: Number.isNaN(at) ? null : Math.max(at, 0),
      engine: engineSeconds(stage, metrics),
    }
  })
  const ends = rows.map(r => (r.from === null ? 0 : r.from + r.stage.elapsed_seconds))
  const end = Math.max(metrics.total_elapsed_seconds, ...ends)
  const unplaced = rows.some(r => r.from === null && r.stage.status !== 'skipped')
  if (!unplaced && end <= metrics.total_elapsed_seconds * 1.2)
    return { rows, end: end || 1, joined: false }
  let at = 0
  const joined = rows.map(row => {
    if (row.stage.status === 'skipped') return { ...row, from: null }
    const placed = { ...row, from: at }
    at += row.stage.elapsed_seconds
    return placed
  })
  return { rows: joined, end: at || 1, joined: true }
}

function engineSeconds(stage: Stage, metrics: RunMetrics): number | null {
  if (stage.status === 'skipped') return null
  const job = metrics.jobs.find(j => j.job_name === stage.stage_name)
  if (job) return job.engine_seconds
  if (stage.stage_name !== 'benchmark' || !metrics.benchmark || metrics.benchmark.streams > 1)
    return null
  return metrics.benchmark.queries
    .flatMap(q => q.samples)
    .reduce((sum, s) => sum + s.engine_seconds, 0)
}
