import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type EndedStage,
  endedLine,
  liveLine,
  progressBar,
  RunningStage,
} from '../../src/cli/progress-line'
import { COLOR_STYLE, PLAIN_STYLE, width } from '../../src/cli/terminal'

const none = { rows: null, rows_total: null, bytes: null, bytes_total: null, fraction: null }
const MIB = 2 ** 20

function halfway(): RunningStage {
  const stage = new RunningStage('silver-build', 2, 5, 0)
  for (let i = 1; i <= 5; i++)
    stage.add(
      { ...none, rows: i * 1000, rows_total: 10_000, bytes: i * 10 * MIB, bytes_total: 100 * MIB },
      i * 1000,
    )
  return stage
}

test('a bar fills by half cells', () => {
  expect(progressBar(0, 4)).toBe('────')
  expect(progressBar(0.125, 4)).toBe('╸───')
  expect(progressBar(0.5, 4)).toBe('━━──')
  expect(progressBar(1, 4)).toBe('━━━━')
  expect(progressBar(7, 2)).toBe('━━')
})

test('what is left comes from the speed of the last seconds', () => {
  const stage = halfway()
  expect(stage.fraction).toBe(0.5)
  expect(stage.rate('bytes')).toBe(10 * MIB)
  expect(stage.rate('rows')).toBe(1000)
  expect(stage.secondsLeft()).toBe(5)
  // Twice as fast from here on: after the window has passed, only the new speed counts.
  for (let i = 6; i <= 11; i++)
    stage.add({ ...none, bytes: (50 + (i - 5) * 5) * MIB, bytes_total: 100 * MIB }, i * 1000)
  expect(stage.rate('bytes')).toBe(5 * MIB)
})

test('one report alone already has a speed; a stage without reports has none', () => {
  const stage = new RunningStage('bronze-verify', 0, 1, 0)
  expect([stage.fraction, stage.rate('rows'), stage.secondsLeft()]).toEqual([null, null, null])
  stage.add({ ...none, rows: 500, rows_total: 1000 }, 1000)
  expect([stage.fraction, stage.rate('rows'), stage.secondsLeft()]).toEqual([0.5, 500, 1])
})

test('a wide terminal shows everything, a narrow one the most important', () => {
  const line = (columns: number) => liveLine(halfway(), 5000, columns, PLAIN_STYLE)
  expect(line(79)).toBe(
    '  silver-build    ━━━━━━──────   50 %  5 s left  5.00 K/10.0 K rows  10.0 MiB/s',
  )
  expect(line(110)).toContain(`  ${'━'.repeat(14)}${'─'.repeat(14)}   50 %`)
  expect(line(65)).toContain('rows')
  expect(line(65)).not.toContain('MiB/s')
  expect(line(45)).toContain('s left')
  expect(line(45)).not.toContain('rows')
  for (const columns of [45, 65, 79, 110]) expect(line(columns)).toContain('━')
})

test('without a known end there is no bar and no guess, only what was counted', () => {
  const stage = new RunningStage('datagen', 0, 1, 0)
  stage.add({ ...none, rows: 2000 }, 2000)
  expect(liveLine(stage, 3400, 80, PLAIN_STYLE)).toBe(
    '  datagen         3 s gone  2.00 K rows  1.00 K rows/s',
  )
})

test('nothing done yet is neither a speed nor a guess', () => {
  const stage = new RunningStage('silver-build', 0, 1, 0)
  stage.add({ ...none, rows: 0, rows_total: 1000 }, 1000)
  stage.add({ ...none, rows: 0, rows_total: 1000 }, 2000)
  expect(liveLine(stage, 2000, 60, PLAIN_STYLE)).toMatch(
    /─{10,} {4}0 % {2}2 s gone {2}0\/1\.00 K rows$/,
  )
})

test('no line is wider than the terminal, and colour takes no room', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.string(),
      (columns, fraction, detail) => {
        const stage = new RunningStage('gold-finalize', 0, 1, 0)
        stage.detail = detail
        stage.add({ ...none, rows: 123_456_789, rows_total: 987_654_321, fraction }, 1500)
        const plain = liveLine(stage, 2000, columns, PLAIN_STYLE)
        expect(plain.length).toBeLessThanOrEqual(columns)
        expect(plain).not.toContain('\n')
        expect(width(liveLine(stage, 2000, columns, COLOR_STYLE))).toBe(width(plain))
      },
    ),
  )
})

test('a stage that ended says its time, rows and speed, or why it did not succeed', () => {
  const job = {
    input_rows: 10_003,
    output_rows: 9_800,
    bytes_read: 100 * MIB,
    bytes_written: 50 * MIB,
    throughput_gb_per_second: 10 / 1024,
    throughput_rows_per_second: 1000,
  }
  const ended = { name: 'silver-build', seconds: 10, error_message: null, job }
  const succeeded = (job: EndedStage['job']) =>
    endedLine({ ...ended, job, status: 'succeeded' }, PLAIN_STYLE)
  expect(succeeded(job)).toBe('✓ silver-build          10.0 s  9,800 rows  10.0 MiB/s read')
  expect(succeeded({ ...job, bytes_read: null })).toContain('9,800 rows  10.0 MiB/s written')
  expect(succeeded({ ...job, output_rows: null, throughput_gb_per_second: null })).toMatch(
    /10,003 rows$/,
  )
  expect(succeeded(null)).toBe('✓ silver-build          10.0 s')
  expect(
    endedLine({ ...ended, status: 'failed', error_message: 'No space\nleft' }, PLAIN_STYLE),
  ).toBe('✕ silver-build          10.0 s  failed  No space left')
  expect(
    endedLine(
      { ...ended, status: 'skipped', error_message: 'not run: datagen failed' },
      PLAIN_STYLE,
    ),
  ).toBe('– silver-build    not run: datagen failed')
})
