import { expect, test } from 'vitest'
import { roundLine, windowLine, windowTables } from '../../src/cli/window-text'
import { record } from '../results/scorecard/records'
import { windowInput } from '../support/window-records'

const base = { run_id: 'r', at: '2026-01-31T12:00:00Z' }
const progress = {
  ...base,
  elapsed_seconds: 34.4,
  planned_seconds: 60,
  phase: 'window',
  staleness_seconds: 12.2,
  bronze_backlog_rows: 480,
  silver_backlog_rows: 0,
  rows_per_second: { 'bronze-ingest': 240.4, 'silver-stream': 238, 'gold-refresh': null },
  next_round_at: 40,
} as const

test('one line has the clock, the age of gold, the rates, the next round and what waits; the last goes first', () => {
  const whole =
    '  0:34 of 1:00  gold 12 s old  240 → 238 → – rows/s  round in 6 s  waiting 480 + 0 rows'
  expect(windowLine(progress, 100)).toBe(whole)
  expect(windowLine(progress, 70)).toBe(
    '  0:34 of 1:00  gold 12 s old  240 → 238 → – rows/s  round in 6 s',
  )
  expect(windowLine(progress, 20)).toBe('  0:34 of 1:00')
  for (let width = 5; width < 100; width++)
    expect(windowLine(progress, width).length).toBeLessThanOrEqual(width)
})

test('before gold, in the drain and with an uncounted producer it says so', () => {
  const line = windowLine(
    {
      ...progress,
      phase: 'drain',
      staleness_seconds: null,
      next_round_at: null,
      bronze_backlog_rows: null,
    },
    100,
  )
  expect(line).toBe('  draining  no gold yet  240 → 238 → – rows/s  waiting – + 0 rows')
})

test('a round ends in a line, with the reason where there is no QpH', () => {
  const ended = {
    ...base,
    round: 2,
    qph: 3600,
    duration_ms: 4000,
    gold_freshness_seconds: 9.6,
    q9_contention: true,
    invalid_reasons: [],
  }
  expect(roundLine(ended)).toBe(
    'round 2: 3,600 QpH, in 4.00 s, gold 10 s old, Q9 had to be tried again',
  )
  expect(
    roundLine({ ...ended, qph: null, q9_contention: false, invalid_reasons: ['Q1: gone'] }),
  ).toContain('no QpH (Q1: gone)')
})

test('the summary has a row a stream and a row a round; a batch run has none', () => {
  const [streams, rounds] = windowTables(record(windowInput()))
  expect(streams!.split('\n')).toHaveLength(4)
  expect(rounds!.split('\n')).toHaveLength(4)
  // Round, second, QpH, Q9's time, age of gold, how Q9 went: there is no QpH, and the query that took it away failed.
  expect(rounds).toMatch(/ {2}2 +40 +– +failed +– +failed 1 times/)
  expect(windowTables(record())).toEqual([])
})
