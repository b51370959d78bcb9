import {
  backlogPoints,
  bronzeOf,
  ingestFiles,
  inWindow,
  meanBatchMilliseconds,
  rowsIn,
} from './continuous-scores'
import { filesWaiting, followLandings } from './landing-to-gold'
import type { ScoreInfo, ScoreInput } from './score-info'

/** Scores of a continuous run, in the order they are shown. What the formulas come to is `continuousScores`. */
export const CONTINUOUS_SCORES: readonly ScoreInfo[] = [
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
    formula:
      'age(t) was at most this for 95 % of the window, weighted by time, as data_freshness_seconds has it',
    inputs: goldCommits,
  },
  {
    name: 'freshness_p50_seconds',
    label: 'age of gold, half of the time',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula:
      'age(t) was at most this for half of the window, weighted by time, as data_freshness_seconds has it',
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
      'benchmark_rounds.gold_freshness_seconds': listed(
        benchmark_rounds.map(r => r.gold_freshness_seconds),
      ),
    }),
  },
  ...(['p50', 'p95', 'max'] as const).map(
    (which): ScoreInfo => ({
      name: `landing_to_gold_${which}_seconds`,
      label: {
        p50: 'landing to gold, half the files',
        p95: 'landing to gold, 95 % of files',
        max: 'landing to gold, slowest',
      }[which],
      unit: 's',
      direction: 'lower',
      decimals: 2,
      formula: `${{ p50: '50th percentile (nearest rank)', p95: '95th percentile (nearest rank)', max: 'maximum' }[which]} over the files of continuous.landings that landed in the window and came to gold in it: at of the first gold batch whose source_batch reaches the silver batch that reaches the file's bronze_batch − at of the landing`,
      inputs: metrics => ({ 'seconds of each file': secondsToGold(metrics), ...waiting(metrics) }),
      missing: metrics =>
        metrics.continuous &&
        (metrics.continuous.landings.length === 0
          ? NO_LANDINGS
          : 'no file whose landing was noted came to gold in the window'),
    }),
  ),
  {
    name: 'files_waiting_for_gold',
    label: 'files not in gold at the end',
    unit: 'files',
    direction: 'lower',
    decimals: 0,
    formula:
      'files of continuous.landings that landed in the window and were neither in gold nor left out at its end',
    inputs: waiting,
    missing: noLandings,
  },
  {
    name: 'staleness_max_seconds',
    label: 'longest that a row was unseen',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula:
      'maximum over the window of t − landing of the oldest row that gold did not show at t; 0 while there was none (continuous.landings)',
    inputs: unseenWaits,
    missing: noLandings,
  },
  {
    name: 'staleness_p95_seconds',
    label: 'unseen rows, 95 % of the time',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula:
      'staleness was at most this for 95 % of the window, weighted by time, as staleness_max_seconds has it',
    inputs: unseenWaits,
    missing: noLandings,
  },
  {
    name: 'query_time_staleness_seconds',
    label: 'unseen rows at query time',
    unit: 's',
    direction: 'lower',
    decimals: 2,
    formula: 'median of gold_staleness_seconds over the rounds that have one',
    inputs: ({ benchmark_rounds }) => ({
      'benchmark_rounds.gold_staleness_seconds': listed(
        benchmark_rounds.map(r => r.gold_staleness_seconds),
      ),
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
    name: 'ingest_ratio',
    label: 'ingest ratio',
    unit: '',
    direction: 'higher',
    decimals: 4,
    formula:
      'taken_rows ÷ landed_rows: of the rows of files that the run made and that landed up to the cut, those that bronze had committed by the end of the window; cut = window − max(trigger, batch) − batch, batch being the median seconds of a bronze batch, or those of the last one begun in the window if longer; below 0.95 the streams are saturated',
    inputs: metrics => {
      const files = ingestFiles(metrics)
      const known = typeof files === 'string' ? null : files
      return {
        cut: known?.cut ?? null,
        landed_rows: known?.landed_rows ?? null,
        taken_rows: known?.taken_rows ?? null,
        'bronze-ingest.trigger_interval_seconds':
          bronzeOf(metrics)?.trigger_interval_seconds ?? null,
        ...windowSeconds(metrics),
      }
    },
    missing: metrics => {
      const files = metrics.continuous ? ingestFiles(metrics) : null
      return typeof files === 'string' ? files : null
    },
  },
  {
    name: 'backlog_growth_rps',
    label: 'growth of the backlog',
    unit: 'rows/s',
    direction: 'lower',
    decimals: 1,
    formula:
      'slope, by least squares over the second half of continuous.samples, of bronze_backlog_rows + silver_backlog_rows',
    inputs: backlog,
    missing: noBacklog,
  },
  {
    name: 'backlog_growth_stderr_rps',
    label: 'its standard error',
    unit: 'rows/s',
    direction: 'none',
    decimals: 1,
    formula:
      '√(Σ residual² ÷ (m − 2) ÷ Σ (t − mean t)²), with m = n (1 − r) ÷ (1 + r) independent samples and r the lag-1 autocorrelation of the residuals, at least 0; none below 6; the streams are saturated where the growth is above twice this and at least 5 % of what is offered',
    inputs: backlog,
    missing: noBacklog,
  },
  {
    name: 'end_to_end_latency_ms',
    label: 'processing time, three batches',
    unit: 'ms',
    direction: 'lower',
    decimals: 1,
    formula:
      'Σ over the streams: mean seconds of their batches in the window × 1000; processing time, without waiting',
    inputs: metrics =>
      Object.fromEntries(
        metrics.streaming.map(s => [
          `${s.job_name}.mean_batch_ms`,
          meanBatchMilliseconds(s, windowOf(metrics)),
        ]),
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
    formula:
      '(1 − median qph of the later half of the valid rounds ÷ that of the earlier half) × 100; from four on',
    inputs: validRounds,
  },
  {
    name: 'total_rows_processed',
    label: 'rows processed',
    unit: 'rows',
    direction: 'none',
    decimals: 0,
    formula:
      'Σ input_rows of the batches committed in the window, of all streams; gold reads silver whole each time',
    inputs: rowsTaken,
  },
]

const windowOf = ({ continuous }: ScoreInput): number => continuous?.window_seconds ?? 0

function windowSeconds({ continuous }: ScoreInput) {
  return { 'continuous.window_seconds': continuous?.window_seconds ?? null }
}

function goldCommits(metrics: ScoreInput) {
  const gold = metrics.streaming.find(s => s.job_name === 'gold-refresh')
  const commits = gold
    ? inWindow(gold.batches, windowOf(metrics)).filter(b => b.through !== null)
    : []
  return {
    'gold-refresh.batches at→through':
      commits.length === 0 ? null : commits.map(b => `${b.at}→${b.through}`).join(' '),
    ...windowSeconds(metrics),
  }
}

const NO_LANDINGS = 'no landing of a file was noted'

function noLandings({ continuous }: ScoreInput) {
  return continuous?.landings.length === 0 ? NO_LANDINGS : null
}

function noBacklog({ continuous }: ScoreInput) {
  return (
    continuous &&
    'nobody counted what waits, or there are too few samples that are independent of each other'
  )
}

function waiting(metrics: ScoreInput) {
  const followed = followLandings(metrics)
  const known = followed.length > 0
  return {
    'files not in gold at the end': known ? filesWaiting(followed, windowOf(metrics)) : null,
  }
}

function secondsToGold(metrics: ScoreInput): string | null {
  const times = followLandings(metrics).flatMap(({ at, noted, files, gold_at }) =>
    noted === 'before' || gold_at === null || gold_at > windowOf(metrics)
      ? []
      : new Array<number>(files).fill(gold_at - at),
  )
  return listed(times)
}

function unseenWaits(metrics: ScoreInput) {
  const window = windowOf(metrics)
  const waits = followLandings(metrics).filter(f => f.at < window)
  const until = ({ gold_at, left_out_at }: (typeof waits)[number]) =>
    Math.min(gold_at ?? window, left_out_at ?? window, window)
  return {
    'landing→gold': waits.length === 0 ? null : waits.map(f => `${f.at}→${until(f)}`).join(' '),
    ...windowSeconds(metrics),
  }
}

function backlog({ continuous }: ScoreInput) {
  const points = continuous ? backlogPoints(continuous.samples) : []
  return {
    'continuous.samples at→rows':
      points.length === 0 ? null : points.map(([at, rows]) => `${at}→${rows}`).join(' '),
  }
}

function rowsTaken(metrics: ScoreInput): Record<string, number> {
  return Object.fromEntries(
    metrics.streaming.map(s => [
      `${s.job_name}.input_rows`,
      rowsIn(inWindow(s.batches, windowOf(metrics))),
    ]),
  )
}

export function validRounds({ benchmark_rounds }: Pick<ScoreInput, 'benchmark_rounds'>) {
  return { 'benchmark_rounds.qph': listed(benchmark_rounds.filter(r => r.valid).map(r => r.qph)) }
}

const listed = (values: readonly (number | null)[]): string | null =>
  values.length === 0 ? null : values.map(value => value ?? '—').join(' ')
