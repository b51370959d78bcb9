import type { BenchmarkConfig } from '../../config/schema'
import type { BenchmarkMetrics, QueryMetrics } from '../../contracts/benchmark-metrics'
import { shortMessage } from '../../contracts/errors'
import type { Emit } from '../../contracts/events'
import type { QueryEngine } from '../../contracts/ports'
import { deriveBenchmark } from '../../results/derive/benchmark'
import { pause } from '../../shared/abort'
import type { BenchmarkQuery } from '../../workload/benchmark-queries'
import { QueryBenchmark } from './query-benchmark'

/** Queries that read gold, which may be replaced under them, by id. */
const READS_GOLD = 'Q9'
/** Waits before the query is tried again. Source: the product page. */
const RETRY_AFTER_MS = [30_000, 60_000]

/** Result of one round, before the window's own facts are added. */
export interface RoundResult {
  readonly metrics: BenchmarkMetrics
  /** The query of gold failed at first. */
  readonly contention: boolean
  readonly retries: number
  /** A later try took the place of the failed one. */
  readonly retry_used: boolean
  readonly flush: string
}

/**
 * One round within a continuous run: caches flushed, then all queries once, alone. A failed Q9 is tried again after 30 s and
 * 60 s; any other failed query leaves the round invalid, without a QpH.
 */
export async function benchmarkRound(
  engine: QueryEngine,
  queries: readonly BenchmarkQuery[],
  config: BenchmarkConfig,
  {
    signal,
    emit,
    sleep = pause,
  }: {
    signal: AbortSignal
    emit?: Emit
    sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  },
): Promise<RoundResult> {
  const once = {
    ...config,
    mode: 'power',
    cache: 'hot',
    iterations: 1,
    min_seconds: 0,
    signal,
    emit,
  } as const
  const flush = () => engine.flushCaches().then(f => f.detail, shortMessage)
  const flushed = await flush()
  let { metrics } = await new QueryBenchmark(engine, queries).run(once)
  const failed = () => metrics.queries.some(q => q.name === READS_GOLD && !q.success)
  const contention = failed()
  let retries = 0
  for (const wait of RETRY_AFTER_MS) {
    if (!failed()) break
    await sleep(wait, signal)
    signal.throwIfAborted()
    retries++
    await flush()
    const again = await new QueryBenchmark(
      engine,
      queries.filter(q => q.name === READS_GOLD),
    ).run(once)
    metrics = withQuery(metrics, again.metrics.queries[0]!)
  }
  return { metrics, contention, retries, retry_used: contention && !failed(), flush: flushed }
}

/** The round with another result of one query. */
function withQuery(metrics: BenchmarkMetrics, query: QueryMetrics): BenchmarkMetrics {
  const queries = metrics.queries.map(q => (q.name === query.name ? query : q))
  return deriveBenchmark({ ...metrics, invalid_reasons: [], queries })
}

/**
 * The benchmark of a continuous run: medians over its valid rounds. The answers differ from round to round as the data grows,
 * so a query has no fingerprint.
 *
 * @returns `null` where no round is valid
 */
export function medianOfRounds(rounds: readonly BenchmarkMetrics[]): BenchmarkMetrics | null {
  const valid = rounds.filter(r => r.valid && r.qph !== null)
  const [first] = valid
  if (!first) return null
  const queries = first.queries.map((query): QueryMetrics => {
    const all = valid.flatMap(r => r.queries.find(q => q.name === query.name) ?? [])
    return {
      ...query,
      samples: all.flatMap((q, iteration) => q.samples.map(s => ({ ...s, iteration }))),
      rows_returned: all.at(-1)!.rows_returned,
      bytes_read: null,
      fingerprint: null,
    }
  })
  return deriveBenchmark({ ...first, iterations: valid.length, queries }, valid)
}
