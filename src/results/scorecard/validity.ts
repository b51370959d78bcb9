import type { JobMetrics, RunMetrics, ValidityRule } from '../../contracts/metrics'
import { KNOWN_ANSWERS } from '../../workload/known-answers'
import { QUERIES } from '../../workload/queries'
import { succeeded } from '../derive/jobs'
import { CLOCK_RULE } from './clock-rule'
import { LINEAGE_RULES } from './lineage-rules'
import { outcome, type Rule, type RuleOutcome } from './rule'
import { computeScores } from './scores'
import { appliesTo, inWindow, streamOf } from './window-facts'

const SCALE_RATIO = { least: 0.95, most: 1.05 }
/** From this many rows a date on, losing a whole date to the silver filter (2 % of rows) does not happen by chance. */
const ROWS_PER_DATE_TO_BE_SURE = 50
/** From this many rows on, a generated corpus has what each query asks for: purchases are 18 % of its rows. */
const ROWS_FOR_EVERY_QUERY = 500
const MAY_BE_EMPTY = new Set(QUERIES.filter(q => q.may_be_empty).map(q => q.id))

/** Every rule that makes a run invalid, in the order of the record. */
export const VALIDITY_RULES: readonly Rule[] = [
  {
    rule: 'stages-succeeded',
    check: ({ pipeline_benchmark: { stages }, jobs }) => {
      const failed = stages.filter(stage => stage.status !== 'succeeded')
      const unsuccessful = jobs.filter(
        job => !job.success && !failed.some(s => s.stage_name === job.job_name),
      )
      const named = [
        ...failed.map(stage => `${stage.stage_name} ${stage.status}`),
        ...unsuccessful.map(job => `${job.job_name} failed`),
      ]
      return outcome(
        named.length === 0,
        named.join(', ') || `${stages.length} of ${stages.length} stages succeeded`,
      )
    },
  },
  {
    rule: 'benchmark-valid',
    check: ({ benchmark }) => {
      if (!benchmark) return null
      if (!benchmark.valid)
        return outcome(
          false,
          benchmark.invalid_reasons.join('; ') || 'the benchmark is marked invalid',
        )
      const failed = benchmark.queries.filter(query => !query.success).map(query => query.name)
      if (failed.length > 0) return outcome(false, `${failed.join(', ')} failed`)
      const answered = `all ${benchmark.queries.length} queries answered`
      if (benchmark.qph !== null) return outcome(true, answered)
      // Without a reason it was lost; with one it is withheld, and what was measured stands.
      return benchmark.qph_reason === null
        ? outcome(false, 'there is no QpH')
        : outcome(true, `${answered}; no QpH: ${benchmark.qph_reason}`)
    },
  },
  {
    rule: 'scale-ratio',
    check: metrics => {
      const ratio = computeScores(metrics).scale_ratio
      if (ratio === null) return null
      const { least, most } = SCALE_RATIO
      return outcome(
        ratio >= least && ratio <= most,
        `bronze is ${ratio.toFixed(4)} of its nominal size; ${least} to ${most} is valid`,
      )
    },
  },
  {
    rule: 'corpus-as-generated',
    check: ({ corpus }) => {
      const changed = corpus?.changed_files
      if (!changed) return null
      const more = changed.length > 1 ? ` (and ${changed.length - 1} more)` : ''
      return outcome(
        changed.length === 0,
        changed.length > 0 ? `${changed[0]}${more}` : 'no file was changed since',
      )
    },
  },
  {
    rule: 'bronze-rows',
    check: ({ jobs, corpus }) => {
      const rows = succeeded(jobs, 'bronze-verify')?.input_rows
      if (rows == null || corpus?.rows == null) return null
      return outcome(
        rows === corpus.rows,
        `bronze-verify read ${rows} rows; the corpus has ${corpus.rows}`,
      )
    },
  },
  {
    rule: 'silver-rows',
    check: ({ jobs, corpus }) => {
      const silver = succeeded(jobs, 'silver-build')
      if (silver?.output_rows == null) return null
      const bronze = bronzeRows(jobs, corpus)
      const passed = silver.output_rows > 0 && (bronze === null || silver.output_rows <= bronze)
      return outcome(
        passed,
        `silver has ${silver.output_rows} rows of bronze's ${bronze ?? 'unknown number'}`,
      )
    },
  },
  {
    rule: 'gold-rows',
    check: ({ jobs, corpus }) => {
      const gold = succeeded(jobs, 'gold-finalize')?.output_rows
      if (gold == null) return null
      const { dates, skew } = succeeded(jobs, 'bronze-verify')?.measurements ?? {}
      if (typeof dates !== 'number') return outcome(gold > 0, `gold has ${gold} rows`)
      const generated = corpus?.kind === 'generated'
      const sure =
        generated && rowsOffTheHottestDate(corpus.rows, dates, skew) >= ROWS_PER_DATE_TO_BE_SURE
      // Foreign data may have dates that the silver filter empties, and rows without a date, which are one group more.
      const passed = sure ? gold === dates : gold > 0 && gold <= dates + (generated ? 0 : 1)
      return outcome(passed, `gold has ${gold} rows; bronze has ${dates} dates`)
    },
  },
  {
    rule: 'queries-with-rows',
    check: ({ mode, benchmark, corpus }) => {
      // The rounds of a window meet tables that have only begun to fill.
      if (!benchmark || !corpus || mode === 'continuous') return null
      const empty = benchmark.queries
        .filter(q => q.success && q.rows_returned === 0)
        .map(q => q.name)
      const sure = corpus.kind === 'generated' && (corpus.rows ?? 0) >= ROWS_FOR_EVERY_QUERY
      const wrong = sure ? empty.filter(name => !MAY_BE_EMPTY.has(name)) : []
      return outcome(
        wrong.length === 0,
        wrong.length > 0
          ? `${wrong.join(', ')} returned no rows, which this corpus must give. The tables lack rows, or the engine loses some`
          : empty.length > 0
            ? `${empty.join(', ')} returned no rows, as ${corpus.kind} data may give`
            : 'every query returned rows',
      )
    },
  },
  { rule: 'known-answers', check: knownAnswers },
  {
    rule: 'streams-succeeded',
    mode: 'continuous',
    check: ({ streaming }) => {
      const failed = streaming.filter(s => !s.success).map(s => s.error_message ?? s.job_name)
      return outcome(
        failed.length === 0 && streaming.length > 0,
        failed.join('; ') || `${streaming.length} streams ran to their end`,
      )
    },
  },
  {
    rule: 'drained',
    mode: 'continuous',
    check: ({ continuous }) => {
      // An interrupt leaves what it leaves, and a failure is told elsewhere.
      if (continuous?.ended_by !== 'duration') return null
      return outcome(
        continuous.drained,
        continuous.drained
          ? `everything that landed was in gold ${continuous.drain_seconds?.toFixed(1)} s after the window`
          : 'not everything that landed is in gold; --resume goes on',
      )
    },
  },
  {
    rule: 'stream-rows',
    mode: 'continuous',
    check: metrics => {
      const { continuous } = metrics
      // A resumed run counts its own part only, and what was not drained is still under way.
      if (!continuous?.drained || continuous.resumed > 0) return null
      const { produced_rows } = continuous.producer
      const bronze = streamOf(metrics, 'bronze-ingest')?.unique_rows_processed ?? null
      const silver = streamOf(metrics, 'silver-stream')?.unique_rows_processed ?? null
      // Files that others put there add rows, and one of ours that was damaged takes some away.
      return outcome(
        bronze === silver &&
          (produced_rows === null || continuous.quarantined.length > 0 || bronze === produced_rows),
        `${produced_rows ?? 'unknown'} rows were made, ${bronze} are in bronze, silver has read ${silver}`,
      )
    },
  },
  {
    rule: 'gold-refreshed',
    mode: 'continuous',
    check: metrics => {
      const { window_seconds, resumed } = metrics.continuous!
      const gold = streamOf(metrics, 'gold-refresh')?.batches ?? []
      const within = inWindow(gold, window_seconds).length
      // What a resumed run had left of its window may be shorter than one refresh; those before are not in this record.
      if (within === 0 && resumed > 0) return null
      return outcome(within > 0, `gold was refreshed ${within} times in the window`)
    },
  },
  {
    rule: 'rounds-valid',
    mode: 'continuous',
    check: ({ benchmark_rounds: rounds }) => {
      if (rounds.length === 0) return null
      const invalid = rounds.filter(r => !r.valid)
      const left = invalid.map(r => `round ${r.round}: ${r.invalid_reasons.join(', ')}`).join('; ')
      return outcome(
        invalid.length < rounds.length,
        left === ''
          ? `${rounds.length} of ${rounds.length} rounds are valid`
          : `left out of the median: ${left}`,
      )
    },
  },
  ...LINEAGE_RULES,
  CLOCK_RULE,
]

/** Judge a run by every rule. A rule that throws is not met. */
export function checkRules(metrics: RunMetrics, further: readonly Rule[] = []): ValidityRule[] {
  const rules = [...VALIDITY_RULES, ...further]
  const checked = rules.flatMap(({ rule, mode, check }): ValidityRule[] => {
    try {
      const result = appliesTo(mode, metrics) ? check(metrics) : null
      return result === null ? [] : [{ rule, passed: result.passed, detail: result.detail }]
    } catch (error) {
      return [
        {
          rule,
          passed: false,
          detail: `the rule threw: ${error instanceof Error ? error.message : String(error)}`,
        },
      ]
    }
  })
  // Rules of the run's own time that nobody brought today stay as they were found.
  const kept = metrics.validity.filter(old => !rules.some(({ rule }) => rule === old.rule))
  return [...checked, ...kept]
}

/** Mean rows of the dates other than the hottest, of which `skew` is the multiple of the mean of all. */
function rowsOffTheHottestDate(rows: number | null, dates: number, skew: unknown): number {
  if (rows === null || dates < 1) return 0
  const mean = rows / dates
  const hottest = typeof skew === 'number' ? mean * skew : mean
  return dates === 1 ? rows : (rows - hottest) / (dates - 1)
}

function bronzeRows(jobs: readonly JobMetrics[], corpus: RunMetrics['corpus']): number | null {
  return (
    succeeded(jobs, 'bronze-verify')?.input_rows ??
    succeeded(jobs, 'silver-build')?.input_rows ??
    corpus?.rows ??
    null
  )
}

/**
 * Compares what a run made of a corpus that the package knows with what every engine makes of it. Silver depends on the data clock, so
 * one that was set by hand leaves it out; strategies, partitioning and file sizes change no fingerprint.
 */
function knownAnswers(metrics: RunMetrics): RuleOutcome | null {
  const { corpus, benchmark } = metrics
  const known =
    corpus?.kind === 'generated' &&
    KNOWN_ANSWERS.find(({ corpus: digest }) => digest === corpus.digest)
  if (!known) return null
  const pairs: (readonly [what: string, found: string | null, expected: string])[] = [
    ...([null, known.data_clock].includes(dataClockOf(metrics))
      ? [['silver', fingerprintOf(metrics, 'silver-build', 'silver-stream'), known.silver] as const]
      : []),
    ['gold', fingerprintOf(metrics, 'gold-finalize', 'gold-refresh'), known.gold],
    ...(benchmark?.queries ?? []).flatMap(({ name, fingerprint }) => {
      const expected = known.queries[name]
      return expected === undefined ? [] : [[name, fingerprint, expected] as const]
    }),
  ]
  const compared = pairs.filter(([, found]) => found !== null)
  if (compared.length === 0) return null
  const differing = compared.filter(([, found, expected]) => found !== expected)
  const of = `scale ${known.scale}, seed ${known.seed}, generator version ${known.generator_version}`
  return {
    passed: differing.length === 0,
    detail:
      differing.length === 0
        ? `${compared.map(([what]) => what).join(', ')} are as known for ${of}`
        : `for ${of}: ${differing.map(([what, found, expected]) => `${what} is ${found}, known is ${expected}`).join('; ')}`,
  }
}

/** Fingerprint of the stage, or of the stream once everything that landed is in its table. */
function fingerprintOf(
  { jobs, streaming, continuous }: RunMetrics,
  stage: string,
  stream: string,
): string | null {
  if (continuous)
    return continuous.drained
      ? (streaming.find(s => s.job_name === stream)?.output_fingerprint ?? null)
      : null
  return jobs.find(job => job.job_name === stage && job.success)?.output_fingerprint ?? null
}

/** `null`: nobody set one, and the stage, which is a user's own, does not say. */
function dataClockOf({ jobs, continuous, config_snapshot }: RunMetrics): string | null {
  if (continuous) return continuous.data_clock
  const said = jobs.find(job => job.job_name === 'silver-build')?.measurements.data_clock
  if (said !== undefined) return String(said)
  const { architecture } = config_snapshot as {
    architecture?: { pipeline?: { data_clock?: string | null } }
  }
  return architecture?.pipeline?.data_clock ?? null
}
