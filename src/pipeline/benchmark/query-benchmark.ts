import { setMaxListeners } from 'node:events'
import { performance } from 'node:perf_hooks'
import { describeIssues } from '../../config/issues'
import { type BenchmarkConfig, BenchmarkSchema } from '../../config/schema'
import type { BenchmarkMetrics, QueryMetrics } from '../../contracts/benchmark-metrics'
import { ConfigError, shortMessage } from '../../contracts/errors'
import type { Emit } from '../../contracts/events'
import type { CacheFlush, QueryEngine, QueryResponse } from '../../contracts/ports'
import { deriveBenchmark } from '../../results/derive/benchmark'
import { median } from '../../results/statistics/moments'
import { seededShuffle } from '../../results/statistics/resampling'
import { checkOptions, type OptionKinds } from '../../shared/check-options'
import {
  type BenchmarkQuery,
  benchmarkQueries,
  type OwnQuery,
} from '../../workload/benchmark-queries'
import { plainJson } from '../run-folder'
import { BenchmarkResult } from './benchmark-result'

/** Settings of `BenchmarkConfig`, whose schema knows their values, and those of `QueryBenchmark` beside them. */
export const QUERY_BENCHMARK_OPTIONS: OptionKinds<QueryBenchmarkOptions> = {
  mode: 'any',
  streams: 'any',
  cache: 'any',
  iterations: 'any',
  min_seconds: 'any',
  classes: 'any',
  seed: 'any',
  signal: 'signal',
  emit: 'function',
  onProgress: 'function',
}

/** Executions after which a query is left, however short it is. */
const MOST_EXECUTIONS = 1000
/** Multiple of `min_seconds` that a query may take in all: flushes and fetching are no measured time, and may be long. */
const LONGEST_WAIT = 10

/** How queries are timed. */
export interface QueryBenchmarkOptions extends Partial<Omit<BenchmarkConfig, 'classes'>> {
  /** Only queries of these classes; `null`, the default: all. */
  readonly classes?: readonly string[] | null
  /** Ends the benchmark. */
  readonly signal?: AbortSignal
  /** Told of every execution. */
  readonly emit?: Emit
  /** Called before each execution of the power part with the queries done, fractions of one included, and all. */
  readonly onProgress?: (done: number, total: number) => void
}

/** A query and what came of it so far. */
interface Asked {
  readonly query: BenchmarkQuery
  readonly metrics: QueryMetrics
  readonly fingerprints: Set<string>
}

/**
 * The timing loop; works on any QueryEngine.
 *
 * Power: one stream, queries in the given order. Hot: each query runs once unmeasured first. It is measured at least
 * `iterations` times and for at least `min_seconds` in all, but no more than 1,000 times, nor for longer than
 * 10 × `min_seconds` with flushes and fetching once it has its iterations; its time is the median. Throughput: `streams`
 * seeded permutations side by side. Composite: both; QpH is their geometric mean.
 * A failed query, or one whose answers differ between executions, makes the benchmark invalid: no QpH, with the reasons.
 */
export class QueryBenchmark {
  private readonly engine: QueryEngine
  private readonly queries: readonly BenchmarkQuery[]

  /**
   * @param queries default: the eight of the workload
   * @throws ConfigError for two queries of one name, or one without a text for the engine's dialect
   */
  constructor(
    engine: QueryEngine,
    queries: readonly (BenchmarkQuery | OwnQuery)[] = benchmarkQueries(engine.dialect),
  ) {
    this.engine = engine
    this.queries = queries.map(q => ('forDialect' in q ? q.forDialect(engine.dialect) : q))
    const twice = this.queries.filter((q, i, all) => all.findIndex(x => x.name === q.name) < i)
    if (twice.length > 0)
      throw new ConfigError(
        twice.map(({ name }) => ({ path: name, message: 'is the name of two queries.' })),
        'the queries of QueryBenchmark',
      )
  }

  /**
   * Settings that are left out have the defaults of a config's `architecture.benchmark`. Failed queries are results.
   * @throws ConfigError for settings that there are not or out of range; the signal's reason when aborted
   */
  async run(options: QueryBenchmarkOptions = {}): Promise<BenchmarkResult> {
    const settings = benchmarkSettings(options)
    const { classes } = settings
    const chosen = this.queries.filter(q => !classes || classes.includes(q.class))
    const loop = new Loop(this.engine, settings, chosen)
    if (settings.mode !== 'throughput') await loop.power()
    const throughput = settings.mode !== 'power' ? await loop.throughput() : null
    const { name } = await this.engine.describe()
    return new BenchmarkResult(summarise(name, settings, this.queries.length, loop, throughput))
  }
}

/** The options with the defaults and limits of a config's `architecture.benchmark`; classes may be of one's own. */
function benchmarkSettings(options: QueryBenchmarkOptions) {
  const what = 'QueryBenchmark.run'
  const { signal, emit, onProgress, classes, ...given } = checkOptions(
    options,
    QUERY_BENCHMARK_OPTIONS,
    what,
  )
  const { error, data } = BenchmarkSchema.omit({ classes: true }).safeParse(given)
  if (error)
    throw new ConfigError(
      describeIssues(error.issues, given, new Set()).map(i => ({ ...i, path: i.path.join('.') })),
      `the options of ${what}`,
    )
  return { ...data, classes, signal, emit, onProgress }
}

type Settings = ReturnType<typeof benchmarkSettings>

class Loop {
  readonly asked: readonly Asked[]
  readonly flushes: CacheFlush[] = []
  private readonly signal: AbortSignal

  constructor(
    private readonly engine: QueryEngine,
    private readonly options: Settings,
    queries: readonly BenchmarkQuery[],
  ) {
    this.asked = queries.map(query => ({
      query,
      metrics: notAsked(query),
      fingerprints: new Set<string>(),
    }))
    this.signal = AbortSignal.any(options.signal ? [options.signal] : [])
    // Every stream listens to it.
    setMaxListeners(0, this.signal)
  }

  async power(): Promise<void> {
    const hot = this.options.cache === 'hot'
    for (const [i, asked] of this.asked.entries()) {
      if (hot) await this.warmUp(asked)
      const begun = performance.now()
      let share = 0
      for (let iteration = 0; share < 1 && !asked.metrics.error_message; iteration++) {
        this.options.onProgress?.(i + share, this.asked.length)
        if (!hot) this.flushes.push(await this.engine.flushCaches())
        await this.execute(asked, 0, iteration, !hot)
        const seconds = asked.metrics.samples.map(s => s.engine_seconds)
        share = this.measuredShare(seconds, (performance.now() - begun) / 1000)
      }
    }
  }

  /** How much of what a query has to be measured is done; 1 and more: enough. */
  private measuredShare(seconds: readonly number[], waited: number): number {
    const { iterations, min_seconds } = this.options
    const n = seconds.length
    if (n === 0) return 0
    const sum = seconds.reduce((a, b) => a + b, 0)
    // One pause must not stand for the rest of the time.
    const measured = Math.min(sum, n * median(seconds))
    const enough = Math.max(
      measured / min_seconds,
      n / MOST_EXECUTIONS,
      waited / (LONGEST_WAIT * min_seconds),
    )
    return Math.min(n / iterations, min_seconds === 0 ? 1 : enough)
  }

  /** Wall seconds from the first start to the last end; `null` when a query failed. */
  async throughput(): Promise<{ seconds: number | null; orders: string[][] }> {
    const set = this.asked
    const orders = Array.from({ length: this.options.streams }, (_, i) =>
      seededShuffle(set, this.options.seed + i),
    )
    if (this.options.cache === 'cold') this.flushes.push(await this.engine.flushCaches())
    else if (this.options.mode === 'throughput') for (const asked of set) await this.warmUp(asked)
    const started = performance.now()
    await Promise.all(
      orders.map(async (order, i) => {
        for (const asked of order) await this.execute(asked, i + 1, 0, false)
      }),
    )
    const seconds = (performance.now() - started) / 1000
    return {
      seconds: set.some(({ metrics }) => metrics.error_message) ? null : seconds,
      orders: orders.map(o => o.map(x => x.query.name)),
    }
  }

  private async warmUp({ query, metrics }: Asked): Promise<void> {
    try {
      await this.engine.query(query.sql, { signal: this.signal })
    } catch (error) {
      this.signal.throwIfAborted()
      metrics.error_message = shortMessage(error)
    }
  }

  private async execute(
    { query: asked, metrics, fingerprints }: Asked,
    stream: number,
    iteration: number,
    proveCold: boolean,
  ): Promise<void> {
    this.signal.throwIfAborted()
    const { name: query } = asked
    const { streams } = this.options
    this.options.emit?.('query:start', { query, stream, iteration })
    const started = performance.now()
    let response: QueryResponse | null = null
    let message: string | null = null
    try {
      response = await this.engine.query(asked.sql, {
        signal: this.signal,
        ...(stream > 0 && { streams }),
      })
      fingerprints.add(asked.fingerprint(response))
    } catch (error) {
      response = null
      this.signal.throwIfAborted()
      message = shortMessage(error)
      metrics.error_message ??= message
    }
    const duration_ms = performance.now() - started
    if (response) {
      const { engine_seconds, fetch_seconds, server } = response
      const times = { engine_seconds, fetch_seconds, stream, iteration }
      metrics.samples.push({ ...times, ...(server && { server }) })
      metrics.rows_returned = response.rows.length
      if (asked.one_row) metrics.answer = rowOf(response)
      // Side by side, bytes belong to nobody; what a query read alone stays.
      metrics.bytes_read ??= response.bytes_read
      if (fingerprints.size > 1) metrics.error_message ??= 'its answer differed between executions'
      if (proveCold) this.flushes.push(coldProof(query, response))
    }
    this.options.emit?.('query:end', {
      query,
      stream,
      iteration,
      status: response ? 'succeeded' : 'failed',
      duration_ms,
      rows: response?.rows.length ?? null,
      error_message: message,
    })
  }
}

/** By column; whole numbers beyond what JSON holds as text. */
const rowOf = ({ columns, rows }: QueryResponse) =>
  plainJson(
    Object.fromEntries(columns.map(({ name }, i) => [name.toLowerCase(), rows[0]?.[i] ?? null])),
  ) as Record<string, unknown>

/** Reads of a few counters and of the file system's own tables are no data. */
const COLD_SHARE = 0.8

/** A cold query shows itself by bytes that came from the device. */
function coldProof(
  query: string,
  { bytes_from_device: bytes, bytes_read }: QueryResponse,
): CacheFlush {
  if (bytes === null || bytes_read === null)
    return { proven: false, detail: `the engine cannot tell whether ${query} read from the device` }
  if (bytes < bytes_read * COLD_SHARE) {
    return {
      proven: false,
      detail: `${query} read ${bytes_read} bytes after the flush, only ${bytes} of them from the device`,
    }
  }
  return {
    proven: true,
    detail: `every query read from the device after its flush; ${query} ${bytes} bytes`,
  }
}

function notAsked({ name, display_name, class: of }: BenchmarkQuery): QueryMetrics {
  return {
    name,
    display_name,
    class: of,
    elapsed_seconds: null,
    engine_seconds: null,
    interval_seconds: null,
    deviation_seconds: null,
    outliers: null,
    samples: [],
    rows_returned: null,
    bytes_read: null,
    fingerprint: null,
    answer: null,
    success: true,
    error_message: null,
  }
}

function summarise(
  engine: string,
  options: Settings,
  queries_in_set: number,
  { asked, flushes }: Loop,
  throughput: { seconds: number | null; orders: string[][] } | null,
): BenchmarkMetrics {
  const unproven = flushes.find(f => !f.proven)
  return deriveBenchmark({
    engine,
    mode: options.mode,
    cache: options.cache,
    cache_proof:
      options.cache === 'hot'
        ? null
        : (unproven ?? flushes.at(-1) ?? { proven: false, detail: 'nothing was flushed' }),
    valid: true,
    invalid_reasons: [],
    qph: null,
    qph_kind: null,
    qph_reason: null,
    qph_interval: null,
    power_qph: null,
    throughput_qph: null,
    composite_qph: null,
    geometric_mean_seconds: null,
    class_qph: null,
    total_seconds: 0,
    too_short_to_rank: false,
    outliers: null,
    throughput_seconds: throughput?.seconds ?? null,
    iterations: options.iterations,
    min_seconds: options.min_seconds,
    warmup_runs: options.cache === 'hot' ? 1 : 0,
    streams: options.mode === 'power' ? 1 : options.streams,
    stream_orders: throughput?.orders ?? [],
    seed: options.seed,
    queries_in_set,
    queries: asked.map(({ metrics, fingerprints }) => ({
      ...metrics,
      fingerprint: fingerprints.size === 1 ? [...fingerprints][0]! : null,
      success: metrics.error_message === null,
    })),
  })
}
