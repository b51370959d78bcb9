import type { BenchmarkRound } from '../contracts/continuous-metrics'
import type { BenchmarkMetrics, QueryMetrics } from '../contracts/metrics'
import { medianOrNull } from '../statistics/moments'
import { queriesPerHour } from './queries-per-hour'

/** The benchmark with everything that follows from its samples and wall times computed from them. Pure and idempotent. */
export function deriveBenchmark(
  benchmark: BenchmarkMetrics,
  rounds: readonly Pick<BenchmarkRound, 'valid' | 'qph' | 'total_seconds'>[] = [],
): BenchmarkMetrics {
  const queries = benchmark.queries.map(deriveQuery)
  const invalid_reasons = reasonsOf(benchmark, queries)
  const valid = invalid_reasons.length === 0
  const { mode, streams, throughput_seconds } = benchmark
  const medians = sumOrNull(queries.map(q => q.engine_seconds))
  const whole = { ...benchmark, queries, invalid_reasons, valid, class_qph: classQph(queries) }
  const ofRounds = rounds.filter(round => round.valid && round.qph !== null)
  if (ofRounds.length > 0) {
    const qph = valid ? medianOrNull(ofRounds.map(round => round.qph!)) : null
    return { ...whole, qph, power_qph: qph, total_seconds: medianOrNull(ofRounds.map(round => round.total_seconds))! }
  }
  const power_qph = valid && mode !== 'throughput' && medians !== null ? queriesPerHour(queries.length, medians) : null
  const throughput_qph =
    valid && mode !== 'power' && throughput_seconds !== null
      ? queriesPerHour(queries.length * streams, throughput_seconds)
      : null
  return {
    ...whole,
    qph: { power: power_qph, throughput: throughput_qph, composite: geometricMean(power_qph, throughput_qph) }[mode],
    power_qph,
    throughput_qph,
    total_seconds:
      (mode === 'throughput' ? throughput_seconds : medians) ??
      queries.reduce((sum, query) => sum + (query.engine_seconds ?? 0), 0),
  }
}

/** Medians of the samples; none of a query that failed. */
export function deriveQuery(query: QueryMetrics): QueryMetrics {
  const success = query.success && query.error_message === null
  const timed = success ? timedSamples(query.samples) : []
  return {
    ...query,
    success,
    elapsed_seconds: medianOrNull(timed.map(s => s.engine_seconds + s.fetch_seconds)),
    engine_seconds: medianOrNull(timed.map(s => s.engine_seconds)),
  }
}

/** Streams contend with each other, so where a query also ran alone, only those samples make its time. */
export function timedSamples<S extends { readonly stream: number }>(samples: readonly S[]): readonly S[] {
  const alone = samples.filter(sample => sample.stream === 0)
  return alone.length > 0 ? alone : samples
}

/** The round with its totals computed from its queries. */
export function deriveRound(round: BenchmarkRound): BenchmarkRound {
  const invalid_reasons = reasonsOf(round, round.queries)
  const valid = invalid_reasons.length === 0
  const total_seconds = round.queries.reduce((sum, query) => sum + (query.engine_seconds ?? 0), 0)
  const qph = valid ? queriesPerHour(round.queries.length, total_seconds) : null
  return { ...round, valid, invalid_reasons, qph, total_seconds }
}

interface Answered {
  readonly name: string
  readonly success: boolean
  readonly error_message: string | null
}

/** Reasons that are recorded, and queries that failed without one. */
function reasonsOf({ invalid_reasons }: { invalid_reasons: readonly string[] }, queries: readonly Answered[]) {
  const failed = queries.filter(query => !query.success).map(query => `${query.name}: ${query.error_message}`)
  const none = queries.length === 0 ? ['no query belongs to the chosen classes'] : []
  return [...new Set([...invalid_reasons, ...failed, ...none])]
}

function classQph(queries: readonly QueryMetrics[]): Record<string, number | null> {
  const classes = [...new Set(queries.map(query => query.class))]
  return Object.fromEntries(
    classes.map(name => {
      const times = queries.filter(query => query.class === name).map(query => query.engine_seconds)
      const seconds = sumOrNull(times)
      return [name, seconds === null ? null : queriesPerHour(times.length, seconds)]
    }),
  )
}

const geometricMean = (a: number | null, b: number | null) => (a === null || b === null ? null : Math.sqrt(a * b))

const sumOrNull = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : values.reduce<number>((sum, value) => sum + value!, 0)
