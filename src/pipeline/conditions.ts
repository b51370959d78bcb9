import { readdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Conditions, CpuConditions } from '../contracts/metrics'
import { machineLimits, throttledSeconds } from '../shared/machine-limits'

/** Counters since the machine or the process started. Unknown is `null`. */
interface Counters {
  readonly at: number
  readonly steal: number | null
  readonly pressure: number | null
  readonly throttled: number | null
  /** By thread: seconds on a core, seconds of waiting for one. */
  readonly threads: ReadonlyMap<string, readonly [cpu: number, waited: number]> | null
}

/** USER_HZ, which Linux has fixed at 100 for programs. */
const TICKS_A_SECOND = 100

/** At the end of the span before, or when this module was loaded. */
let last = readCounters()

/** Begin a span; the returned function ends it and says what the processors were asked for before it and during it. */
export function startConditions(): () => Conditions {
  const start = readCounters()
  const before = between(last, start)
  return () => {
    last = readCounters()
    return { cores: machineLimits().machine_cores, before, during: between(start, last) }
  }
}

function between(a: Counters, b: Counters): CpuConditions {
  const since = (x: number | null, y: number | null) =>
    x === null || y === null ? null : Math.max(0, y - x)
  const threads = threadTimes(a, b)
  return {
    seconds: b.at - a.at,
    // Windows has none and says 0.
    load_1m: process.platform === 'win32' ? null : loadavg()[0]!,
    steal_seconds: since(a.steal, b.steal),
    pressure_seconds: since(a.pressure, b.pressure),
    throttled_seconds: since(a.throttled, b.throttled),
    cpu_seconds: threads?.[0] ?? null,
    run_queue_seconds: threads?.[1] ?? null,
  }
}

/** Threads that ended within the span are not in it: the system forgets their counters. */
function threadTimes(
  { threads: a }: Counters,
  { threads: b }: Counters,
): [cpu: number, waited: number] | null {
  if (!a || !b) return null
  const sums: [number, number] = [0, 0]
  for (const [id, [cpu, waited]] of b) {
    const [cpuBefore, waitedBefore] = a.get(id) ?? [0, 0]
    sums[0] += Math.max(0, cpu - cpuBefore)
    sums[1] += Math.max(0, waited - waitedBefore)
  }
  return sums
}

function readCounters(): Counters {
  const steal = field(read('/proc/stat'), /^cpu +(?:\d+ +){7}(\d+)/)
  const pressure = field(read('/proc/pressure/cpu'), /^some .*total=(\d+)/m)
  return {
    at: performance.now() / 1000,
    steal: steal === null ? null : steal / TICKS_A_SECOND,
    pressure: pressure === null ? null : pressure / 1e6,
    throttled: throttledSeconds(),
    threads: threadCounters(),
  }
}

function threadCounters(): Counters['threads'] {
  try {
    const threads = readdirSync('/proc/self/task').flatMap(id => {
      const [cpu, waited] = read(`/proc/self/task/${id}/schedstat`)?.split(' ').map(Number) ?? []
      return cpu === undefined || waited === undefined
        ? []
        : [[id, [cpu / 1e9, waited / 1e9]] as const]
    })
    return threads.length > 0 ? new Map(threads) : null
  } catch {
    return null
  }
}

function field(text: string | null, pattern: RegExp): number | null {
  const found = text === null ? null : pattern.exec(text)
  return found ? Number(found[1]) : null
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
