import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { every } from '../../shared/guard'

/** Cost of a span of work to this process. Unknown is `null`. */
export interface Metered {
  readonly elapsed_seconds: number
  readonly cpu_seconds: number
  /** Highest resident set seen while the span ran, sampled every 50 ms, bytes. */
  readonly peak_memory_bytes: number | null
  /** Bytes through read and write calls; `null` where the system does not tell (`/proc/self/io`, Linux). */
  readonly bytes_read: number | null
  readonly bytes_written: number | null
  /** Bytes that really came from the device. */
  readonly bytes_from_device: number | null
}

interface IoCounters {
  readonly rchar: number
  readonly wchar: number
  readonly read_bytes: number
}

/** This process's I/O counters so far. */
export function ioCounters(): IoCounters | null {
  try {
    const text = readFileSync('/proc/self/io', 'utf8')
    const field = (name: string) =>
      Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
    const counters = {
      rchar: field('rchar'),
      wchar: field('wchar'),
      read_bytes: field('read_bytes'),
    }
    return Object.values(counters).every(Number.isFinite) ? counters : null
  } catch {
    return null
  }
}

const SAMPLE_MS = 50

/** Node opens a file for it, so it is unknown where no file descriptor is left. */
function residentBytes(): number | null {
  try {
    return process.memoryUsage.rss()
  } catch {
    return null
  }
}

/** Start measuring; call the returned function once at the end of the span. */
export function startMeter(): () => Metered {
  let peak = residentBytes()
  const look = () => {
    peak = Math.max(peak ?? 0, residentBytes() ?? 0) || null
  }
  const timer = every(SAMPLE_MS, look)
  timer.unref()
  const io = ioCounters()
  const cpu = process.cpuUsage()
  const started = performance.now()
  return () => {
    const elapsed_seconds = (performance.now() - started) / 1000
    const used = process.cpuUsage(cpu)
    const ioEnd = ioCounters()
    clearInterval(timer)
    look()
    const since = (key: keyof IoCounters) => (io && ioEnd ? ioEnd[key] - io[key] : null)
    return {
      elapsed_seconds,
      cpu_seconds: (used.user + used.system) / 1e6,
      peak_memory_bytes: peak,
      bytes_read: since('rchar'),
      bytes_written: since('wchar'),
      bytes_from_device: since('read_bytes'),
    }
  }
}
