import type { BenchmarkMetrics } from '../../src/contracts/benchmark-metrics'
import { OWN_QUERIES } from './answers'
import type { Audit } from './audit'
import type { BatchFacts } from './batch-checks'
import type { Event } from './batch-facts'
import { middle, sumOf } from './numbers'
import { same } from './record-checks'

const IDS = Object.keys(OWN_QUERIES)
const perHour = (queries: number, seconds: number) => (queries / seconds) * 3600

/** The benchmark of a batch run: answers from the tables, times from their samples, samples from the events. */
export function checkBenchmark(audit: Audit, benchmark: BenchmarkMetrics, facts: BatchFacts): void {
  const { queries } = benchmark
  audit.claim(
    'the eight queries are in their order',
    same(
      queries.map(q => q.name),
      IDS,
    ),
    queries.map(q => q.name),
  )
  const settings = 'config_snapshot.architecture.benchmark'
  audit.same('benchmark.seed', audit.at(`${settings}.seed`))
  audit.same('benchmark.streams', audit.at(`${settings}.streams`))
  audit.same('benchmark.iterations', audit.at(`${settings}.iterations`))
  audit.same('benchmark.min_seconds', audit.at(`${settings}.min_seconds`))
  audit.same('benchmark.queries_in_set', IDS.length)
  audit.same('benchmark.warmup_runs', 1)
  for (const query of queries) checkQuery(audit, query, benchmark, facts)
  checkSampling(audit, benchmark, facts.events)
  checkQph(audit, benchmark)
  const stage = audit.number('pipeline_benchmark.stages[benchmark].elapsed_seconds')
  const power = sumOf(
    queries.flatMap(q =>
      q.samples.filter(s => s.stream === 0).map(s => s.engine_seconds + s.fetch_seconds),
    ),
  )
  audit.claim('the samples of the one stream fit into the stage', power <= stage, [power, stage])
}

type Query = BenchmarkMetrics['queries'][number]

function checkQuery(
  audit: Audit,
  query: Query,
  benchmark: BenchmarkMetrics,
  facts: BatchFacts,
): void {
  const at = `benchmark.queries[${query.name}]`
  const answer = facts.answers[query.name]
  audit.same(`${at}.class`, OWN_QUERIES[query.name]?.class ?? null)
  audit.same(`${at}.rows_returned`, answer?.rows.length ?? null)
  audit.same(`${at}.fingerprint`, answer?.fingerprint ?? null)
  const columns = Object.keys(OWN_QUERIES[query.name]?.columns ?? {})
  if (query.answer) {
    const cells = columns.map((name, i) => [name, Number(answer?.rows[0]?.[i])] as const)
    audit.sameAll(`${at}.answer`, Object.fromEntries(cells))
  }
  // In the order in which they ended.
  const ends = facts.events.filter(e => e.event === 'query:end' && e.query === query.name)
  const power = query.samples.filter((_, i) => ends[i]?.stream === 0)
  audit.same(`${at}.engine_seconds`, middle(power.map(s => s.engine_seconds)))
  audit.same(`${at}.elapsed_seconds`, middle(power.map(s => s.engine_seconds + s.fetch_seconds)))
  const engine = power.map(s => s.engine_seconds)
  const deviation = middle(engine.map(seconds => Math.abs(seconds - middle(engine))))
  audit.same(`${at}.deviation_seconds`, engine.length > 1 ? deviation : null)
  const far = engine.filter(
    s => s > middle(engine) + 5 * 1.4826 * deviation && s > 1.5 * middle(engine),
  )
  audit.same(`${at}.outliers`, far.length)
  checkInterval(audit, at, query, engine)
  const tables = sumOf(
    [...facts.silver_table.current.files, ...facts.gold_table.current.files].map(f => f.bytes),
  )
  audit.between(`${at}.bytes_read`, 0, tables + 2 ** 20, 'bytes of the tables')
  for (const [i, sample] of query.samples.entries()) {
    const path = `${at}.samples[${i}]`
    const end = ends[i]
    audit.same(`${path}.stream`, Number(end?.stream))
    audit.same(`${path}.iteration`, Number(end?.iteration))
    const seconds = Number(end?.duration_ms) / 1000
    audit.between(
      `${path}.engine_seconds`,
      0,
      seconds - sample.fetch_seconds,
      'the duration in its event, less fetching',
    )
    audit.between(
      `${path}.fetch_seconds`,
      0,
      seconds - sample.engine_seconds,
      'the duration in its event, less the engine',
    )
  }
  const streams = benchmark.mode === 'power' ? 0 : benchmark.streams
  audit.claim(
    `${query.name} ran once in every stream`,
    ends.length === power.length + streams,
    ends.length,
  )
  audit.claim(
    `${query.name} was measured at least so often`,
    power.length >= benchmark.iterations,
    power.length,
  )
}

/** An interval of the median holds it and lies among the samples; there is none of fewer than five. */
export function checkInterval(
  audit: Audit,
  at: string,
  query: Query,
  engine: readonly number[],
): void {
  audit.claim(
    `${at} has an interval from five samples on`,
    (query.interval_seconds !== null) === engine.length >= 5,
  )
  if (query.interval_seconds === null) return
  const centre = middle(engine)
  audit.between(
    `${at}.interval_seconds.low`,
    Math.min(...engine),
    centre,
    'the fastest sample, and the median',
  )
  audit.between(
    `${at}.interval_seconds.high`,
    centre,
    Math.max(...engine),
    'the median, and the slowest sample',
  )
}

/** Each execution has its beginning and end in the events, in the order that the record names. */
function checkSampling(audit: Audit, benchmark: BenchmarkMetrics, events: readonly Event[]): void {
  const samples = sumOf(benchmark.queries.map(query => query.samples.length))
  for (const name of ['query:start', 'query:end']) {
    const told = events.filter(e => e.event === name).length
    audit.claim(`${name} is told of every execution`, told === samples, [told, samples])
  }
  const orders = benchmark.stream_orders.map((_, i) =>
    events.filter(e => e.event === 'query:start' && e.stream === i + 1).map(e => e.query),
  )
  audit.claim('each stream keeps to its order', same(orders, benchmark.stream_orders), orders)
  const whole = benchmark.stream_orders.every(order => same([...order].sort(), [...IDS].sort()))
  audit.claim('each stream has all queries', whole, benchmark.stream_orders)
}

function checkQph(
  audit: Audit,
  { mode, queries, power_qph, throughput_qph, streams, class_qph }: BenchmarkMetrics,
): void {
  const times = queries.map(query => query.engine_seconds!)
  audit.same('benchmark.total_seconds', sumOf(times))
  audit.same('benchmark.power_qph', perHour(IDS.length, sumOf(times)))
  audit.same(
    'benchmark.geometric_mean_seconds',
    times.reduce((product, s) => product * s, 1) ** (1 / times.length),
  )
  audit.same('benchmark.outliers', sumOf(queries.map(query => query.outliers!)))
  audit.same('benchmark.qph_kind', mode)
  audit.same('benchmark.too_short_to_rank', sumOf(times) < 1)
  for (const name of Object.keys(class_qph ?? {})) {
    const members = queries.filter(query => OWN_QUERIES[query.name]!.class === name)
    audit.same(
      `benchmark.class_qph.${name}`,
      perHour(members.length, sumOf(members.map(q => q.engine_seconds!))),
    )
  }
  audit.claim('every class has a QpH', Object.keys(class_qph ?? {}).length === 5, class_qph)
  if (mode !== 'composite') {
    audit.same('benchmark.qph', power_qph)
    return
  }
  audit.relation(
    ['benchmark.qph', 'benchmark.composite_qph', 'benchmark.power_qph', 'benchmark.throughput_qph'],
    'QpH² is power × throughput',
    audit.number('benchmark.qph') * audit.number('benchmark.composite_qph'),
    power_qph! * throughput_qph!,
  )
  const wall = audit.number('benchmark.throughput_seconds')
  audit.same('benchmark.throughput_qph', perHour(IDS.length * streams, wall))
  const longest = Math.max(
    ...Array.from({ length: streams }, (_, i) => streamSeconds(queries, i + 1)),
  )
  const stage = audit.number('pipeline_benchmark.stages[benchmark].elapsed_seconds')
  audit.between('benchmark.throughput_seconds', longest, stage, 'the longest stream, and the stage')
}

const streamSeconds = (queries: readonly Query[], stream: number) =>
  sumOf(
    queries.flatMap(q =>
      q.samples.filter(s => s.stream === stream).map(s => s.engine_seconds + s.fetch_seconds),
    ),
  )
