import type { StreamMetrics } from '../../contracts/continuous-metrics'
import type { RunMetrics } from '../../contracts/metrics'

interface Outcome {
  readonly passed: boolean
  readonly detail: string
}

const stream = ({ streaming }: RunMetrics, name: string): StreamMetrics | undefined =>
  streaming.find(s => s.job_name === name)

/** Rules for the numbers of a continuous run; none applies to a batch run. */
export const CONTINUOUS_RULES = [
  {
    rule: 'streams-succeeded',
    check: (metrics: RunMetrics): Outcome | null => {
      if (!metrics.continuous) return null
      const failed = metrics.streaming
        .filter(s => !s.success)
        .map(s => s.error_message ?? s.job_name)
      const passed = failed.length === 0 && metrics.streaming.length > 0
      return {
        passed,
        detail: failed.join('; ') || `${metrics.streaming.length} streams ran to their end`,
      }
    },
  },
  {
    rule: 'drained',
    check: ({ continuous }: RunMetrics): Outcome | null =>
      // An interrupt leaves what it leaves, and a failure is told elsewhere.
      continuous?.ended_by !== 'duration'
        ? null
        : {
            passed: continuous.drained,
            detail: continuous.drained
              ? `everything that landed was in gold ${continuous.drain_seconds?.toFixed(1)} s after the window`
              : 'not everything that landed is in gold; --resume goes on',
          },
  },
  {
    rule: 'stream-rows',
    check: (metrics: RunMetrics): Outcome | null => {
      const { continuous } = metrics
      // A resumed run counts its own part only, and what was not drained is still under way.
      if (!continuous?.drained || continuous.resumed > 0) return null
      const { produced_rows } = continuous.producer
      const bronze = stream(metrics, 'bronze-ingest')?.unique_rows_processed ?? null
      const silver = stream(metrics, 'silver-stream')?.unique_rows_processed ?? null
      // Files that others put there add rows, and one of ours that was damaged takes some away.
      const passed =
        bronze === silver &&
        (produced_rows === null || continuous.quarantined.length > 0 || bronze === produced_rows)
      return {
        passed,
        detail: `${produced_rows ?? 'unknown'} rows were made, ${bronze} are in bronze, silver has read ${silver}`,
      }
    },
  },
  {
    rule: 'gold-refreshed',
    check: (metrics: RunMetrics): Outcome | null => {
      const { continuous } = metrics
      if (!continuous) return null
      const within =
        stream(metrics, 'gold-refresh')?.batches.filter(b => b.at <= continuous.window_seconds)
          .length ?? 0
      // What a resumed run had left of its window may be shorter than one refresh; those before are not in this record.
      if (within === 0 && continuous.resumed > 0) return null
      return { passed: within > 0, detail: `gold was refreshed ${within} times in the window` }
    },
  },
  {
    rule: 'rounds-valid',
    check: ({ continuous, benchmark_rounds: rounds }: RunMetrics): Outcome | null => {
      if (!continuous || rounds.length === 0) return null
      const invalid = rounds.filter(r => !r.valid)
      const left = invalid.map(r => `round ${r.round}: ${r.invalid_reasons.join(', ')}`).join('; ')
      return {
        passed: invalid.length < rounds.length,
        detail:
          left === ''
            ? `${rounds.length} of ${rounds.length} rounds are valid`
            : `left out of the median: ${left}`,
      }
    },
  },
] as const

/** Times of a window that are out of order on its own clock. */
export function windowOrder({ continuous, streaming, benchmark_rounds }: RunMetrics): string[] {
  if (!continuous) return []
  const faults: string[] = []
  const ordered = (what: string, times: readonly number[]) => {
    if (times.some((time, i) => i > 0 && time < times[i - 1]!))
      faults.push(`${what} are out of order`)
  }
  const committed = new Map<number, number>()
  for (const { job_name, batches } of streaming) {
    ordered(
      `batches of ${job_name}`,
      batches.map(b => b.at),
    )
    ordered(
      `batch numbers of ${job_name}`,
      batches.map(b => b.batch),
    )
    if (batches.some(b => b.through !== null && b.through > b.at))
      faults.push(`${job_name} shows data before it landed`)
    if (job_name === 'bronze-ingest') for (const b of batches) committed.set(b.batch, b.at)
  }
  if (
    continuous.landings.some(
      l => l.at > (committed.get(l.bronze_batch ?? Number.NaN) ?? Number.POSITIVE_INFINITY),
    )
  )
    faults.push('a file is in bronze before it landed')
  ordered(
    'benchmark rounds',
    benchmark_rounds.flatMap(r => [r.at, r.at + r.elapsed_seconds]),
  )
  ordered(
    'samples',
    continuous.samples.map(s => s.at),
  )
  return faults
}
