import { expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { SCORE_LIST, type ScoreName } from '../../src/scorecard/score-list'
import { Scorecard } from '../../src/scorecard/scorecard'
import { computeScores } from '../../src/scorecard/scores'
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

/** The formulas, written a second time from what the card says, so that the inputs are shown to be enough. */
const AGAIN: Readonly<Record<ScoreName, (inputs: Inputs) => number>> = {
  time_to_value_seconds: pipelineSeconds,
  composite_qph: inputs => Number(inputs['benchmark.power_qph']),
  pipeline_throughput_gb_per_second: inputs => sumOf(inputs, 'bytes_read') / GIB / pipelineSeconds(inputs),
  total_data_processed_gb: inputs => sumOf(inputs, 'bytes_read') / GIB,
  total_core_hours: coreHours,
  compute_efficiency_gb_per_core_hour: inputs => sumOf(inputs, 'bytes_read') / GIB / coreHours(inputs),
  scale_ratio: inputs => Number(inputs['corpus.bytes']) / (10 * GIB * Number(inputs['corpus.scale'])),
  total_elapsed_seconds: inputs => sumOf(inputs, 'elapsed_seconds'),
  datagen_seconds: inputs => Number(inputs['datagen.elapsed_seconds']),
}

test.each(SCORE_LIST.map(({ name }) => [name] as const))('%s can be computed again from what the card says', name => {
  const run = record()
  const detail = new Scorecard(run).details.find(score => score.name === name)!
  expect(AGAIN[name](detail.inputs)).toBeCloseTo(computeScores(run)[name]!, 6)
  expect(detail).toMatchObject({ unit: expect.any(String), formula: expect.stringMatching(/\w/) })
  expect(['lower', 'higher', 'none']).toContain(detail.direction)
})

test('an unknown input is null, and so is the score', () => {
  const run: RunMetrics = { ...withoutJobs(['gold-finalize']), benchmark: null, corpus: null }
  const details = new Scorecard(run).details
  const of = (name: ScoreName) => details.find(score => score.name === name)!
  expect(of('time_to_value_seconds')).toMatchObject({ value: null, inputs: { 'gold-finalize.end_time': null } })
  expect(of('composite_qph')).toMatchObject({ value: null, inputs: { 'benchmark.mode': null } })
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
