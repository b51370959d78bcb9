import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { LakebenchConfigInput } from '../../src/config/load'
import { resolveConfig } from '../../src/config/resolve'
import type { Capacity } from '../../src/contracts/plan'
import type { ComputeEngine, QueryEngine } from '../../src/contracts/ports'
import type { PipelineOptions } from '../../src/pipeline/pipeline-options'

/** A folder of this test file, removed when its tests are over. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lakebench-test-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const capacity: Capacity = {
  kind: 'machine',
  cores: 2,
  memory: 2 ** 33,
  largest_node: { cores: 2, memory: 2 ** 33 },
}

export interface FakeParts extends PipelineOptions {
  readonly opened: { count: number; closed: number }
}

/** What a pipeline runs on, with an engine that does nothing: for how a pipeline behaves, not for what engines do. */
export function fakeParts(
  options: { config?: LakebenchConfigInput; queryEngine?: QueryEngine } = {},
): FakeParts {
  const opened = { count: 0, closed: 0 }
  const compute: ComputeEngine = {
    capabilities: { inProcess: true, strategies: [] },
    capacity: async () => capacity,
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
    config: resolveConfig({ name: 'test', ...options.config }),
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
  }
}
