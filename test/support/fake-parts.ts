import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { ResolvedConfig } from '../../src/config/schema'
import type { RunMetrics } from '../../src/contracts/metrics'
import type { RunPlan } from '../../src/contracts/plan'
import type { ComputeEngine, QueryEngine } from '../../src/contracts/ports'
import type { PipelineParts, RunOutcome } from '../../src/pipeline/parts'

/** A folder of this test file, removed when its tests are over. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lakebench-test-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const plan: RunPlan = {
  scale: 0.001,
  tier: 'minimal',
  capacity: {
    kind: 'machine',
    cores: 2,
    memory: 2 ** 33,
    largest_node: { cores: 2, memory: 2 ** 33 },
  },
  jobs: [],
  embedded: { threads: 2, memory: 2 ** 30, reasons: [] },
  local_spark: null,
  max_result_size: 2 ** 30,
  timeout_seconds: 3600,
  warnings: [],
}

export interface FakeParts extends PipelineParts<RunOutcome> {
  readonly opened: { count: number; closed: number }
}

/** Parts of a pipeline whose engine does nothing: for how a pipeline behaves, not for what engines do. */
export function fakeParts(
  options: { timeoutSeconds?: number; queryEngine?: QueryEngine; warnings?: string[] } = {},
): FakeParts {
  const opened = { count: 0, closed: 0 }
  const compute: ComputeEngine = {
    capabilities: { inProcess: true, strategies: [] },
    capacity: async () => plan.capacity,
    prepare: async () => {},
    run: async () => {
      throw new Error('the fake engine runs no jobs')
    },
    profile: async () => {
      throw new Error('the fake engine has no data')
    },
    expireSnapshots: async () => {},
    fingerprint: async () => 'f00d',
    describe: async () => ({ name: 'fake', version: '0', details: {} }),
    close: async () => {},
  }
  return {
    opened,
    config: { name: 'test' } as ResolvedConfig,
    configSnapshot: { name: 'test' },
    open: async () => {
      opened.count++
      return {
        compute,
        queryEngine: options.queryEngine ?? null,
        corpus: async () => null,
        environment: async () => ({}),
        close: async () => {
          opened.closed++
        },
      }
    },
    corpusMismatch: () => null,
    plan: (_, timeoutSeconds) => ({
      ...plan,
      warnings: options.warnings ?? [],
      timeout_seconds: timeoutSeconds ?? options.timeoutSeconds ?? 3600,
    }),
    judge: metrics => metrics,
    report: metrics => `<!doctype html><title>${metrics.run_id}</title>`,
    readRecord: json => json as RunMetrics,
    result: outcome => outcome,
  }
}
