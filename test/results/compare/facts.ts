import type { SeriesPlace } from '../../../src/contracts/metrics'
import type { RunFacts } from '../../../src/results/compare/run-facts'

export const STAGES = ['bronze-verify', 'silver-build', 'gold-finalize'] as const
export const QUERIES = ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7', 'Q9'] as const

export interface FactsOptions {
  readonly arm?: string
  readonly round?: number
  readonly planned?: number
  readonly controls?: Record<string, number>
  /** Seconds by stage or query; 1 s where left out. */
  readonly times?: Readonly<Record<string, number>>
}

let made = 0

/** A run that passed, every time 1 s unless said otherwise. */
export function facts(options: FactsOptions = {}, more: Partial<RunFacts> = {}): RunFacts {
  const { arm, times = {} } = options
  const seconds = (name: string) => times[name] ?? 1
  return {
    run_id: `20260101-120000-${String(++made).padStart(6, '0')}`,
    start_time: new Date(Date.UTC(2026, 0, 1, 12) + (options.round ?? made) * 60_000).toISOString(),
    verdict: 'PASSED',
    reason: null,
    series: arm === undefined ? null : place(options),
    mode: 'batch',
    corpus: { digest: 'abc', scale: 0.5 },
    engines: { duckdb: 'v1.5.0' },
    machine: { cpu_model: 'a CPU', cores: 2 },
    pipeline_seconds: STAGES.reduce((sum, name) => sum + seconds(name), 0),
    stages: Object.fromEntries(
      STAGES.map(name => [
        name,
        {
          engine: 'duckdb',
          failure: null,
          seconds: seconds(name),
          rows: 100,
          bytes: 1000,
          files: 4,
          fingerprint: null,
          counts: {},
        },
      ]),
    ),
    benchmark: {
      engine: 'duckdb',
      mode: 'power',
      cache: 'hot',
      streams: 1,
      iterations: 3,
      warmup_runs: 1,
      server: false,
      queries: Object.fromEntries(
        QUERIES.map(name => [
          name,
          { failure: null, seconds: seconds(name), rows: 10, fingerprint: `print-of-${name}` },
        ]),
      ),
    },
    benchmark_failure: null,
    ...more,
  }
}

function place({ arm, round = 1, planned = 10, controls = {} }: FactsOptions): SeriesPlace {
  return {
    series_id: '20260101-120000-series',
    kind: 'ab',
    arm: arm!,
    round,
    attempt: 0,
    position: (arm === 'A') === (round % 2 === 1) ? 0 : 1,
    planned_rounds: planned,
    controls,
    conditions: {},
  }
}

/** Both arms of a session, `rounds` rounds, whose times are given by arm and round. */
export function session(
  rounds: number,
  times: (arm: 'A' | 'B', round: number) => Readonly<Record<string, number>>,
  more: (
    arm: 'A' | 'B',
    round: number,
  ) => { readonly options?: FactsOptions; readonly facts?: Partial<RunFacts> } = () => ({}),
): { name: string; runs: RunFacts[] }[] {
  return (['A', 'B'] as const).map(arm => ({
    name: arm,
    runs: Array.from({ length: rounds }, (_, i) => {
      const extra = more(arm, i + 1)
      const options = {
        arm,
        round: i + 1,
        planned: rounds,
        times: times(arm, i + 1),
        ...extra.options,
      }
      return facts(options, extra.facts)
    }),
  }))
}
