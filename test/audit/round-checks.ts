import type { RunMetrics } from '../../src/contracts/metrics'
import { OWN_QUERIES } from './answers'
import type { Audit } from './audit'
import { checkInterval } from './benchmark-checks'
import { oldestAt } from './freshness'
import { middle, secondsOf, sumOf } from './numbers'
import { same } from './record-checks'
import type { StreamFacts } from './stream-facts'
import { waitsFor } from './waits'

const IDS = Object.keys(OWN_QUERIES)
const perHour = (queries: number, seconds: number) => (queries / seconds) * 3600

/** The rounds of a window by their events, and the benchmark over them by the rounds. */
export function checkRounds(audit: Audit, metrics: RunMetrics, facts: StreamFacts): void {
  const { benchmark_rounds: rounds, continuous, streaming } = metrics
  const of = (name: string) => facts.events.filter(e => e.event === name)
  const [starts, ends] = [of('round:start'), of('round:end')]
  audit.claim(
    'every round has its events',
    starts.length === rounds.length && ends.length === rounds.length,
  )
  const gold = streaming.find(s => s.job_name === 'gold-refresh')?.batches ?? []
  for (const [i, round] of rounds.entries()) {
    const at = (field: string) => `benchmark_rounds[${i}].${field}`
    const began = secondsOf(starts[i]?.at) - secondsOf(continuous!.started_at)
    audit.same(at('round'), i + 1)
    audit.between(at('at'), began - 0.5, began + 0.01, 'its event')
    audit.same(at('elapsed_seconds'), Number(ends[i]?.duration_ms) / 1000)
    audit.same(at('total_seconds'), sumOf(round.queries.map(query => query.engine_seconds!)))
    audit.same(at('qph'), perHour(IDS.length, round.total_seconds))
    audit.claim(`round ${i + 1} is told with its QpH`, ends[i]?.qph === round.qph, ends[i])
    const through = gold.filter(batch => batch.at <= round.at).at(-1)?.through
    audit.near(at('gold_freshness_seconds'), round.at - through!, 0.01)
    const oldest = oldestAt(waitsFor(metrics, facts), round.at)
    audit.near(at('gold_staleness_seconds'), oldest === null ? 0 : round.at - oldest, 0.01)
    audit.same(at('q9_retries'), 0)
    audit.same(at('queries_in_set'), IDS.length)
    audit.claim(
      `round ${i + 1} asked the eight queries`,
      same(
        round.queries.map(q => q.name),
        IDS,
      ),
    )
    checkQueries(audit, metrics, facts, i)
  }
  checkMedians(audit, metrics, facts)
}

function checkQueries(
  audit: Audit,
  { benchmark_rounds, benchmark, continuous, streaming }: RunMetrics,
  facts: StreamFacts,
  i: number,
): void {
  const round = benchmark_rounds[i]!
  const start = secondsOf(continuous!.started_at)
  const ends = facts.events.filter(e => e.event === 'query:end')
  /** Versions of a table that a query of this round may have met: from its last commit before the round to the last within. */
  const met = (stream: string, end: number) => {
    const batches = streaming.find(s => s.job_name === stream)?.batches ?? []
    const before = batches.filter(batch => batch.at <= round.at - 0.1).length
    const until = batches.filter(batch => batch.at <= end + 0.1).length
    return Array.from({ length: until - before + 1 }, (_, k) => before + k - 1).filter(k => k >= 0)
  }
  for (const query of round.queries) {
    const at = (field: string) => `benchmark_rounds[${i}].queries[${query.name}].${field}`
    const event = ends.filter(e => e.query === query.name)[i]
    const end = secondsOf(event?.at) - start
    const possible =
      query.name === 'Q9'
        ? met('gold-refresh', end).map(k => facts.gold_rows[k]!)
        : met('silver-stream', end).map(k => facts.answer_rows[k]![query.name]!)
    audit.between(
      at('rows_returned'),
      Math.min(...possible),
      Math.max(...possible),
      'the answers at that time',
    )
    audit.claim(
      `${query.name} of round ${i + 1} has the rows of a table of that time`,
      possible.includes(query.rows_returned!),
      [query.rows_returned, possible],
    )
    audit.claim(`${query.name}’s event has them too`, event?.rows === query.rows_returned, event)
    const sample = benchmark?.queries.find(q => q.name === query.name)?.samples[i]
    audit.same(at('engine_seconds'), sample?.engine_seconds ?? null)
  }
}

/** The benchmark of the whole: medians over the rounds. */
function checkMedians(
  audit: Audit,
  { benchmark, benchmark_rounds: rounds }: RunMetrics,
  facts: StreamFacts,
): void {
  const at = (field: string) => `benchmark.${field}`
  const settings = 'config_snapshot.architecture.benchmark'
  const qph = rounds.map(round => round.qph!)
  audit.claim(
    'every round is valid',
    rounds.every(round => round.valid),
  )
  audit.same(at('qph'), middle(qph))
  audit.same(at('qph_kind'), 'median-of-rounds')
  audit.same(at('power_qph'), null)
  audit.same(at('queries_in_set'), IDS.length)
  audit.same(at('min_seconds'), 0)
  const times = benchmark!.queries.map(query => query.engine_seconds!)
  audit.same(
    at('geometric_mean_seconds'),
    times.reduce((product, s) => product * s, 1) ** (1 / times.length),
  )
  audit.claim(
    'the rounds have an interval from five on',
    (benchmark!.qph_interval !== null) === qph.length >= 5,
  )
  if (benchmark!.qph_interval !== null) {
    audit.between(
      at('qph_interval.low'),
      Math.min(...qph),
      middle(qph),
      'the slowest round, and the median',
    )
    audit.between(
      at('qph_interval.high'),
      middle(qph),
      Math.max(...qph),
      'the median, and the fastest round',
    )
  }
  audit.same(at('total_seconds'), middle(rounds.map(round => round.total_seconds)))
  audit.same(at('iterations'), rounds.length)
  audit.same(at('warmup_runs'), 1)
  audit.same(at('streams'), 1)
  audit.same(at('seed'), audit.at(`${settings}.seed`))
  for (const name of new Set(Object.values(OWN_QUERIES).map(query => query.class))) {
    const members = benchmark!.queries.filter(query => OWN_QUERIES[query.name]!.class === name)
    audit.same(
      at(`class_qph.${name}`),
      perHour(members.length, sumOf(members.map(q => q.engine_seconds!))),
    )
  }
  const answer = benchmark!.queries[0]!.answer
  if (answer) {
    // The state of silver that it is of is the one that most of it agrees with.
    const agreeing = (own: Readonly<Record<string, number>>) =>
      Object.keys(own).filter(c => own[c] === answer[c]).length
    const most = Math.max(...facts.first_answers.map(agreeing))
    audit.sameAll(
      at('queries[Q1].answer'),
      facts.first_answers.find(own => agreeing(own) === most),
    )
  }
  for (const query of benchmark!.queries) {
    const path = (field: string) => at(`queries[${query.name}].${field}`)
    const ends = facts.events.filter(e => e.event === 'query:end' && e.query === query.name)
    audit.same(path('engine_seconds'), middle(query.samples.map(s => s.engine_seconds)))
    const engine = query.samples.map(s => s.engine_seconds)
    audit.same(
      path('deviation_seconds'),
      engine.length > 1 ? middle(engine.map(s => Math.abs(s - middle(engine)))) : null,
    )
    checkInterval(audit, at(`queries[${query.name}]`), query, engine)
    audit.same(
      path('elapsed_seconds'),
      middle(query.samples.map(s => s.engine_seconds + s.fetch_seconds)),
    )
    audit.same(
      path('rows_returned'),
      rounds.at(-1)!.queries.find(q => q.name === query.name)!.rows_returned,
    )
    for (const [i, sample] of query.samples.entries()) {
      const seconds = Number(ends[i]?.duration_ms) / 1000
      audit.same(path(`samples[${i}].stream`), 0)
      audit.same(path(`samples[${i}].iteration`), i)
      audit.between(
        path(`samples[${i}].engine_seconds`),
        0,
        seconds - sample.fetch_seconds,
        'its event',
      )
      audit.between(
        path(`samples[${i}].fetch_seconds`),
        0,
        seconds - sample.engine_seconds,
        'its event',
      )
    }
  }
}
