import { expect, test, vi } from 'vitest'
import { type ProgressMode, ProgressReporter } from '../../src/cli/progress'
import { PLAIN_STYLE } from '../../src/cli/terminal'
import type { EventFields, EventMap, EventName } from '../../src/contracts/events'
import type { JobProgress } from '../../src/contracts/jobs'

const MIB = 2 ** 20
const none = { rows: null, rows_total: null, bytes: null, bytes_total: null, fraction: null }

const VERIFIED = {
  input_rows: 1003,
  output_rows: null,
  bytes_read: 8 * MIB,
  bytes_written: null,
  throughput_gb_per_second: 4 / 1024,
  throughput_rows_per_second: 500,
}
const BUILT = {
  ...VERIFIED,
  input_rows: 50_000,
  output_rows: 49_000,
  throughput_gb_per_second: 1 / 1024,
}

/** A reporter on a terminal of our own, with a clock of our own. */
function reporter(mode: ProgressMode, columns = 100) {
  let now = 0
  const written: string[] = []
  const terminal = { isTTY: true, columns, write: (text: string) => written.push(text) }
  const progress = new ProgressReporter({ terminal, mode, style: PLAIN_STYLE, now: () => now })
  return {
    progress,
    written,
    at: (ms: number) => {
      now = ms
    },
    emit: <K extends EventName>(name: K, fields: EventFields<K>) => {
      const at = new Date(Date.parse('2026-01-31T12:00:00Z') + now).toISOString()
      const event = { run_id: '20260131-120000-a1b2c3', at, ...fields } as EventMap[K]
      progress.listeners[name]?.(event as never)
    },
  }
}

/** What a terminal shows after all that was written to it. */
function screen(written: readonly string[]): string[] {
  const lines = ['']
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences start with a control character
  for (const part of written.join('').split(/(\r\u001b\[2K|\u001b\[\?25[lh]|\n)/)) {
    if (part === '\n') lines.push('')
    else if (part === '\r\u001b[2K') lines[lines.length - 1] = ''
    else if (!part.startsWith('\u001b')) lines[lines.length - 1] += part
  }
  return lines
}

test('a terminal keeps a line for each ended stage and one live line', () => {
  const t = reporter('live')
  t.emit('run:start', {
    name: 'n',
    mode: 'batch',
    stages: ['bronze-verify', 'silver-build'],
    run_dir: '/r',
  })
  t.emit('stage:start', { stage: 'bronze-verify', index: 0, total: 2 })
  t.at(1000)
  t.emit('stage:progress', {
    stage: 'bronze-verify',
    ...none,
    bytes: 50 * MIB,
    bytes_total: 100 * MIB,
    rows: 500,
    rows_total: 1000,
  })
  t.progress.draw()
  expect(screen(t.written)).toEqual([
    'Run 20260131-120000-a1b2c3: bronze-verify → silver-build',
    '  bronze-verify   ━━━━━━━━━━━━━━──────────────   50 %  1 s left  500/1.00 K rows  50.0 MiB/s',
  ])
  t.at(2000)
  t.emit('warning', { message: 'part-000002.parquet has no rows', stage: 'bronze-verify' })
  t.emit('stage:end', {
    stage: 'bronze-verify',
    status: 'succeeded',
    duration_ms: 2000,
    error_message: null,
    job: VERIFIED,
  })
  t.emit('stage:start', { stage: 'silver-build', index: 1, total: 2 })
  expect(screen(t.written)).toEqual([
    'Run 20260131-120000-a1b2c3: bronze-verify → silver-build',
    '! bronze-verify: part-000002.parquet has no rows',
    '✓ bronze-verify         2.00 s  1,003 rows  4.00 MiB/s read',
    '  silver-build    0 s gone',
  ])
  t.progress.close()
  expect(screen(t.written).at(-1)).toBe('')
})

test('the cursor is hidden once and given back', () => {
  const t = reporter('live')
  t.emit('stage:start', { stage: 'datagen', index: 0, total: 1 })
  for (let i = 1; i < 20; i++) {
    t.at(i * 1000)
    t.progress.draw()
  }
  t.progress.close()
  t.progress.close()
  const all = t.written.join('')
  expect(all.split('\u001b[?25l')).toHaveLength(2)
  expect(all.split('\u001b[?25h')).toHaveLength(2)
  expect(all.indexOf('\u001b[?25l')).toBeLessThan(all.indexOf('\u001b[?25h'))
})

test('reports draw nothing by themselves, and an unchanged line is not drawn again', () => {
  const t = reporter('live')
  t.emit('stage:start', { stage: 'datagen', index: 0, total: 1 })
  const before = t.written.length
  for (let i = 1; i <= 500; i++) t.emit('stage:progress', { stage: 'datagen', ...none, rows: i })
  expect(t.written).toHaveLength(before)
  t.progress.draw()
  t.progress.draw()
  expect(t.written).toHaveLength(before + 1)
})

test('the live line follows the width of the terminal', () => {
  const t = reporter('live', 30)
  t.emit('stage:start', { stage: 'silver-build', index: 0, total: 1 })
  t.at(1000)
  t.emit('stage:progress', {
    stage: 'silver-build',
    ...none,
    rows: 1_000_000,
    rows_total: 2_000_000,
  })
  t.progress.draw()
  expect(screen(t.written).at(-1)!.length).toBeLessThan(30)
})

test('queries are named while they run', () => {
  const t = reporter('live')
  t.emit('stage:start', { stage: 'benchmark', index: 0, total: 1 })
  t.emit('query:start', { query: 'Q5', stream: 0, iteration: 0 })
  t.at(1000)
  t.emit('stage:progress', { stage: 'benchmark', ...none, fraction: 0.5 })
  t.progress.draw()
  expect(screen(t.written).at(-1)).toContain('50 %  1 s left  Q5')
})

test('a log gets lines at start and end and about every ten seconds, with the time', () => {
  const t = reporter('plain')
  t.emit('stage:start', { stage: 'silver-build', index: 2, total: 5 })
  for (let s = 1; s <= 25; s++) {
    t.at(s * 1000)
    t.emit('stage:progress', {
      stage: 'silver-build',
      ...none,
      rows: s * 1000,
      rows_total: 50_000,
      bytes: s * MIB,
      bytes_total: 50 * MIB,
    })
  }
  t.progress.draw()
  t.at(50_000)
  t.emit('stage:end', {
    stage: 'silver-build',
    status: 'succeeded',
    duration_ms: 50_000,
    error_message: null,
    job: BUILT,
  })
  t.emit('stage:end', {
    stage: 'gold-finalize',
    status: 'failed',
    duration_ms: 120,
    error_message: 'No space left',
    job: null,
  })
  t.emit('stage:end', {
    stage: 'benchmark',
    status: 'skipped',
    duration_ms: 0,
    error_message: 'not run: gold-finalize failed',
    job: null,
  })
  expect(t.written.join('')).toBe(
    [
      '12:00:00Z silver-build: started (3 of 5)',
      '12:00:10Z silver-build: 20 %, 10.0 K/50.0 K rows, 1.00 MiB/s, 10 s gone, 40 s left',
      '12:00:20Z silver-build: 40 %, 20.0 K/50.0 K rows, 1.00 MiB/s, 20 s gone, 30 s left',
      '12:00:50Z silver-build: done in 50.0 s, 49,000 rows, 1.00 MiB/s read',
      '12:00:50Z gold-finalize: failed after 120 ms, No space left',
      '12:00:50Z benchmark: skipped, not run: gold-finalize failed',
      '',
    ].join('\n'),
  )
})

test('silence is silent', () => {
  const t = reporter('silent')
  expect(t.progress.listeners).toEqual({})
  t.progress.draw()
  t.progress.close()
  expect(t.written).toEqual([])
})

test('each phase is named with its own numbers, and what is wholly through shows no 100 %', () => {
  const t = reporter('live')
  t.emit('stage:start', { stage: 'silver-build', index: 0, total: 1 })
  const shown = (ms: number, progress: Partial<JobProgress>) => {
    t.at(ms)
    t.emit('stage:progress', { stage: 'silver-build', ...none, ...progress })
    t.progress.draw()
    return screen(t.written).at(-1)
  }
  const reading = { phase: 'reading', bytes_total: 100 * MIB }
  expect(shown(2000, { ...reading, bytes: 50 * MIB, fraction: 0.5 })).toMatch(
    /50 % {2}2 s of reading left {2}25\.0 MiB\/s$/,
  )
  expect(shown(4000, { ...reading, bytes: 100 * MIB, fraction: 1 })).toBe(
    '  silver-build    reading, 4 s gone  25.0 MiB/s',
  )
  expect(shown(6000, { phase: 'writing', bytes: 40 * MIB })).toBe(
    '  silver-build    writing, 6 s gone',
  )
  expect(shown(8000, { phase: 'writing', bytes: 60 * MIB })).toBe(
    '  silver-build    writing, 8 s gone  10.0 MiB/s',
  )
  expect(shown(9000, { phase: 'committing' })).toBe('  silver-build    committing, 9 s gone')
})

test('work behind the last stage is named, on a terminal and in a log', () => {
  const t = reporter('live')
  t.emit('run:phase', { phase: 'checking silver-build' })
  t.at(3000)
  t.progress.draw()
  expect(screen(t.written)).toEqual(['  checking silver-build, 3 s gone'])
  t.progress.close()
  expect(screen(t.written)).toEqual([''])
  const log = reporter('plain')
  log.emit('run:phase', { phase: 'writing the record' })
  expect(log.written.join('')).toBe('12:00:00Z writing the record\n')
})

test('a log goes on where a stage reports nothing', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const t = reporter('plain')
  t.progress.start()
  t.emit('stage:start', { stage: 'gold-finalize', index: 0, total: 1 })
  t.at(9000)
  vi.advanceTimersByTime(9000)
  t.at(12_000)
  vi.advanceTimersByTime(3000)
  t.progress.close()
  vi.useRealTimers()
  expect(t.written.join('')).toMatch(
    /started \(1 of 1\)\n\d\d:\d\d:\d\dZ gold-finalize: 12 s gone\n$/,
  )
})
