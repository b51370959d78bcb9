import { expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { CONTINUOUS_SCORES } from '../../src/scorecard/continuous-score-list'
import type { ScoreName } from '../../src/scorecard/score-info'
import { SCORE_LIST } from '../../src/scorecard/score-list'
import { Scorecard } from '../../src/scorecard/scorecard'
import { computeScores } from '../../src/scorecard/scores'
import { round, sample, windowInput } from '../support/window-records'
import { record, withoutJobs } from './records'

type Inputs = Readonly<Record<string, number | string | null>>
const GIB = 2 ** 30

const sumOf = (inputs: Inputs, field: string) =>
  Object.entries(inputs)
    .filter(([key]) => key.endsWith(`.${field}`))
    .reduce((sum, [, value]) => sum + Number(value), 0)
const pipelineSeconds = (inputs: Inputs) =>
  (Date.parse(String(inputs['gold-finalize.end_time'])) - Date.parse(String(inputs['bronze-verify.start_time']))) / 1000
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

/** The formulas, written a second time from what the card says, so that the inputs are shown to be enough. */
const AGAIN: Readonly<Partial<Record<ScoreName, (inputs: Inputs) => number>>> = {
  time_to_value_seconds: pipelineSeconds,
  composite_qph: inputs => Number(inputs['benchmark.power_qph']),
  pipeline_throughput_gb_per_second: inputs => sumOf(inputs, 'bytes_read') / GIB / pipelineSeconds(inputs),
  total_data_processed_gb: inputs => sumOf(inputs, 'bytes_read') / GIB,
  total_core_hours: coreHours,
  compute_efficiency_gb_per_core_hour: inputs => sumOf(inputs, 'bytes_read') / GIB / coreHours(inputs),
  scale_ratio: inputs => Number(inputs['corpus.bytes']) / (10 * GIB * Number(inputs['corpus.scale'])),
  total_elapsed_seconds: inputs => sumOf(inputs, 'elapsed_seconds'),
  datagen_seconds: inputs => Number(inputs['datagen.elapsed_seconds']),
  query_time_freshness_seconds: inputs => medianOf(listed(inputs['benchmark_rounds.gold_freshness_seconds'])),
  sustained_throughput_rps: inputs => everyStream(inputs) / Number(inputs['continuous.window_seconds']),
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
}

/** Made of lists too long for a card, which names their place in the record. */
const FROM_LISTS: readonly ScoreName[] = [
  'data_freshness_seconds',
  'freshness_p50_seconds',
  'freshness_p95_seconds',
  'ingest_ratio',
  'backlog_growth_rps',
]

const IN_A_WINDOW = new Set<ScoreName>(CONTINUOUS_SCORES.map(({ name }) => name))
const windowRun = (): RunMetrics => {
  const input = windowInput()
  const rounds = [900, 1000, 800, 700].map((qph, i) => round(i + 1, qph, 10 + i))
  const samples = Array.from({ length: 10 }, (_, i) => sample(i * 10, i * 3))
  return { ...record(), ...input, benchmark_rounds: rounds, continuous: { ...input.continuous!, samples } }
}

test.each(SCORE_LIST.map(({ name }) => [name] as const))('%s can be computed again from what the card says', name => {
  const run = IN_A_WINDOW.has(name) ? windowRun() : record()
  const detail = new Scorecard(run).details.find(score => score.name === name)!
  const score = computeScores(run)[name]
  expect(score).not.toBeNull()
  if (FROM_LISTS.includes(name)) expect(Object.values(detail.inputs)).not.toContain(null)
  else expect(AGAIN[name]!(detail.inputs)).toBeCloseTo(score!, 6)
  expect(detail).toMatchObject({ unit: expect.any(String), formula: expect.stringMatching(/\w/) })
  expect(['lower', 'higher', 'none']).toContain(detail.direction)
})

test('an unknown input is null, and so is the score', () => {
  const run: RunMetrics = { ...withoutJobs(['gold-finalize']), benchmark: null, corpus: null }
  const details = new Scorecard(run).details
  const of = (name: ScoreName) => details.find(score => score.name === name)!
  expect(of('time_to_value_seconds')).toMatchObject({ value: null, inputs: { 'gold-finalize.end_time': null } })
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
  expect(card.validity.at(-1)).toEqual({ rule: 'under-a-minute', passed: false, detail: 'too long' })
})
