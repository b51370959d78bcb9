import type {
  BenchmarkMetrics,
  BenchmarkRound,
  QphKind,
  QueryMetrics,
} from '../../contracts/benchmark-metrics'
import { geometricMean, medianAbsoluteDeviation, medianOrNull } from '../statistics/moments'
import {
  bootstrapMedians,
  medianInterval,
  outliersOf,
  percentileInterval,
} from '../statistics/resampling'
import { queriesPerHour } from './queries-per-hour'

/** A pass shorter than this ranks nobody, seconds. */
const SHORTEST_PASS = 1

type Medians = readonly number[] | null

/** The benchmark with everything that follows from its samples and wall times computed from them. Pure and idempotent. */
export function deriveBenchmark(
  benchmark: BenchmarkMetrics,
  rounds: readonly Pick<BenchmarkRound, 'valid' | 'qph' | 'total_seconds'>[] = [],
): BenchmarkMetrics {
  const inWindow = rounds.length > 0
  // Each query is drawn on its own, so its seed differs.
  const medians = benchmark.queries.map((query, i) =>
    bootstrapMedians(timedSeconds(query), benchmark.seed + i),
  )
  const queries = benchmark.queries.map((query, i) => deriveQuery(query, medians[i]!, inWindow))
  const invalid_reasons = reasonsOf(benchmark, queries)
  const valid = invalid_reasons.length === 0
  const { mode, streams, throughput_seconds, seed } = benchmark
  const reason = valid ? withheldReason(benchmark) : 'the benchmark is invalid'
  const pass = sumOrNull(queries.map(q => q.engine_seconds))
  const whole = {
    ...benchmark,
    queries,
    invalid_reasons,
    valid,
    geometric_mean_seconds: geometricMeanSeconds(queries),
    class_qph: mode === 'throughput' || isUnprovenCold(benchmark) ? null : classQph(queries),
    outliers: sumKnown(queries.map(q => q.outliers)),
  }
  if (inWindow) {
    const ofRounds = rounds.filter(round => round.valid)
    const rates = ofRounds.flatMap(round => round.qph ?? [])
    return {
      ...whole,
      ...headline('median-of-rounds', reason ? null : medianOrNull(rates), reason),
      qph_interval: reason ? null : medianInterval(rates, seed),
      // A round is asked beside the streams, so its QpH is none of power mode, where a query is alone.
      ...{ power_qph: null, throughput_qph: null, composite_qph: null },
      ...passOf(valid, medianOrNull(ofRounds.map(round => round.total_seconds)) ?? 0),
    }
  }
  const power_qph =
    reason || mode === 'throughput' || pass === null ? null : queriesPerHour(queries.length, pass)
  const throughput_qph =
    reason || mode === 'power' || throughput_seconds === null
      ? null
      : queriesPerHour(queries.length * streams, throughput_seconds)
  const composite_qph =
    power_qph === null || throughput_qph === null ? null : Math.sqrt(power_qph * throughput_qph)
  const qph = { power: power_qph, throughput: throughput_qph, composite: composite_qph }[mode]
  return {
    ...whole,
    ...headline(mode, qph, reason),
    // Streams run once, so nothing says how much their time varies.
    qph_interval: mode === 'power' && qph !== null ? powerInterval(medians) : null,
    power_qph,
    throughput_qph,
    composite_qph,
    ...passOf(
      valid,
      (mode === 'throughput' ? throughput_seconds : pass) ??
        queries.reduce((sum, query) => sum + (query.engine_seconds ?? 0), 0),
    ),
  }
}

/** Why a valid benchmark has no QpH; `null` where it may have one. */
function withheldReason({ queries, queries_in_set, cache_proof }: BenchmarkMetrics): string | null {
  if (queries.length < queries_in_set)
    return `only ${queries.length} of ${queries_in_set} queries were asked; QpH is of all`
  return cache_proof && !cache_proof.proven ? `cold is not proven: ${cache_proof.detail}` : null
}

const isUnprovenCold = ({ cache_proof }: BenchmarkMetrics) => cache_proof?.proven === false

/** A QpH with its kind, or why there is none. */
function headline(kind: QphKind, qph: number | null, reason: string | null) {
  return {
    qph,
    qph_kind: qph === null ? null : kind,
    qph_reason: qph === null ? (reason ?? 'no time passed') : null,
  }
}

const passOf = (valid: boolean, total_seconds: number) => ({
  total_seconds,
  too_short_to_rank: valid && total_seconds < SHORTEST_PASS,
})

/** Interval of the power QpH, from resampled medians of every query; `null` where one has too few samples. */
function powerInterval(medians: readonly Medians[]): BenchmarkMetrics['qph_interval'] {
  const [first] = medians
  if (!first || medians.includes(null)) return null
  const rates = first.map((_, k) =>
    queriesPerHour(medians.length, sumOrNull(medians.map(m => m![k]!))!),
  )
  return rates.includes(null) ? null : percentileInterval(rates as number[])
}

/** The query with its median, how far that is supported, and samples that stand apart; none of a query that failed. */
function deriveQuery(query: QueryMetrics, medians: Medians, inWindow: boolean): QueryMetrics {
  const success = query.success && query.error_message === null
  const timed = success ? timedSamples(query.samples) : []
  const seconds = timed.map(s => s.engine_seconds)
  const alone = query.samples.filter(s => s.stream === 0).map(s => s.engine_seconds)
  return {
    ...query,
    success,
    elapsed_seconds: medianOrNull(timed.map(s => s.engine_seconds + s.fetch_seconds)),
    engine_seconds: medianOrNull(seconds),
    interval_seconds: success && medians ? percentileInterval(medians) : null,
    deviation_seconds: seconds.length > 1 ? medianAbsoluteDeviation(seconds) : null,
    // Tables grow from round to round of a window, so a long one there is no accident.
    outliers: inWindow || alone.length === 0 ? null : outliersOf(alone).length,
  }
}

/** Streams contend with each other, so where a query also ran alone, only those samples make its time. */
function timedSamples<S extends { readonly stream: number }>(samples: readonly S[]): readonly S[] {
  const alone = samples.filter(sample => sample.stream === 0)
  return alone.length > 0 ? alone : samples
}

const timedSeconds = ({ samples }: QueryMetrics) => timedSamples(samples).map(s => s.engine_seconds)

/** The round with its totals computed from its queries. */
export function deriveRound(round: BenchmarkRound): BenchmarkRound {
  const { queries, queries_in_set } = round
  const invalid_reasons = reasonsOf(round, queries)
  const valid = invalid_reasons.length === 0
  const total_seconds = queries.reduce((sum, query) => sum + (query.engine_seconds ?? 0), 0)
  const qph =
    valid && queries.length >= queries_in_set ? queriesPerHour(queries.length, total_seconds) : null
  return { ...round, valid, invalid_reasons, qph, total_seconds }
}

interface Answered {
  readonly name: string
  readonly success: boolean
  readonly error_message: string | null
}

/** Reasons that are recorded, and queries that failed without one. */
function reasonsOf(
  { invalid_reasons }: { invalid_reasons: readonly string[] },
  queries: readonly Answered[],
) {
  const failed = queries
    .filter(query => !query.success)
    .map(query => `${query.name}: ${query.error_message}`)
  const none = queries.length === 0 ? ['no query belongs to the chosen classes'] : []
  return [...new Set([...invalid_reasons, ...failed, ...none])]
}

function geometricMeanSeconds(queries: readonly QueryMetrics[]): number | null {
  const seconds = queries.map(q => q.engine_seconds)
  return seconds.length > 0 && seconds.every(s => s !== null && s > 0)
    ? geometricMean(seconds as number[])
    : null
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

const sumOrNull = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : values.reduce<number>((sum, value) => sum + value!, 0)

/** Sum of the known values; `null` where there is none. */
const sumKnown = (values: readonly (number | null)[]): number | null =>
  values.every(value => value === null)
    ? null
    : values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
