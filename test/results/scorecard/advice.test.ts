import { expect, test } from 'vitest'
import type { JobMetrics, RunMetrics } from '../../../src/contracts/metrics'
import type { ExecutorPlan, RunPlan } from '../../../src/contracts/plan'
import { ADVICE_RULES, adviceFor } from '../../../src/results/scorecard/advice'
import { benchmark, query, record, withJob } from './records'

const calm: Partial<JobMetrics> = {
  cpu_seconds_used: 7,
  cpu_seconds_requested: 10,
  peak_memory_gb: 1,
  memory_gb_requested: 10,
}
const TWICE = [1, 1].map((engine_seconds, iteration) => ({
  engine_seconds,
  fetch_seconds: 0,
  stream: 0,
  iteration,
}))

/** A run of which no rule has anything to say. */
function quiet(): RunMetrics {
  const queries = ['Q1', 'Q2', 'Q3'].map(name => query(name, { engine_seconds: 1, samples: TWICE }))
  const run = record({ benchmark: benchmark({ iterations: 3, queries }) })
  return {
    ...run,
    jobs: run.jobs.map(job => ({
      ...job,
      ...calm,
      elapsed_seconds: 10,
      output_files: 4,
      executor_count: 2,
    })),
  }
}

const job = (name: string, change: Partial<JobMetrics>) => withJob(name, change, quiet())
const rules = (run: RunMetrics, plan: RunPlan | null = null) =>
  adviceFor(run, plan).map(({ rule }) => rule)
const plan = (executors: number, requested = executors): RunPlan =>
  ({
    embedded: null,
    local_spark: null,
    jobs: [
      { job_name: 'silver-build', executors, requested_executors: requested },
    ] as unknown as ExecutorPlan[],
  }) as unknown as RunPlan

test('a run without anything to say gets no advice', () => {
  expect(adviceFor(quiet())).toEqual([])
})

test.each<[string, RunMetrics, RunPlan | null, RegExp]>([
  [
    'bottleneck-stage',
    job('silver-build', { elapsed_seconds: 90, cpu_seconds_used: 9 }),
    null,
    /silver-build takes 82 %.*90 % busy/,
  ],
  [
    'cores-wait',
    job('silver-build', { cpu_seconds_used: 2 }),
    null,
    /silver-build: its cores were 20 % busy/,
  ],
  [
    'small-files',
    job('silver-build', { output_files: 1000, output_size_gb: 1 }),
    null,
    /1000 files of 1.02 MiB/,
  ],
  [
    'skewed-dates',
    withJob(
      'bronze-verify',
      { measurements: { skew: 42 } },
      job('silver-build', { strategy: 'simple' }),
    ),
    null,
    /42/,
  ],
  [
    'memory-near-limit',
    job('gold-finalize', { peak_memory_gb: 9.5 }),
    null,
    /gold-finalize peaked at 95 %/,
  ],
  ['driver-memory', quiet(), plan(24), /24 executors/],
  [
    'executors-over-28',
    {
      ...quiet(),
      config_snapshot: { platform: { compute: { spark: { driver_memory: 24 * 2 ** 30 } } } },
    },
    plan(32),
    /32 executors/,
  ],
  ['cluster-too-small', quiet(), plan(4, 8), /got 4 of 8/],
  [
    'slow-query',
    {
      ...quiet(),
      benchmark: benchmark({
        queries: ['Q1', 'Q2', 'Q3'].map((name, i) =>
          query(name, { engine_seconds: i === 1 ? 8 : 1, samples: TWICE }),
        ),
      }),
    },
    null,
    /Q2.*80 %/,
  ],
  ['one-execution', { ...quiet(), benchmark: benchmark({ iterations: 1 }) }, null, /measured once/],
])('%s fires with its evidence, and alone', (rule, run, of, evidence) => {
  const found = adviceFor(run, of)
  expect(found.map(advice => advice.rule)).toEqual([rule])
  expect(found[0]!.evidence).toMatch(evidence)
})

test('noisy times are said once two queries are noisy', () => {
  const noisy = (name: string) =>
    query(name, {
      engine_seconds: 1,
      samples: [1, 1.7].map((engine_seconds, iteration) => ({
        engine_seconds,
        fetch_seconds: 0,
        stream: 0,
        iteration,
      })),
    })
  const of = (names: readonly string[]) => ({
    ...quiet(),
    benchmark: benchmark({
      iterations: 2,
      queries: ['Q1', 'Q2', 'Q3'].map(name =>
        names.includes(name) ? noisy(name) : query(name, { engine_seconds: 1, samples: TWICE }),
      ),
    }),
  })
  expect(rules(of(['Q1', 'Q2']))).toEqual(['noisy-queries'])
  expect(rules(of(['Q1']))).toEqual([])
})

test('most seconds come first, rules of one’s own included', () => {
  const further = { rule: 'mine', check: () => ({ action: 'a', evidence: 'b', seconds: 1e6 }) }
  const run = job('silver-build', { elapsed_seconds: 90, cpu_seconds_used: 2 })
  expect(adviceFor(run, null, [further]).map(({ rule }) => rule)).toEqual([
    'mine',
    'bottleneck-stage',
    'cores-wait',
  ])
})

test('a run that never got to its jobs gets no advice and no error', () => {
  expect(adviceFor({ ...record({ benchmark: null, corpus: null }), jobs: [] })).toEqual([])
  expect(new Set(ADVICE_RULES.map(({ rule }) => rule)).size).toBe(ADVICE_RULES.length)
})
