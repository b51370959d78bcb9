import { expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import type { ScoreName } from '../../../src/results/scorecard/score-inputs'
import { SCORES } from '../../../src/results/scorecard/score-table'
import { Scorecard } from '../../../src/results/scorecard/scorecard'
import { computeScores } from '../../../src/results/scorecard/scores'
import { round, sample, windowInput } from '../../support/window-records'
import { record, withoutJobs } from './records'

type Inputs = Readonly<Record<string, number | string | null>>
const GIB = 2 ** 30

const sumOf = (inputs: Inputs, field: string) =>
  Object.entries(inputs)
    .filter(([key]) => key.endsWith(`.${field}`))
    .reduce((sum, [, value]) => sum + Number(value), 0)
const pipelineSeconds = (inputs: Inputs) =>
  Number(inputs['gold-finalize.started_after_seconds']) +
  Number(inputs['gold-finalize.elapsed_seconds']) -
  Number(inputs['bronze-verify.started_after_seconds'])
const coreHours = (inputs: Inputs) =>
  ['bronze-verify', 'silver-build', 'gold-finalize'].reduce(
    (sum, job) =>
      sum +
      (Number(inputs[`${job}.executor_count`]) *
        Number(inputs[`${job}.executor_cores`]) *
        Number(inputs[`${job}.elapsed_seconds`])) /
        3600,
    0,
  )

const listed = (text: unknown) =>
  String(text)
    .split(' ')
    .filter(value => value !== '—')
    .map(Number)
const medianOf = (values: number[]) => {
  const sorted = values.sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
const everyStream = (inputs: Inputs) => sumOf(inputs, 'input_rows')

const pairs = (text: unknown) =>
  String(text)
    .split(' ')
    .map(pair => pair.split('→').map(Number) as [number, number])

/** Age of gold at so many moments a second, by walking through the window. */
function agesOfGold(inputs: Inputs, perSecond: number): number[] {
  const commits = pairs(inputs['gold-refresh.batches at→through'])
  const end = Number(inputs['continuous.window_seconds'])
  return moments(end, perSecond).flatMap(t => {
    const seen = commits.filter(([at]) => at < t)
    return seen.length === 0 ? [] : [t - Math.max(...seen.map(([, through]) => through))]
  })
}

function unseen(inputs: Inputs, perSecond: number): number[] {
  const waits = pairs(inputs['landing→gold'])
  return moments(Number(inputs['continuous.window_seconds']), perSecond).map(t => {
    const waiting = waits
      .filter(([landed, gold]) => landed <= t && t <= gold)
      .map(([landed]) => landed)
    return waiting.length === 0 ? 0 : t - Math.min(...waiting)
  })
}

const moments = (end: number, perSecond: number) =>
  Array.from({ length: end * perSecond }, (_, i) => (i + 1) / perSecond)
const share = (values: number[], part: number) =>
  values.sort((a, b) => a - b)[Math.floor(values.length * part)]!
const nearestRank = (values: number[], part: number) =>
  values.sort((a, b) => a - b)[Math.ceil(values.length * part) - 1]!

function line(points: [number, number][]): { slope: number; error: number } {
  const n = points.length
  const sum = (value: (p: [number, number]) => number) => points.reduce((s, p) => s + value(p), 0)
  const [x, y] = [sum(p => p[0]) / n, sum(p => p[1]) / n]
  const across = sum(p => (p[0] - x) ** 2)
  const slope = sum(p => (p[0] - x) * p[1]) / across
  const left = points.map(p => p[1] - y - slope * (p[0] - x))
  const squares = left.reduce((s, e) => s + e * e, 0)
  const r = Math.max(0, left.slice(1).reduce((s, e, i) => s + e * left[i]!, 0) / squares)
  return { slope, error: Math.sqrt(squares / ((n * (1 - r)) / (1 + r) - 2) / across) }
}

/** The formulas, written a second time from what the card says, so that the inputs are shown to be enough. */
const AGAIN: Readonly<Partial<Record<ScoreName, (inputs: Inputs) => number>>> = {
  time_to_value_seconds: pipelineSeconds,
  composite_qph: inputs => Number(inputs['benchmark.power_qph']),
  pipeline_throughput_gb_per_second: inputs =>
    sumOf(inputs, 'bytes_read') / GIB / pipelineSeconds(inputs),
  total_data_processed_gb: inputs => sumOf(inputs, 'bytes_read') / GIB,
  total_core_hours: coreHours,
  compute_efficiency_gb_per_core_hour: inputs =>
    sumOf(inputs, 'bytes_read') / GIB / coreHours(inputs),
  scale_ratio: inputs =>
    Number(inputs['corpus.bytes']) / (10 * GIB * Number(inputs['corpus.scale'])),
  total_elapsed_seconds: inputs => sumOf(inputs, 'elapsed_seconds'),
  datagen_seconds: inputs => Number(inputs['datagen.elapsed_seconds']),
  query_time_freshness_seconds: inputs =>
    medianOf(listed(inputs['benchmark_rounds.gold_freshness_seconds'])),
  sustained_throughput_rps: inputs =>
    everyStream(inputs) / Number(inputs['continuous.window_seconds']),
  ingest_throughput_rps: inputs =>
    Number(inputs['bronze-ingest.input_rows']) / Number(inputs['continuous.window_seconds']),
  end_to_end_latency_ms: inputs => sumOf(inputs, 'mean_batch_ms'),
  in_stream_composite_qph: inputs => medianOf(listed(inputs['benchmark_rounds.qph'])),
  qph_degradation_pct: inputs => {
    const qph = listed(inputs['benchmark_rounds.qph'])
    const half = qph.length >> 1
    return (1 - medianOf(qph.slice(half)) / medianOf(qph.slice(0, half))) * 100
  },
  total_rows_processed: everyStream,
  data_freshness_seconds: inputs => Math.max(...agesOfGold(inputs, 1000)),
  freshness_p50_seconds: inputs => share(agesOfGold(inputs, 1000), 0.5),
  freshness_p95_seconds: inputs => share(agesOfGold(inputs, 1000), 0.95),
  landing_to_gold_p50_seconds: inputs => nearestRank(listed(inputs['seconds of each file']), 0.5),
  landing_to_gold_p95_seconds: inputs => nearestRank(listed(inputs['seconds of each file']), 0.95),
  landing_to_gold_max_seconds: inputs => Math.max(...listed(inputs['seconds of each file'])),
  files_waiting_for_gold: inputs => Number(inputs['files not in gold at the end']),
  staleness_max_seconds: inputs => Math.max(...unseen(inputs, 1000)),
  staleness_p95_seconds: inputs => share(unseen(inputs, 1000), 0.95),
  query_time_staleness_seconds: inputs =>
    medianOf(listed(inputs['benchmark_rounds.gold_staleness_seconds'])),
  ingest_ratio: inputs => Number(inputs.taken_rows) / Number(inputs.landed_rows),
  backlog_growth_rps: inputs => line(pairs(inputs['continuous.samples at→rows'])).slope,
  backlog_growth_stderr_rps: inputs => line(pairs(inputs['continuous.samples at→rows'])).error,
}

const IN_A_WINDOW = new Set<ScoreName>(
  SCORES.filter(({ mode }) => mode === 'continuous').map(({ name }) => name),
)
const windowRun = (): RunMetrics => {
  const input = windowInput()
  const rounds = [900, 1000, 800, 700].map((qph, i) => round(i + 1, qph, 10 + i))
  const samples = Array.from({ length: 40 }, (_, i) => sample(i * 2.5, i * 3 + ((i * 7) % 5) * 10))
  return {
    ...record(),
    ...input,
    benchmark_rounds: rounds.map(r => ({ ...r, gold_staleness_seconds: r.round })),
    continuous: { ...input.continuous!, samples },
  }
}

test.each(SCORES.map(({ name }) => [name] as const))(
  '%s can be computed again from what the card says',
  name => {
    const run = IN_A_WINDOW.has(name) ? windowRun() : record()
    const detail = new Scorecard(run).details.find(score => score.name === name)!
    const score = computeScores(run)[name]
    expect(score).not.toBeNull()
    // What is found by walking through time is as exact as its steps.
    expect(AGAIN[name]!(detail.inputs)).toBeCloseTo(
      score!,
      /^(data_freshness|freshness|staleness)/.test(name) ? 2 : 6,
    )
    expect(detail).toMatchObject({ unit: expect.any(String), formula: expect.stringMatching(/\w/) })
    expect(['lower', 'higher', 'none']).toContain(detail.direction)
  },
)

test('the QpH of a continuous run is the median of its rounds, and says so', () => {
  const run = windowRun()
  const qph = { ...run, benchmark: { ...record().benchmark!, qph: 850 } }
  const detail = new Scorecard(qph).details.find(score => score.name === 'composite_qph')!
  expect(detail.formula).toContain('median of qph over the valid rounds')
  expect(medianOf(listed(detail.inputs['benchmark_rounds.qph']))).toBe(detail.value)
})

test('an unknown input is null, and so is the score', () => {
  const run: RunMetrics = { ...withoutJobs(['gold-finalize']), benchmark: null, corpus: null }
  const details = new Scorecard(run).details
  const of = (name: ScoreName) => details.find(score => score.name === name)!
  expect(of('time_to_value_seconds')).toMatchObject({
    value: null,
    inputs: { 'gold-finalize.elapsed_seconds': null },
  })
  expect(of('composite_qph')).toMatchObject({ value: null, inputs: { 'benchmark.qph_kind': null } })
  expect(of('scale_ratio')).toMatchObject({ value: null, inputs: { 'corpus.bytes': null } })
})

test('rules of a user’s own count for the verdict', () => {
  const rules = [
    {
      rule: 'under-a-minute',
      check: (run: RunMetrics) => ({ passed: run.total_elapsed_seconds < 60, detail: 'too long' }),
    },
  ]
  const card = new Scorecard(record(), { rules })
  expect(card.verdict).toBe('INVALID')
  expect(card.validity.at(-1)).toEqual({
    rule: 'under-a-minute',
    passed: false,
    detail: 'too long',
  })
})
