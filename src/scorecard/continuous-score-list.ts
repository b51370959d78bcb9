import { bronzeOf, inWindow, meanBatchMilliseconds, rowsIn } from './continuous-scores'
import type { ScoreInfo, ScoreInput } from './score-info'

/** Scores of a continuous run, in the order they are shown. What the formulas come to is `continuousScores`. */
export const CONTINUOUS_SCORES: readonly ScoreInfo[] = [
  {
    name: 'data_freshness_seconds',
    label: 'oldest that gold was',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula:
      'maximum of age(t) over the window: t − through of the last gold batch committed by t (gold-refresh.batches)',
    inputs: goldCommits,
  },
  {
    name: 'freshness_p95_seconds',
    label: 'age of gold, 95 % of the time',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula: 'age(t) was at most this for 95 % of the window, weighted by time, as data_freshness_seconds has it',
    inputs: goldCommits,
  },
  {
    name: 'freshness_p50_seconds',
    label: 'age of gold, half of the time',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula: 'age(t) was at most this for half of the window, weighted by time, as data_freshness_seconds has it',
    inputs: goldCommits,
  },
  {
    name: 'query_time_freshness_seconds',
    label: 'age of gold at query time',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula: 'median of gold_freshness_seconds over the rounds',
    inputs: ({ benchmark_rounds }) => ({
      'benchmark_rounds.gold_freshness_seconds': listed(benchmark_rounds.map(r => r.gold_freshness_seconds)),
    }),
  },
  {
    name: 'sustained_throughput_rps',
    label: 'rows a second, all streams',
    unit: 'rows/s',
    direction: 'higher',
    decimals: 1,
    formula: 'Σ input_rows of the batches committed in the window, of all streams ÷ window_seconds',
    inputs: metrics => ({ ...rowsTaken(metrics), ...windowSeconds(metrics) }),
  },
  {
    name: 'ingest_throughput_rps',
    label: 'rows a second into bronze',
    unit: 'rows/s',
    direction: 'higher',
    decimals: 1,
    formula: 'Σ input_rows of the bronze-ingest batches committed in the window ÷ window_seconds',
    inputs: metrics => ({
      'bronze-ingest.input_rows': rowsTaken(metrics)['bronze-ingest.input_rows'] ?? null,
      ...windowSeconds(metrics),
    }),
  },
  {
    name: 'ingest_ratio',
    label: 'ingest ratio',
    unit: '',
    direction: 'higher',
    decimals: 4,
    formula:
      'rows in bronze ÷ rows that had landed (continuous.landings) one trigger and one longest batch before the end, at most 1; below 0.95 the streams are saturated',
    inputs: metrics => ({
      'bronze-ingest.input_rows': rowsTaken(metrics)['bronze-ingest.input_rows'] ?? null,
      'bronze-ingest.trigger_interval_seconds': bronzeOf(metrics)?.trigger_interval_seconds ?? null,
      'continuous.producer.produced_rows': metrics.continuous?.producer.produced_rows ?? null,
      ...windowSeconds(metrics),
    }),
  },
  {
    name: 'backlog_growth_rps',
    label: 'growth of the backlog',
    unit: 'rows/s',
    direction: 'lower',
    decimals: 1,
    formula:
      'slope, by least squares over the second half of continuous.samples, of bronze_backlog_rows + silver_backlog_rows',
    inputs: ({ continuous }) => ({ 'continuous.samples': continuous?.samples.length ?? null }),
  },
  {
    name: 'end_to_end_latency_ms',
    label: 'batch times, bronze to gold',
    unit: 'ms',
    direction: 'lower',
    decimals: 1,
    formula: 'Σ over the streams: mean seconds of their batches in the window × 1000',
    inputs: metrics =>
      Object.fromEntries(
        metrics.streaming.map(s => [`${s.job_name}.mean_batch_ms`, meanBatchMilliseconds(s, windowOf(metrics))]),
      ),
  },
  {
    name: 'in_stream_composite_qph',
    label: 'QpH of the rounds (median)',
    unit: '',
    direction: 'higher',
    decimals: 1,
    formula: 'median of qph over the valid rounds',
    inputs: validRounds,
  },
  {
    name: 'qph_degradation_pct',
    label: 'fall of QpH over the rounds',
    unit: '%',
    direction: 'lower',
    decimals: 2,
    formula: '(1 − median qph of the later half of the valid rounds ÷ that of the earlier half) × 100; from four on',
    inputs: validRounds,
  },
  {
    name: 'total_rows_processed',
    label: 'rows processed',
    unit: 'rows',
    direction: 'none',
    decimals: 0,
    formula: 'Σ input_rows of the batches committed in the window, of all streams; gold reads silver whole each time',
    inputs: rowsTaken,
  },
]

const windowOf = ({ continuous }: ScoreInput): number => continuous?.window_seconds ?? 0

function windowSeconds({ continuous }: ScoreInput) {
  return { 'continuous.window_seconds': continuous?.window_seconds ?? null }
}

function goldCommits(metrics: ScoreInput) {
  const gold = metrics.streaming.find(s => s.job_name === 'gold-refresh')
  return {
    'gold-refresh.batches': gold ? inWindow(gold.batches, windowOf(metrics)).length : null,
    ...windowSeconds(metrics),
  }
}

function rowsTaken(metrics: ScoreInput): Record<string, number> {
  return Object.fromEntries(
    metrics.streaming.map(s => [`${s.job_name}.input_rows`, rowsIn(inWindow(s.batches, windowOf(metrics)))]),
  )
}

export function validRounds({ benchmark_rounds }: Pick<ScoreInput, 'benchmark_rounds'>) {
  return { 'benchmark_rounds.qph': listed(benchmark_rounds.filter(r => r.valid).map(r => r.qph)) }
}

const listed = (values: readonly (number | null)[]): string | null =>
  values.length === 0 ? null : values.map(value => value ?? '—').join(' ')
