import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunMetrics } from '../../src/contracts/metrics'

/** The record of the one run in `dir/lakebench-output`, as it left it so far; `null` while there is none. */
export function recordIn(dir: string): RunMetrics | null {
  const runs = join(dir, 'lakebench-output/runs')
  const [run] = existsSync(runs) ? readdirSync(runs) : []
  const path = join(runs, run ?? '', 'metrics.json')
  return run && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}
