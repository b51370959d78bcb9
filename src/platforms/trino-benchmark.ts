import type { BenchmarkConfig } from '../config/schema'
import { ConfigError, type ConfigIssue } from '../contracts/errors'
import type { Emit, EventListeners } from '../contracts/events'
import type { EngineDescription } from '../contracts/ports'
import type { TrinoLimits } from '../engines/trino/options'
import { BenchmarkResult } from '../pipeline/benchmark/benchmark-result'
import {
  type BenchmarkQuery,
  benchmarkQueries,
  QUERY_BENCHMARK_OPTIONS,
  QueryBenchmark,
  type QueryBenchmarkOptions,
} from '../pipeline/benchmark/query-benchmark'
import { RunEvents, stamp } from '../pipeline/emitter'
import { newRunId } from '../pipeline/run-folder'
import { checkOptions, type OptionKinds, requireOptions } from '../shared/check-options'

/** Which Trino, and which tables. */
export interface TrinoBenchmarkOptions {
  /** e.g. `https://trino.example.org:8443`. */
  readonly url: string
  /** The catalog that holds the two tables. Default `lakehouse`. */
  readonly catalog?: string
  /** Default `lakebench`. */
  readonly user?: string
  /** Basic auth; over https only. */
  readonly password?: string
  /** Path of a PEM file with the authorities to trust in place of the system's. */
  readonly ca_cert?: string
  /** `schema.table`. Default `silver.customer_interactions_enriched`. */
  readonly silver?: string
  /** `schema.table`. Default `gold.customer_executive_dashboard`. */
  readonly gold?: string
  /** Default: the eight of the workload. `{silver}` and `{gold}` in their SQL stand for the tables. */
  readonly queries?: readonly BenchmarkQuery[]
  /** Session properties of every query. */
  readonly session?: Readonly<Record<string, string>>
  /** Bounds of waiting, seconds, and of answers, bytes. */
  readonly limits?: Partial<TrinoLimits>
}

/** Settings of the benchmark: as `architecture.benchmark` of a config, with its defaults. */
export interface TrinoBenchmarkRunOptions extends Partial<QueryBenchmarkOptions> {
  /** `query:start` and `query:end`; a listener that throws ends nothing. Not called where `emit` is given. */
  readonly on?: EventListeners
}

const TRINO_OPTIONS: OptionKinds<TrinoBenchmarkOptions> = {
  url: 'text',
  catalog: 'text',
  user: 'text',
  password: 'text',
  ca_cert: 'text',
  silver: 'text',
  gold: 'text',
  queries: 'list',
  session: 'object',
  limits: 'object',
}

const DEFAULTS: BenchmarkConfig = {
  mode: 'power',
  streams: 4,
  cache: 'hot',
  iterations: 5,
  min_seconds: 1,
  classes: null,
  seed: 42,
}

/**
 * The eight queries against any Trino that has a silver and a gold table; nothing else of lakebench is needed. The timing
 * loop is the one that every query engine runs in (`QueryBenchmark`).
 *
 * ```ts
 * const benchmark = new TrinoBenchmark({ url: 'http://localhost:8080', catalog: 'lakehouse' })
 * const result = await benchmark.run({ mode: 'composite', iterations: 3 })
 * console.log(result.qph, result.metrics.invalid_reasons)
 * result.toArrow() // one row an execution, Trino's own statistics beside the times
 * ```
 */
export class TrinoBenchmark {
  private readonly options: TrinoBenchmarkOptions

  /** @throws ConfigError for options that there are not, or without a url */
  constructor(options: TrinoBenchmarkOptions) {
    requireOptions(
      checkOptions(options, TRINO_OPTIONS, 'TrinoBenchmark'),
      ['url'],
      'TrinoBenchmark',
    )
    this.options = options
  }

  /**
   * Open, run, close. A query that fails makes the result invalid (`result.metrics.valid`) and is told in
   * `invalid_reasons`; QpH counts the time that Trino itself took, and what the client waited beyond it stands apart.
   *
   * @throws ConfigError for options out of range; PrerequisiteError where Trino cannot be reached; the signal's reason, after
   *   what ran has ended on the server
   */
  async run(options: TrinoBenchmarkRunOptions = {}): Promise<BenchmarkResult> {
    // Values are looked at by `checkRange`, all at once.
    const kinds = { ...QUERY_BENCHMARK_OPTIONS, mode: 'any', cache: 'any', on: 'object' } as const
    checkOptions(options, kinds, 'TrinoBenchmark.run')
    const { signal, on, onProgress } = options
    const given = Object.fromEntries(
      Object.entries(options).filter(([key, v]) => key in DEFAULTS && v !== undefined),
    )
    const config: BenchmarkConfig = { ...DEFAULTS, ...given }
    checkRange(config)
    signal?.throwIfAborted()
    const runId = newRunId()
    const emit = options.emit ?? (on && emitter(on, runId))
    const engine = await this.open(runId, signal)
    try {
      const metrics = await new QueryBenchmark(
        engine,
        this.options.queries ?? benchmarkQueries('trino'),
      ).run({ ...config, signal, emit, onProgress })
      return new BenchmarkResult(metrics)
    } finally {
      await engine.close()
    }
  }

  /** Which Trino this is: its version, environment and active nodes. */
  async describe(): Promise<EngineDescription> {
    const engine = await this.open('', undefined)
    try {
      return await engine.describe()
    } finally {
      await engine.close()
    }
  }

  private async open(source: string, signal: AbortSignal | undefined) {
    const { url, catalog, user, password, ca_cert, silver, gold, session, limits } = this.options
    const { openTrino } = await import('../engines/trino/query-engine')
    return openTrino(
      {
        url,
        catalog: catalog ?? 'lakehouse',
        user: user ?? '',
        password: password ?? '',
        ca_cert: ca_cert ?? '',
        tables: {
          silver: silver ?? 'silver.customer_interactions_enriched',
          gold: gold ?? 'gold.customer_executive_dashboard',
        },
        source,
        session,
        limits,
      },
      { signal },
    )
  }
}

function emitter(on: EventListeners, runId: string): Emit {
  const events = new RunEvents()
  events.addAll(on)
  return (name, fields) => events.dispatch(name, stamp(runId, fields), () => {})
}

function checkRange(config: BenchmarkConfig): void {
  const oneOf = (key: 'mode' | 'cache', values: readonly string[]): ConfigIssue[] =>
    values.includes(config[key])
      ? []
      : [{ path: key, message: `must be one of ${values.join(', ')}.` }]
  const atLeastOne = (key: 'streams' | 'iterations'): ConfigIssue[] =>
    Number.isInteger(config[key]) && config[key] >= 1
      ? []
      : [{ path: key, message: 'must be a whole number from 1 on.' }]
  const issues = [
    ...oneOf('mode', ['power', 'throughput', 'composite']),
    ...oneOf('cache', ['hot', 'cold']),
    ...atLeastOne('streams'),
    ...atLeastOne('iterations'),
    ...(config.min_seconds >= 0
      ? []
      : [{ path: 'min_seconds', message: 'must be a number from 0 on.' }]),
  ]
  if (issues.length > 0) throw new ConfigError(issues, 'options')
}
