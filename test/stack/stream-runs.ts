import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { stringify } from 'yaml'
import type { RunMetrics } from '../../src/contracts/metrics'
import { StreamProgressSchema } from '../../src/engines/spark/streams/stream-documents'
import { type Started, start } from '../cli/process'
import { recordIn } from '../support/record-in'
import { filesConfig } from './spark-runs'

export const SECONDS = 60
const WINDOW = {
  profile: 'short',
  run_duration: SECONDS,
  bronze_trigger_interval: 5,
  silver_trigger_interval: 6,
  gold_refresh_interval: 8,
  benchmark_warmup: 8,
  benchmark_interval: 8,
}
/** What a batch finds by itself on a corpus with rows on every date. */
export const CLOCK = { data_clock: '2025-01-01' }
export const pipeline = (change: object = {}) =>
  ({ mode: 'continuous', ...CLOCK, continuous: { ...WINDOW, ...change } }) as const

/** A folder of that name with a config for the command line: streams over files. */
export function prepared(root: string, name: string, datagen: object, window: object = {}): string {
  const dir = join(root, name)
  mkdirSync(dir)
  const { storage: _, ...config } = filesConfig(dir, {
    pipeline: pipeline(window) as never,
    datagen,
  }) as Record<string, object | undefined>
  const platform = {
    ...(config.platform as object),
    storage: { type: 'local', path: join(dir, 'data') },
  }
  writeFileSync(join(dir, 'lakebench.yaml'), stringify({ ...config, platform }))
  return dir
}

export const started = (dir: string, ...args: string[]): Started =>
  start(['run', '--continuous', '--skip-benchmark', ...args], { cwd: dir })

export const recordOf = (dir: string): RunMetrics => recordIn(dir)!

/** Documents of a stream, of all processes that wrote it. */
function documents(dir: string, name: RegExp): string[] {
  const folder = join(dir, 'data/bronze/_lakebench/streams')
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  return files.filter(file => name.test(file)).map(file => join(folder, file))
}

const eventually = { timeout: 90_000, interval: 100 }

/** Waits for so many batches of a stream. */
export const batches = (dir: string, stream: string, count: number) =>
  expect
    .poll(() => documents(dir, new RegExp(`${stream}/batches/\\d+\\.json$`)).length, eventually)
    .toBeGreaterThanOrEqual(count)

/** What a stream says in the n-th process that wrote it. */
export async function progressOf(dir: string, n: number, stream = 'bronze-ingest') {
  const read = () =>
    documents(dir, new RegExp(`${stream}/progress\\.json$`))
      .map(path => StreamProgressSchema.parse(JSON.parse(readFileSync(path, 'utf8'))))
      .sort((a, b) => a.updated_ms - b.updated_ms)
  await expect.poll(() => read().length, eventually).toBe(n)
  await sleep(100)
  return read().at(-1)!
}
