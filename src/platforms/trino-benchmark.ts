import type { Emit, EventListeners } from '../contracts/events'
import type { EngineDescription } from '../contracts/ports'
import type { TrinoLimits } from '../engines/trino/options'
import type { BenchmarkResult } from '../pipeline/benchmark/benchmark-result'
import {
  QUERY_BENCHMARK_OPTIONS,
  QueryBenchmark,
  type QueryBenchmarkOptions,
} from '../pipeline/benchmark/query-benchmark'
import { RunEvents, stamp } from '../pipeline/emitter'
import { newRunId } from '../pipeline/run-folder'
import { checkOptions, type OptionKinds, requireOptions } from '../shared/check-options'
import type { BenchmarkQuery, OwnQuery } from '../workload/benchmark-queries'

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
  readonly queries?: readonly (BenchmarkQuery | OwnQuery)[]
  /** Session properties of every query. */
  readonly session?: Readonly<Record<string, string>>
  /** Bounds of waiting, seconds, and of answers, bytes. */
  readonly limits?: Partial<TrinoLimits>
}

/** Settings of the benchmark: as `architecture.benchmark` of a config, with its defaults. */
export interface TrinoBenchmarkRunOptions extends QueryBenchmarkOptions {
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
const RUN_OPTIONS: OptionKinds<TrinoBenchmarkRunOptions> = {
  ...QUERY_BENCHMARK_OPTIONS,
  on: 'object',
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
    const { on, ...settings } = checkOptions(options, RUN_OPTIONS, 'TrinoBenchmark.run')
    const { signal } = settings
    signal?.throwIfAborted()
    const runId = newRunId()
    const emit = options.emit ?? (on && emitter(on, runId))
    const engine = await this.open(runId, signal)
    try {
      return await new QueryBenchmark(engine, this.options.queries).run({ ...settings, emit })
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
