import { GIB } from '../../shared/format'
import { median, medianOrNull } from '../statistics/moments'
import {
  coreHours,
  coreInputs,
  filesNotInGold,
  gibRead,
  goldCommits,
  jobField,
  listed,
  meanBatches,
  perJob,
  type ScoreFacts,
  type ScoreInfo,
  timeToValue,
  unseenWaits,
  validRounds,
  valueInputs,
  waitingRows,
  windowSeconds,
} from './score-inputs'
import { divide, ingestRatio, streamOf, sum } from './window-facts'

/** Scale 1 is 10 GiB of bronze. */
const BYTES_PER_SCALE = 10 * GIB
/** Fewer rounds show no trend. */
const ROUNDS_FOR_A_TREND = 4
const SECONDS = { unit: 's', direction: 'lower', decimals: 2 } as const
const WINDOW_SECONDS = { ...SECONDS, mode: 'continuous' } as const
const WINDOW_ROWS = {
  unit: 'rows/s',
  direction: 'higher',
  decimals: 1,
  mode: 'continuous',
} as const
const WINDOW_QPH = { decimals: 1, mode: 'continuous', inputs: validRounds } as const
const GOLD_AGE = { ...WINDOW_SECONDS, inputs: goldCommits } as const
const UNSEEN = { ...WINDOW_SECONDS, inputs: unseenWaits, missing: noLandings } as const
const BACKLOG = {
  ...WINDOW_ROWS,
  inputs: waitingRows,
  missing: () =>
    'nobody counted what waits, or there are too few samples that are independent of each other',
} as const
const BRONZE_ROWS = 'bronze-ingest.input_rows'
const WAITING = 'files not in gold at the end'

/** Every score, in the order it is shown. */
export const SCORES: readonly ScoreInfo[] = [
  {
    name: 'time_to_value_seconds',
    label: 'time to value',
    ...SECONDS,
    mode: 'batch',
    formula:
      'started_after_seconds + elapsed_seconds of gold-finalize − started_after_seconds of bronze-verify, both successful; none of a resumed run',
    value: valueSeconds,
    inputs: valueInputs,
    missing: noTimeToValue,
  },
  {
    name: 'composite_qph',
    label: 'queries an hour (QpH)',
    unit: '',
    direction: 'higher',
    decimals: 1,
    formula:
      'by benchmark.qph_kind: power: queries ÷ Σ medians × 3600; throughput: queries × streams ÷ wall seconds × 3600; composite: √(power × throughput); median-of-rounds: median of qph over the valid rounds. None of an invalid benchmark, a part of the queries, or a cold cache that is not proven',
    value: ({ benchmark }) => (benchmark?.valid ? benchmark.qph : null),
    inputs: ({ benchmark, benchmark_rounds }) => ({
      'benchmark.qph_kind': benchmark?.qph_kind ?? null,
      ...(benchmark?.qph_kind === 'median-of-rounds' && validRounds({ benchmark_rounds })),
      'benchmark.valid': benchmark ? String(benchmark.valid) : null,
      'benchmark.queries': benchmark?.queries.length ?? null,
      'benchmark.streams': benchmark?.streams ?? null,
      'benchmark.total_seconds': benchmark?.total_seconds ?? null,
      'benchmark.power_qph': benchmark?.power_qph ?? null,
      'benchmark.throughput_qph': benchmark?.throughput_qph ?? null,
    }),
  },
  {
    name: 'ingest_throughput_rps',
    label: 'rows a second into bronze',
    ...WINDOW_ROWS,
    formula: 'Σ input_rows of the bronze-ingest batches committed in the window ÷ window_seconds',
    value: ({ taken, window }) => divide(taken[BRONZE_ROWS] ?? null, window),
    inputs: facts => ({ [BRONZE_ROWS]: facts.taken[BRONZE_ROWS] ?? null, ...windowSeconds(facts) }),
  },
  {
    name: 'data_freshness_seconds',
    label: 'oldest that gold was',
    ...GOLD_AGE,
    formula:
      'maximum of age(t) over the window: t − through of the last gold batch committed by t (gold-refresh.batches)',
    value: ({ age }) => age?.max ?? null,
  },
  {
    name: 'freshness_p95_seconds',
    label: 'age of gold, 95 % of the time',
    ...GOLD_AGE,
    formula:
      'age(t) was at most this for 95 % of the window, weighted by time, as data_freshness_seconds has it',
    value: ({ age }) => age?.p95 ?? null,
  },
  {
    name: 'freshness_p50_seconds',
    label: 'age of gold, half of the time',
    ...GOLD_AGE,
    formula:
      'age(t) was at most this for half of the window, weighted by time, as data_freshness_seconds has it',
    value: ({ age }) => age?.p50 ?? null,
  },
  {
    name: 'query_time_freshness_seconds',
    label: 'age of gold at query time',
    ...WINDOW_SECONDS,
    formula: 'median of gold_freshness_seconds over the rounds',
    value: ({ benchmark_rounds: rounds }) =>
      medianOrNull(rounds.flatMap(r => r.gold_freshness_seconds ?? [])),
    inputs: ({ benchmark_rounds: rounds }) => ({
      'benchmark_rounds.gold_freshness_seconds': listed(rounds.map(r => r.gold_freshness_seconds)),
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
      ...WINDOW_SECONDS,
      formula: `${{ p50: '50th percentile (nearest rank)', p95: '95th percentile (nearest rank)', max: 'maximum' }[which]} over the files of continuous.landings that landed in the window and came to gold in it: at of the first gold batch whose source_batch reaches the silver batch that reaches the file's bronze_batch − at of the landing`,
      value: ({ toGold }) => toGold?.[which] ?? null,
      inputs: facts => ({
        'seconds of each file': listed(facts.secondsToGold),
        [WAITING]: filesNotInGold(facts),
      }),
      missing: facts =>
        noLandings(facts) ?? 'no file whose landing was noted came to gold in the window',
    }),
  ),
  {
    name: 'files_waiting_for_gold',
    label: 'files not in gold at the end',
    unit: 'files',
    direction: 'lower',
    decimals: 0,
    mode: 'continuous',
    formula:
      'files of continuous.landings that landed in the window and were neither in gold nor left out at its end',
    value: filesNotInGold,
    inputs: facts => ({ [WAITING]: filesNotInGold(facts) }),
    missing: noLandings,
  },
  {
    name: 'staleness_max_seconds',
    label: 'longest that a row was unseen',
    ...UNSEEN,
    formula:
      'maximum over the window of t − landing of the oldest row that gold did not show at t; 0 while there was none (continuous.landings)',
    value: ({ staleness }) => staleness?.max ?? null,
  },
  {
    name: 'staleness_p95_seconds',
    label: 'unseen rows, 95 % of the time',
    ...UNSEEN,
    formula:
      'staleness was at most this for 95 % of the window, weighted by time, as staleness_max_seconds has it',
    value: ({ staleness }) => staleness?.p95 ?? null,
  },
  {
    name: 'query_time_staleness_seconds',
    label: 'unseen rows at query time',
    ...WINDOW_SECONDS,
    formula: 'median of gold_staleness_seconds over the rounds that have one',
    value: ({ benchmark_rounds: rounds }) =>
      medianOrNull(rounds.flatMap(r => r.gold_staleness_seconds ?? [])),
    inputs: ({ benchmark_rounds: rounds }) => ({
      'benchmark_rounds.gold_staleness_seconds': listed(rounds.map(r => r.gold_staleness_seconds)),
    }),
  },
  {
    name: 'sustained_throughput_rps',
    label: 'rows a second, all streams',
    ...WINDOW_ROWS,
    formula: 'Σ input_rows of the batches committed in the window, of all streams ÷ window_seconds',
    value: ({ taken, window }) => divide(sum(Object.values(taken)), window),
    inputs: facts => ({ ...facts.taken, ...windowSeconds(facts) }),
  },
  {
    name: 'ingest_ratio',
    label: 'ingest ratio',
    unit: '',
    direction: 'higher',
    decimals: 4,
    mode: 'continuous',
    formula:
      'taken_rows ÷ landed_rows: of the rows of files that the run made and that landed up to the cut, those that bronze had committed by the end of the window; cut = window − max(trigger, batch) − batch, batch being the median seconds of a bronze batch, or those of the last one begun in the window if longer; below 0.95 the streams are saturated',
    value: ({ ingest }) => ingestRatio(ingest),
    inputs: facts => {
      const known = typeof facts.ingest === 'string' ? null : facts.ingest
      return {
        cut: known?.cut ?? null,
        landed_rows: known?.landed_rows ?? null,
        taken_rows: known?.taken_rows ?? null,
        'bronze-ingest.trigger_interval_seconds':
          streamOf(facts, 'bronze-ingest')?.trigger_interval_seconds ?? null,
        ...windowSeconds(facts),
      }
    },
    missing: ({ ingest }) => (typeof ingest === 'string' ? ingest : null),
  },
  {
    name: 'backlog_growth_rps',
    label: 'growth of the backlog',
    ...BACKLOG,
    direction: 'lower',
    formula:
      'slope, by least squares over the second half of continuous.samples, of bronze_backlog_rows + silver_backlog_rows',
    value: ({ growth }) => growth?.slope ?? null,
  },
  {
    name: 'backlog_growth_stderr_rps',
    label: 'its standard error',
    ...BACKLOG,
    direction: 'none',
    formula:
      '√(Σ residual² ÷ (m − 2) ÷ Σ (t − mean t)²), with m = n (1 − r) ÷ (1 + r) independent samples and r the lag-1 autocorrelation of the residuals, at least 0; none below 6; the streams are saturated where the growth is above twice this and at least 5 % of what is offered',
    value: ({ growth }) => growth?.standardError ?? null,
  },
  {
    name: 'end_to_end_latency_ms',
    label: 'processing time, three batches',
    unit: 'ms',
    direction: 'lower',
    decimals: 1,
    mode: 'continuous',
    formula:
      'Σ over the streams: mean seconds of their batches in the window × 1000; processing time, without waiting',
    value: facts => sum(Object.values(meanBatches(facts))),
    inputs: meanBatches,
  },
  {
    name: 'in_stream_composite_qph',
    label: 'QpH of the rounds (median)',
    unit: '',
    direction: 'higher',
    ...WINDOW_QPH,
    formula: 'median of qph over the valid rounds',
    value: ({ qph }) => medianOrNull(qph),
  },
  {
    name: 'qph_degradation_pct',
    label: 'fall of QpH over the rounds',
    unit: '%',
    direction: 'lower',
    ...WINDOW_QPH,
    decimals: 2,
    formula:
      '(1 − median qph of the later half of the valid rounds ÷ that of the earlier half) × 100; from four on',
    value: ({ qph }) => {
      const half = qph.length >> 1
      if (qph.length < ROUNDS_FOR_A_TREND) return null
      return (1 - median(qph.slice(half)) / median(qph.slice(0, half))) * 100
    },
  },
  {
    name: 'total_rows_processed',
    label: 'rows processed',
    unit: 'rows',
    direction: 'none',
    decimals: 0,
    mode: 'continuous',
    formula:
      'Σ input_rows of the batches committed in the window, of all streams; gold reads silver whole each time',
    value: ({ taken }) => sum(Object.values(taken)),
    inputs: ({ taken }) => taken,
  },
  {
    name: 'pipeline_throughput_gb_per_second',
    label: 'pipeline throughput',
    unit: 'GiB/s',
    direction: 'higher',
    decimals: 4,
    mode: 'batch',
    formula: 'Σ bytes_read of the batch jobs ÷ 2^30 ÷ time to value',
    value: facts => divide(gibRead(facts), valueSeconds(facts)),
    inputs: facts => ({ ...perJob(facts, 'bytes_read'), ...valueInputs(facts) }),
    missing: noTimeToValue,
  },
  {
    name: 'total_data_processed_gb',
    label: 'data read by the stages',
    unit: 'GiB',
    direction: 'none',
    decimals: 3,
    formula: 'Σ bytes_read of the batch jobs ÷ 2^30; data generation and queries are not in it',
    value: gibRead,
    inputs: facts => perJob(facts, 'bytes_read'),
  },
  {
    name: 'total_core_hours',
    label: 'core hours',
    unit: 'h',
    direction: 'lower',
    decimals: 2,
    formula: 'Σ over the batch jobs: executor_count × executor_cores × elapsed_seconds ÷ 3600',
    value: coreHours,
    inputs: coreInputs,
  },
  {
    name: 'compute_efficiency_gb_per_core_hour',
    label: 'compute efficiency',
    unit: 'GiB/core hour',
    direction: 'higher',
    decimals: 4,
    formula: 'data read by the stages ÷ core hours',
    value: facts => divide(gibRead(facts), coreHours(facts)),
    inputs: facts => ({ ...perJob(facts, 'bytes_read'), ...coreInputs(facts) }),
  },
  {
    name: 'scale_ratio',
    label: 'scale ratio',
    unit: '',
    direction: 'none',
    decimals: 3,
    mode: 'batch',
    formula: 'raw bytes ÷ (10 GiB × scale); generated data only; 0.95 to 1.05 is valid',
    value: ({ corpus }) =>
      corpus?.kind === 'generated' && corpus.scale !== null
        ? divide(corpus.bytes, BYTES_PER_SCALE * corpus.scale)
        : null,
    inputs: ({ corpus }) => ({
      'corpus.bytes': corpus?.bytes ?? null,
      'corpus.scale': corpus?.scale ?? null,
    }),
  },
  {
    name: 'total_elapsed_seconds',
    label: 'all stages',
    ...SECONDS,
    formula: 'Σ elapsed_seconds of the stages, data generation and queries included',
    value: ({ pipeline_benchmark: { stages } }) => sum(stages.map(stage => stage.elapsed_seconds)),
    inputs: ({ pipeline_benchmark: { stages } }) =>
      Object.fromEntries(
        stages.map(stage => [`${stage.stage_name}.elapsed_seconds`, stage.elapsed_seconds]),
      ),
  },
  {
    name: 'datagen_seconds',
    label: 'data generation',
    ...SECONDS,
    formula: 'elapsed_seconds of datagen; beside the time to value, never in it',
    value: ({ jobs }) => jobs.find(job => job.job_name === 'datagen')?.elapsed_seconds ?? null,
    inputs: facts => jobField(facts, 'datagen', 'elapsed_seconds'),
  },
]

/** Scores of a window, as a batch run has them. */
export const NO_WINDOW_SCORES: Readonly<Record<string, null>> = Object.fromEntries(
  SCORES.filter(({ mode }) => mode === 'continuous').map(({ name }) => [name, null]),
)

function valueSeconds(facts: ScoreFacts): number | null {
  const value = timeToValue(facts)
  return typeof value === 'string' ? null : value
}

function noTimeToValue(facts: ScoreFacts): string | null {
  const value = timeToValue(facts)
  return typeof value === 'string' ? value : null
}

function noLandings({ continuous }: ScoreFacts): string | null {
  return continuous?.landings.length === 0 ? 'no landing of a file was noted' : null
}
