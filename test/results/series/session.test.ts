import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { NegativeControls } from '../../../src/results/series/fixed-work'
import {
  completeRounds,
  newSeriesId,
  readSeries,
  SeriesFolder,
  type SeriesRecord,
  seriesDir,
} from '../../../src/results/series/series-record'
import {
  type ArmRunOptions,
  runSession,
  type SessionArm,
  type SessionOptions,
  turnOrder,
} from '../../../src/results/series/session'
import { tempDir } from '../../support/fake-parts'
import { record } from '../scorecard/records'

const output = tempDir()
let made = 0
/** Draws A B for both pairs of the first four rounds. */
const ORDER_SEED = 10

function begun(rounds: number, arms: readonly string[] = ['A', 'B']): SeriesRecord {
  return {
    kind: 'lakebench-series',
    schema_version: 1,
    series_id: newSeriesId(),
    type: arms.length > 1 ? 'ab' : 'repeat',
    created_at: '2026-01-01T12:00:00.000Z',
    planned_rounds: rounds,
    order_seed: ORDER_SEED,
    arms: arms.map(name => ({ name, label: name, config_snapshot: {} })),
    status: 'running',
    stopped_reason: null,
    runs: [],
  }
}

/** Arms whose runs are records that take no time: for how a session goes, not for what it measures. */
function arms(
  names: readonly string[],
  change: (options: ArmRunOptions, arm: string) => Partial<RunMetrics> = () => ({}),
): SessionArm[] {
  return names.map(name => ({
    name,
    run: async options => {
      const run_id = `20260101-120000-${String(++made).padStart(6, '0')}`
      options.onStart(run_id)
      return record({ run_id, series: options.series, ...change(options, name) })
    },
  }))
}

const go = (
  of: SeriesRecord,
  runners: readonly SessionArm[],
  options: Partial<SessionOptions> = {},
) =>
  runSession(new SeriesFolder(output, of.series_id), of, runners, {
    signal: new AbortController().signal,
    controls: { measure: () => ({ cpu: 0.01 }), close: () => {} },
    ...options,
  })

const order = (runs: readonly { arm: string; round: number }[]) =>
  runs.map(({ arm, round }) => `${round}${arm}`).join(' ')

test('a warm-up, then every round in turns, the second of each pair of rounds turned round', async () => {
  const of = begun(4)
  const controls = new NegativeControls(new SeriesFolder(output, of.series_id).dir)
  const { record: done, runs } = await go(of, arms(['A', 'B']), { controls })
  expect(order(done.runs)).toBe('0A 0B 1A 1B 2B 2A 3A 3B 4B 4A')
  expect(done).toMatchObject({ status: 'complete', stopped_reason: null })
  expect(runs.map(run => run.series!.position)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
  for (const { series } of runs) {
    expect(series).toMatchObject({ planned_rounds: 4, attempt: 0, kind: 'ab' })
    expect(Object.keys(series!.controls)).toEqual(['cpu', 'read'])
    expect(Object.values(series!.controls).every(seconds => seconds > 0)).toBe(true)
  }
})

test('which arm starts is drawn for each pair of rounds, from a seed that is on record, and each starts as often', () => {
  const starts = (seed: number) =>
    Array.from({ length: 20 }, (_, i) => turnOrder(['A', 'B'], i + 1, seed)[0]!)
  expect(starts(7)).toEqual(starts(7))
  for (const seed of [0, 1, 2, 3, 1234567]) {
    const found = starts(seed)
    expect(found.filter(arm => arm === 'A')).toHaveLength(10)
    for (let pair = 0; pair < 10; pair++) expect(found[2 * pair]).not.toBe(found[2 * pair + 1])
  }
  const first = Array.from({ length: 1000 }, (_, seed) => starts(seed)[0])
  // Three standard deviations of a fair coin.
  expect(Math.abs(first.filter(arm => arm === 'A').length - 500)).toBeLessThan(48)
  const three = Array.from({ length: 600 }, (_, seed) =>
    turnOrder(['A', 'B', 'C'], 1, seed).join(''),
  )
  expect(new Set(three).size).toBe(6)
})

test('the record on disk knows every run from its first moment, and nothing else stays behind', async () => {
  const of = begun(2)
  const seen: string[] = []
  const watching = arms(['A', 'B']).map(arm => ({
    ...arm,
    run: async (options: ArmRunOptions) => {
      const metrics = await arm.run(options)
      seen.push(readSeries(output, of.series_id).runs.at(-1)!.status)
      return metrics
    },
  }))
  await go(of, watching)
  expect(seen).toEqual(Array.from({ length: 6 }, () => 'running'))
  expect(readSeries(output, of.series_id).runs.map(run => run.status)).toEqual(
    Array.from({ length: 6 }, () => 'succeeded'),
  )
  expect(readdirSync(seriesDir(output, of.series_id))).toEqual(['series.json'])
})

test('an aborted run ends the session; what is missing is run on resume, the cut round anew, after another warm-up', async () => {
  const of = begun(4)
  const aborting = arms(['A', 'B'], ({ series }, arm) =>
    series.round === 2 && arm === 'A' ? { status: 'aborted', verdict: 'INTERRUPTED' } : {},
  )
  const cut = await go(of, aborting)
  expect(cut.record.status).toBe('interrupted')
  expect(order(cut.record.runs)).toBe('0A 0B 1A 1B 2B 2A')
  expect(completeRounds(cut.record)).toEqual([1])
  const { record: whole, runs } = await go(readSeries(output, of.series_id), arms(['A', 'B']))
  expect(order(whole.runs.slice(6))).toBe('0A 0B 2B 2A 3A 3B 4B 4A')
  expect(runs.map(run => run.series!.attempt)).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
  expect(whole.status).toBe('complete')
  expect(completeRounds(whole)).toEqual([1, 2, 3, 4])
})

test('a complete series is never prolonged', async () => {
  const of = begun(2)
  await go(of, arms(['A', 'B']))
  const { runs, record: again } = await go(readSeries(output, of.series_id), arms(['A', 'B']))
  expect(runs).toEqual([])
  expect(again).toMatchObject({ status: 'complete' })
})

test('a run that throws loses nothing: the session is interrupted, and the run is on record', async () => {
  const of = begun(4)
  const throwing = arms(['A', 'B']).map(arm => ({
    ...arm,
    run: async (options: ArmRunOptions) => {
      if (options.series.round === 1 && arm.name === 'B') {
        options.onStart('20260101-120000-thrown')
        throw new Error('the storage is locked')
      }
      return arm.run(options)
    },
  }))
  const controls = new NegativeControls(new SeriesFolder(output, of.series_id).dir)
  await expect(go(of, throwing, { controls })).rejects.toThrow('the storage is locked')
  const left = readSeries(output, of.series_id)
  expect(left.status).toBe('interrupted')
  expect(left.runs.at(-1)).toMatchObject({ run_id: '20260101-120000-thrown', status: 'running' })
  expect(readdirSync(seriesDir(output, of.series_id)).filter(name => name.startsWith('.'))).toEqual(
    [],
  )
})

test('a failed warm-up stops the session, and so do arms that answer different questions', async () => {
  const failing = arms(['A', 'B'], (_, arm) =>
    arm === 'B' ? { status: 'failed', error_message: 'silver-build: no space' } : {},
  )
  expect((await go(begun(4), failing)).record).toMatchObject({
    status: 'stopped',
    stopped_reason: 'the warm-up of B failed: silver-build: no space',
  })
  const different = await go(begun(4), arms(['A', 'B']), {
    afterWarmUp: () => 'the arms differ in scale',
  })
  expect(different.record).toMatchObject({
    status: 'stopped',
    stopped_reason: 'the arms differ in scale',
  })
  expect(different.runs).toHaveLength(2)
})

test('a later failure is a finding, and the session goes on', async () => {
  const { record: done } = await go(
    begun(4),
    arms(['A', 'B'], ({ series }) =>
      series.round === 3 ? { status: 'failed', verdict: 'FAILED' } : {},
    ),
  )
  expect(done.status).toBe('complete')
  expect(done.runs.filter(run => run.status === 'failed')).toHaveLength(2)
})

test('a signal between two runs ends the session before the next', async () => {
  const controller = new AbortController()
  const { record: cut } = await go(begun(4), arms(['A', 'B']), {
    signal: controller.signal,
    onTurn: ({ round, arm, metrics }) => {
      if (round === 1 && arm === 'A' && metrics) controller.abort()
    },
  })
  expect(cut.status).toBe('interrupted')
  expect(order(cut.runs)).toBe('0A 0B 1A')
})

test('one arm alone is a series of equal runs', async () => {
  const { record: done } = await go(begun(3, ['A']), arms(['A']))
  expect(order(done.runs)).toBe('0A 1A 2A 3A')
})

test('ids that are paths, and records that are nonsense, are refused', () => {
  expect(() => seriesDir(output, '../../etc')).toThrow(/series id looks like/)
  expect(() => readSeries(output, '20990101-000000-nobody')).toThrow(/no readable record/)
  const of = begun(2)
  const folder = new SeriesFolder(output, of.series_id)
  folder.save({
    ...of,
    runs: [{ run_id: '../../x', arm: 'A', round: 1, attempt: 0, position: 0, status: 'succeeded' }],
  })
  expect(() => readSeries(output, of.series_id)).toThrow(/runs\.0\.run_id/)
  folder.save({ ...of, planned_rounds: -1 })
  expect(() => readSeries(output, of.series_id)).toThrow(/planned_rounds/)
  expect(readFileSync(join(folder.dir, 'series.json'), 'utf8')).toContain('"planned_rounds": -1')
})

test('controls take time, and leave nothing', () => {
  const dir = tempDir()
  const controls = new NegativeControls(dir)
  const found = controls.measure()
  controls.close()
  expect(Object.keys(found)).toEqual(['cpu', 'read'])
  expect(Object.values(found).every(seconds => seconds > 0)).toBe(true)
  expect(readdirSync(dir)).toEqual([])
})
