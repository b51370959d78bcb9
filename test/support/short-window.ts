import { join } from 'node:path'
import type { LakebenchConfigInput } from '../../src/config/schema'
import { type RunContinuousOptions, type RunResult, runContinuous } from '../../src/run'

export interface WindowInput {
  readonly continuous?: object
  readonly datagen?: object
  readonly pipeline?: object
  readonly query_engine?: object
}

/** The config of a continuous run in `dir` with triggers of one, one and two seconds. */
export function windowConfig(dir: string, input: WindowInput = {}): LakebenchConfigInput {
  return {
    name: 'window',
    platform: { storage: { type: 'local', path: join(dir, 'data') } },
    architecture: {
      pipeline: {
        mode: 'continuous',
        // What a batch finds by itself on a corpus with rows on every date.
        data_clock: '2025-01-01',
        continuous: {
          profile: 'short',
          run_duration: 8,
          bronze_trigger_interval: 1,
          silver_trigger_interval: 1,
          gold_refresh_interval: 2,
          benchmark_warmup: 2,
          benchmark_interval: 2,
          ...input.continuous,
        },
        ...input.pipeline,
      },
      ...(input.query_engine && { query_engine: input.query_engine }),
      workload: { datagen: { scale: 0.02, rows_per_second: 300, workers: 1, ...input.datagen } },
    },
  } as LakebenchConfigInput
}

export const windowRun = (
  dir: string,
  input: WindowInput = {},
  options: RunContinuousOptions = {},
): Promise<RunResult> =>
  runContinuous(windowConfig(dir, input), {
    outputDir: join(dir, 'output'),
    reject: false,
    ...options,
  })

/**
 * A run that made all that was planned. A machine that stands still at the end of a window makes a file less, as it should, and then the
 * run is done again, where what is tested needs the whole.
 */
export async function wholeRun(run: () => Promise<RunResult>): Promise<RunResult> {
  for (let tries = 1; ; tries++) {
    const result = await run()
    const { producer } = result.metrics.continuous ?? {}
    if (result.error !== null || producer?.produced_rows === producer?.planned_rows || tries === 3)
      return result
  }
}

/** Digests of silver and gold as the run left them. */
export const fingerprints = ({ metrics }: RunResult) =>
  metrics.mode === 'continuous'
    ? ['silver-stream', 'gold-refresh'].map(
        n => metrics.streaming.find(s => s.job_name === n)?.output_fingerprint,
      )
    : ['silver-build', 'gold-finalize'].map(
        n => metrics.jobs.find(j => j.job_name === n)?.output_fingerprint,
      )
