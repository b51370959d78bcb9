import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, test } from 'vitest'
import type { LakebenchConfigInput } from '../../../src/config/load'
import { METRICS_SCHEMA_VERSION, RunMetricsSchema } from '../../../src/contracts/metrics'
import { type AbResult, abTest, repeatRun } from '../../../src/run-series'
import { tempDir } from '../../support/fake-parts'
import { BRIEF, SMALL } from '../../support/small-run'

const dir = tempDir()
const outputDir = join(dir, 'output')

function config(
  more: { scale?: number; threads?: number; storage?: string } = {},
): LakebenchConfigInput {
  const { scale = SMALL.scale, threads, storage = 'data' } = more
  return {
    name: 'arm',
    platform: {
      storage: { type: 'local', path: join(dir, storage) },
      ...(threads !== undefined && { compute: { embedded: { threads } } }),
    },
    architecture: {
      workload: { datagen: { ...SMALL.datagen, scale } },
      benchmark: { ...BRIEF, iterations: 3 },
    },
  } as LakebenchConfigInput
}

describe('a session with the real engine', () => {
  let result: AbResult
  beforeAll(async () => {
    result = await abTest([config(), config({ threads: 1 })], {
      rounds: 2,
      generate: true,
      outputDir,
    })
  })

  it('leaves an ordinary run folder for every run, which knows its place', () => {
    expect(result.series).toMatchObject({ status: 'complete', type: 'ab', planned_rounds: 2 })
    expect(result.arms.map(({ runs }) => runs.length)).toEqual([3, 3])
    for (const { run_id, arm, round } of result.series.runs) {
      const saved = JSON.parse(
        readFileSync(join(outputDir, 'runs', `run-${run_id}`, 'metrics.json'), 'utf8'),
      )
      expect(RunMetricsSchema.parse(saved)).toMatchObject({
        schema_version: METRICS_SCHEMA_VERSION,
        verdict: 'PASSED',
        series: { arm, round, series_id: result.series.series_id },
        benchmark: {
          iterations: 3,
          queries: expect.arrayContaining([
            expect.objectContaining({ samples: expect.objectContaining({ length: 3 }) }),
          ]),
        },
      })
      expect(existsSync(join(outputDir, 'runs', `run-${run_id}`, 'report.html'))).toBe(true)
    }
  })

  it('compares equal answers, and judges no time of two rounds', () => {
    const [pair] = result.comparison.pairs
    expect(pair!.differences).toEqual([])
    expect(pair!.design).toBe('interleaved')
    expect(pair!.metrics).toHaveLength(11)
    expect(
      [...pair!.metrics, ...pair!.headlines].every(({ verdict }) => verdict === 'cannot tell'),
    ).toBe(true)
    expect(pair!.headlines.map(({ metric, n }) => [metric, n])).toEqual([
      ['queries', 2],
      ['pipeline', 2],
    ])
  })

  it('is completed by nothing once it is complete, and only with its own configs', async () => {
    const resume = result.series.series_id
    const again = await abTest([config(), config({ threads: 1 })], { resume, outputDir })
    expect(again.series.runs).toEqual(result.series.runs)
    expect(again.comparison).toEqual(result.comparison)
    await expect(abTest([config(), config({ threads: 2 })], { resume, outputDir })).rejects.toThrow(
      /B \(arm\) is not the config/,
    )
    await expect(
      abTest([config(), config({ threads: 1 })], { resume, rounds: 4, outputDir }),
    ).rejects.toThrow(/never prolonged/)
    await expect(repeatRun(config(), { resume, outputDir })).rejects.toThrow(
      /made by `lakebench ab`/,
    )
  })
})

test('arms of different data stop after the warm-up, and are not comparable', async () => {
  const arms = [config(), config({ scale: 0.002, storage: 'other' })]
  const { series, comparison } = await abTest(arms, {
    rounds: 6,
    generate: true,
    skipBenchmark: true,
    outputDir,
  })
  expect(series).toMatchObject({
    status: 'stopped',
    stopped_reason: expect.stringContaining('corpus digest'),
  })
  expect(series.runs).toHaveLength(2)
  expect(comparison.pairs[0]!.differences.map(({ what }) => what)).toContain('scale')
})

test('an arm that fails in the warm-up stops the session, and is what broke', async () => {
  const raw = join(dir, 'broken/bronze/customer/interactions')
  mkdirSync(raw, { recursive: true })
  writeFileSync(join(raw, 'part-000000.parquet'), 'no parquet')
  const { series, arms } = await abTest([config(), config({ storage: 'broken' })], {
    rounds: 6,
    outputDir,
  })
  expect(series).toMatchObject({
    status: 'stopped',
    stopped_reason: expect.stringMatching(/^the warm-up of B failed: bronze-verify/),
  })
  expect(arms[1]!.runs[0]!.verdict).toBe('FAILED')
})

test('an abort is a session that can go on', async () => {
  const controller = new AbortController()
  const cut = await repeatRun(config(), {
    rounds: 2,
    skipBenchmark: true,
    outputDir,
    signal: controller.signal,
    onTurn: ({ round, metrics }) => {
      if (round === 1 && metrics) controller.abort()
    },
  })
  expect(cut.series.status).toBe('interrupted')
  const whole = await repeatRun(config(), {
    resume: cut.series.series_id,
    skipBenchmark: true,
    outputDir,
  })
  expect(whole.series).toMatchObject({ status: 'complete', planned_rounds: 2 })
  expect(
    whole.arms[0]!.runs.filter(run => run.series!.round > 0).map(run => run.series!.round),
  ).toEqual([1, 2])
})

test.each([
  [[{}], {}, /two or more to compare; got 1/],
  [[{}, {}], { rounds: 7 }, /7 is odd/],
  [[{}, {}], { rounds: 0 }, /above 0/],
] as const)('%j with %j is refused before anything runs', async (configs, options, message) => {
  const nowhere = join(dir, 'nowhere')
  await expect(
    abTest(configs as readonly LakebenchConfigInput[], { ...options, outputDir: nowhere }),
  ).rejects.toThrow(message)
  expect(existsSync(nowhere)).toBe(false)
})
