import { BenchmarkResult } from './benchmark/benchmark-result'
import { type BenchmarkQuery, QueryBenchmark, type QueryBenchmarkOptions } from './benchmark/query-benchmark'
import { benchmarkQueries } from './benchmark-queries'

/** Where a Trino is, and the two tables that the queries read. */
export interface TrinoBenchmarkOptions {
  /** e.g. `https://trino.example.org:8443`. */
  readonly url: string
  /** Default `lakebench`. */
  readonly user?: string
  /** Sent as basic auth, over https only. */
  readonly password?: string
  /** Path of a PEM file with the authorities that Trino's certificate is checked with. */
  readonly ca_cert?: string
  /** Default `lakehouse`. */
  readonly catalog?: string
  /** `schema.table`; default `silver.customer_interactions_enriched`. */
  readonly silver?: string
  /** `schema.table`; default `gold.customer_executive_dashboard`. */
  readonly gold?: string
  /** In place of the eight; `{silver}` and `{gold}` stand for the tables. */
  readonly queries?: readonly BenchmarkQuery[]
}

const DEFAULTS = {
  mode: 'power',
  streams: 4,
  cache: 'hot',
  iterations: 1,
  classes: null,
  seed: 42,
} as const satisfies QueryBenchmarkOptions

/** The timing loop over any Trino that has the tables, without a pipeline around it. */
export class TrinoBenchmark {
  private readonly options: TrinoBenchmarkOptions

  constructor(options: TrinoBenchmarkOptions) {
    this.options = options
  }

  /**
   * Run the queries; a failed one is part of the result, and makes it invalid.
   *
   * @throws PrerequisiteError for an address that cannot work; the signal's reason when aborted, after the query has ended on
   *   the server
   */
  async run(options: Partial<QueryBenchmarkOptions> = {}): Promise<BenchmarkResult> {
    const {
      catalog = 'lakehouse',
      silver = 'silver.customer_interactions_enriched',
      gold = 'gold.customer_executive_dashboard',
      queries = benchmarkQueries('trino'),
      ...address
    } = this.options
    const { openTrino } = await import('./engines/trino/open-trino')
    const engine = await openTrino({ ...address, catalog, tables: { silver, gold } })
    try {
      return new BenchmarkResult(await new QueryBenchmark(engine, queries).run({ ...DEFAULTS, ...options }))
    } finally {
      await engine.close()
    }
  }
}
