import { setMaxListeners } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { BenchmarkConfig } from '../../config/schema'
import { shortMessage } from '../../contracts/errors'
import type { Emit } from '../../contracts/events'
import type { BenchmarkMetrics, QueryMetrics } from '../../contracts/metrics'
import type {
  CacheFlush,
  CellValue,
  QueryEngine,
  QueryResponse,
  ServerStatistics,
} from '../../contracts/ports'
import { deriveBenchmark } from '../../results/derive/benchmark'
import { median } from '../../results/statistics/moments'
import { checkOptions, type OptionKinds, requireOptions } from '../../shared/check-options'
import { seededShuffle } from './query-order'

/** Settings of `BenchmarkConfig`, and those of `QueryBenchmark` beside them. */
export const QUERY_BENCHMARK_OPTIONS: OptionKinds<QueryBenchmarkOptions> = {
  mode: ['power', 'throughput', 'composite'],
  streams: 'number',
  cache: ['hot', 'cold'],
  iterations: 'number',
  min_seconds: 'number',
  classes: 'any',
  seed: 'number',
  signal: 'signal',
  emit: 'function',
  onProgress: 'function',
}

/** Executions after which a query is left, however short it is. */
const MOST_EXECUTIONS = 1000
/** Multiple of `min_seconds` that a query may take in all: flushes and fetching are no measured time, and may be long. */
const LONGEST_WAIT = 10

/** A query as the loop needs it: already in the engine's dialect. */
export interface BenchmarkQuery {
  /** Q1 … Q9. */
  readonly name: string
  /** For tables and charts. */
  readonly display_name: string
  /** Groups queries in reports, e.g. `scan`. */
  readonly class: string
  /** Text in the dialect of the engine that it is sent to. */
  readonly sql: string
  /** It has one row by definition, which the record keeps. */
  readonly one_row?: boolean
  /** Canonical digest of an answer, equal on every engine. */
  fingerprint(response: QueryResponse): string
}

/** How queries are timed. */
export interface QueryBenchmarkOptions extends BenchmarkConfig {
  /** Ends the benchmark. */
  readonly signal?: AbortSignal
  /** Told of every execution. */
  readonly emit?: Emit
  /** Called before each execution of the power part with the queries done, fractions of one included, and all. */
  readonly onProgress?: (done: number, total: number) => void
}

interface Sample {
  readonly engine_seconds: number
  readonly fetch_seconds: number
  readonly stream: number
  readonly iteration: number
  readonly server?: ServerStatistics
}

interface Outcome {
  readonly query: BenchmarkQuery
  readonly samples: Sample[]
  readonly fingerprints: Set<string>
  rows: number | null
  answer: Record<string, unknown> | null
  bytes: number | null
  error: string | null
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

  constructor(engine: QueryEngine, queries: readonly BenchmarkQuery[]) {
    this.engine = engine
    this.queries = queries
  }

  /** Rejects only when aborted; failed queries are results. */
  async run(options: QueryBenchmarkOptions): Promise<BenchmarkMetrics> {
    checkOptions(options, QUERY_BENCHMARK_OPTIONS, 'QueryBenchmark')
    requireOptions(
      options,
      ['mode', 'streams', 'cache', 'iterations', 'min_seconds', 'seed'],
      'QueryBenchmark',
    )
    const signal = AbortSignal.any(options.signal ? [options.signal] : [])
    // Every stream listens to it.
    setMaxListeners(0, signal)
    const chosen = this.queries.filter(
      q => !options.classes || (options.classes as readonly string[]).includes(q.class),
    )
    const outcomes = new Map<string, Outcome>()
    for (const query of chosen)
      outcomes.set(query.name, {
        query,
        samples: [],
        fingerprints: new Set(),
        rows: null,
        answer: null,
        bytes: null,
        error: null,
      })
    const flushes: CacheFlush[] = []
    const loop = new Loop(this.engine, options, signal, flushes)

    if (options.mode !== 'throughput') await loop.power([...outcomes.values()])
    const throughput =
      options.mode !== 'power' ? await loop.throughput([...outcomes.values()]) : null
    const { name } = await this.engine.describe()
    return summarise(name, options, this.queries.length, outcomes, flushes, throughput)
  }
}

class Loop {
  constructor(
    private readonly engine: QueryEngine,
    private readonly options: QueryBenchmarkOptions,
    private readonly signal: AbortSignal,
    private readonly flushes: CacheFlush[],
  ) {}

  async power(order: readonly Outcome[]): Promise<void> {
    const hot = this.options.cache === 'hot'
    for (const [i, outcome] of order.entries()) {
      if (hot) await this.warmUp(outcome)
      const begun = performance.now()
      let share = 0
      for (let iteration = 0; share < 1 && !outcome.error; iteration++) {
        this.options.onProgress?.(i + share, order.length)
        if (!hot) this.flushes.push(await this.engine.flushCaches())
        await this.execute(outcome, 0, iteration, !hot)
        const seconds = outcome.samples.map(s => s.engine_seconds)
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
  async throughput(
    set: readonly Outcome[],
  ): Promise<{ seconds: number | null; orders: string[][] }> {
    const orders = Array.from({ length: this.options.streams }, (_, i) =>
      seededShuffle(set, this.options.seed + i),
    )
    if (this.options.cache === 'cold') this.flushes.push(await this.engine.flushCaches())
    else if (this.options.mode === 'throughput')
      for (const outcome of set) await this.warmUp(outcome)
    const started = performance.now()
    await Promise.all(
      orders.map(async (order, i) => {
        for (const outcome of order) await this.execute(outcome, i + 1, 0, false)
      }),
    )
    const seconds = (performance.now() - started) / 1000
    return {
      seconds: set.some(o => o.error) ? null : seconds,
      orders: orders.map(o => o.map(x => x.query.name)),
    }
  }

  private async warmUp(outcome: Outcome): Promise<void> {
    try {
      await this.engine.query(outcome.query.sql, { signal: this.signal })
    } catch (error) {
      this.signal.throwIfAborted()
      outcome.error = shortMessage(error)
    }
  }

  private async execute(
    outcome: Outcome,
    stream: number,
    iteration: number,
    proveCold: boolean,
  ): Promise<void> {
    this.signal.throwIfAborted()
    const { query: asked } = outcome
    const query = asked.name
    const { streams } = this.options
    this.options.emit?.('query:start', { query, stream, iteration })
    const started = performance.now()
    let response: QueryResponse | null = null
    let message: string | null = null
    try {
      response = await this.engine.query(outcome.query.sql, {
        signal: this.signal,
        ...(stream > 0 && { streams }),
      })
      outcome.fingerprints.add(outcome.query.fingerprint(response))
    } catch (error) {
      response = null
      this.signal.throwIfAborted()
      message = shortMessage(error)
      outcome.error ??= message
    }
    const duration_ms = performance.now() - started
    if (response) {
      outcome.samples.push({
        engine_seconds: response.engine_seconds,
        fetch_seconds: response.fetch_seconds,
        stream,
        iteration,
        ...(response.server && { server: response.server }),
      })
      outcome.rows = response.rows.length
      if (asked.one_row) outcome.answer = rowOf(response)
      // Side by side, bytes belong to nobody; what a query read alone stays.
      outcome.bytes ??= response.bytes_read
      if (outcome.fingerprints.size > 1) outcome.error ??= 'its answer differed between executions'
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
function rowOf({ columns, rows }: QueryResponse): Record<string, unknown> {
  const plain = (value: CellValue = null) =>
    typeof value === 'bigint'
      ? Number.isSafeInteger(Number(value))
        ? Number(value)
        : String(value)
      : value
  return Object.fromEntries(columns.map(({ name }, i) => [name.toLowerCase(), plain(rows[0]?.[i])]))
}

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

function queryMetrics({
  query,
  samples,
  rows,
  answer,
  bytes,
  fingerprints,
  error,
}: Outcome): QueryMetrics {
  return {
    name: query.name,
    display_name: query.display_name,
    class: query.class,
    elapsed_seconds: null,
    engine_seconds: null,
    interval_seconds: null,
    deviation_seconds: null,
    outliers: null,
    samples,
    rows_returned: rows,
    bytes_read: bytes,
    fingerprint: fingerprints.size === 1 ? [...fingerprints][0]! : null,
    answer,
    success: error === null,
    error_message: error,
  }
}

function summarise(
  engine: string,
  options: QueryBenchmarkOptions,
  queries_in_set: number,
  outcomes: ReadonlyMap<string, Outcome>,
  flushes: readonly CacheFlush[],
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
    queries: [...outcomes.values()].map(queryMetrics),
  })
}
