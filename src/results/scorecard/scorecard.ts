import type { Mark, RunMetrics, Scores, ValidityRule } from '../../contracts/metrics'
import { checkOptions } from '../../shared/check-options'
import { GIB } from '../../shared/format'
import {
  type Difference,
  differencesOf,
  type ExactDifference,
  exactDifferences,
} from '../compare/differences'
import { runFacts } from '../compare/run-facts'
import type { JudgeOptions } from './judge'
import { checkRecord } from './parse-metrics'
import type { Verdict } from './rule'
import type { ScoreDetail, ScoreDirection, ScoreName } from './score-inputs'
import { SCORES } from './score-table'
import { computeScores, nullReasons, roundScore, scoreDetails } from './scores'
import { alignRows, formatNumber, intervalText, plainText, qphLabel, qphText } from './text'

/** The scores of one run, computed from its record: of `runBatch`, or of a saved `metrics.json` (`loadRun`). Pure. */
export class Scorecard {
  /** The record that was judged. */
  readonly metrics: RunMetrics
  /** Rounded as they are saved; `null` where something needed is unknown. */
  readonly scores: Scores
  /** `PASSED` only where every rule is kept and the run succeeded. */
  readonly verdict: Verdict
  /** Every rule that applies, with its outcome. */
  readonly validity: readonly ValidityRule[]
  /** Findings that limit the worth of the numbers and do not make them invalid. */
  readonly marks: readonly Mark[]

  /**
   * Judges the record anew; what it says and its own content contradicts is named in the rule `record-consistent`.
   *
   * @param options `rules` of your own, beside the built-in ones
   * @throws ConfigError for something that is no record
   */
  constructor(metrics: RunMetrics, options: JudgeOptions = {}) {
    checkOptions(options, { rules: 'list' }, 'Scorecard')
    this.metrics = checkRecord(metrics, 'Scorecard', options)
    this.scores = Object.freeze(this.metrics.pipeline_benchmark.scores)
    this.verdict = this.metrics.verdict
    this.validity = this.metrics.validity
    this.marks = this.metrics.pipeline_benchmark.marks
  }

  /** Every score with its unit, direction, formula and the inputs it was made from, so that it can be computed again. */
  get details(): readonly ScoreDetail[] {
    return scoreDetails(this.metrics, this.scores)
  }

  /** This run beside a baseline: every score, and what makes the two answer different questions. */
  compare(baseline: Scorecard | RunMetrics): ScorecardComparison {
    const other = baseline instanceof Scorecard ? baseline : new Scorecard(baseline)
    return new ScorecardComparison(this.metrics, other.metrics)
  }

  /** The verdict, the scores, each stage and each query, as aligned lines. */
  toString(): string {
    return this.toText()
  }

  /** The same for a terminal of so many columns: what it has no room for is left out, never wrapped. */
  toText(width = Number.POSITIVE_INFINITY): string {
    const { run_id, name, error_message } = this.metrics
    const unmet = this.validity.filter(rule => !rule.passed)
    const met = `${this.validity.length - unmet.length} of ${this.validity.length} validity rules met`
    return [
      `${plainText(name)} (${run_id}): ${this.verdict}`,
      error_message ? plainText(error_message) : '',
      this.scoreLines(width),
      this.reasonLines(),
      this.stageLines(width),
      this.queryLines(width),
      [
        met,
        ...unmet.map(rule => `  ${rule.rule}: ${plainText(rule.detail)}`),
        ...this.marks.map(({ mark, detail }) => `${mark}: ${plainText(detail)}`),
      ].join('\n'),
    ]
      .filter(block => block !== '')
      .join('\n\n')
  }

  /** Verdict, scores and rules as plain JSON. */
  toJSON(): {
    run_id: string
    name: string
    verdict: Verdict
    scores: Scores
    details: readonly ScoreDetail[]
    validity: readonly ValidityRule[]
    marks: readonly Mark[]
  } {
    const { run_id, name } = this.metrics
    const { verdict, scores, details, validity, marks } = this
    return { run_id, name, verdict, scores, details, validity, marks }
  }

  private scoreLines(width: number): string {
    const known = SCORES.filter(info => this.scores[info.name] !== null)
    const rows = known.flatMap(info => {
      const value = this.scores[info.name]!
      if (info.name === 'in_stream_composite_qph') return []
      return info.name === 'composite_qph'
        ? this.qphRows(value)
        : [[info.label, formatNumber(roundScore(info, value)), info.unit]]
    })
    return rows.length > 0 ? alignRows([['score', '', ''], ...rows], { width }) : ''
  }

  /** The kind by its name, as much of the number as its interval supports, and beside it what comparisons use. */
  private qphRows(qph: number): string[][] {
    const { benchmark } = this.metrics
    const interval = benchmark?.qph_interval ?? null
    const geometric = benchmark?.geometric_mean_seconds ?? null
    return [
      [qphLabel(benchmark?.qph_kind ?? null), qphText(qph, interval), intervalText(qph, interval)],
      ...(geometric === null
        ? []
        : [['geometric mean of the queries', formatNumber(geometric), 's']]),
    ]
  }

  /** Why a score that a reader looks for is not there. */
  private reasonLines(): string {
    const reasons = Object.entries(nullReasons(this.metrics, this.scores))
    return reasons.map(([name, reason]) => `no ${name}: ${plainText(reason)}`).join('\n')
  }

  private stageLines(width: number): string {
    const { jobs } = this.metrics
    if (jobs.length === 0) return ''
    const gib = (bytes: number | null) => formatNumber(bytes === null ? null : bytes / GIB)
    const rows = jobs.map(job => [
      plainText(job.job_name),
      formatNumber(job.elapsed_seconds),
      formatNumber(job.input_rows),
      formatNumber(job.output_rows),
      gib(job.bytes_read),
      gib(job.bytes_written),
      job.success ? (job.strategy ?? '') : this.outcomeOf(job.job_name),
    ])
    return alignRows(
      [['stage', 'seconds', 'rows in', 'rows out', 'GiB read', 'GiB written', ''], ...rows],
      {
        width,
        spare: [5, 4, 2, 3],
      },
    )
  }

  private outcomeOf(stage: string): string {
    const { stages } = this.metrics.pipeline_benchmark
    return stages.find(({ stage_name }) => stage_name === stage)?.status === 'aborted'
      ? 'ABORTED'
      : 'FAILED'
  }

  private queryLines(width: number): string {
    const { benchmark } = this.metrics
    if (!benchmark) return ''
    const rows = benchmark.queries.map(query => [
      query.name,
      formatNumber(query.engine_seconds),
      query.interval_seconds
        ? `${formatNumber(query.interval_seconds.low)} – ${formatNumber(query.interval_seconds.high)}`
        : '–',
      formatNumber(query.samples.length),
      formatNumber(query.rows_returned),
      query.success ? plainText(query.display_name) : 'FAILED',
    ])
    return [
      alignRows([['query', 'seconds', '95 %', 'samples', 'rows', ''], ...rows], {
        width,
        spare: [4, 3, 2],
      }),
      ...(benchmark.valid && benchmark.qph_reason
        ? [`no QpH: ${plainText(benchmark.qph_reason)}`]
        : []),
    ].join('\n')
  }
}

export type { Difference }

/** A score of two runs. */
export interface ComparedScore {
  /** Key of the score in the record. */
  readonly name: ScoreName
  /** Unit of both values; empty where they have none. */
  readonly unit: string
  /** Which way is better. */
  readonly direction: ScoreDirection
  /** Value of this run; null where it is unknown. */
  readonly a: number | null
  /** The baseline's. */
  readonly b: number | null
  /** a ÷ b; `null` where one is unknown or b is 0. */
  readonly ratio: number | null
}

/** Two runs side by side: every score, what differs exactly, and all that makes them answer different questions. */
export class ScorecardComparison {
  /** Both values of every score. */
  readonly scores: readonly ComparedScore[]
  /** Why the two cannot be compared; empty where they can. */
  readonly differences: readonly Difference[]
  /** Bytes, files, rows and findings that are not the same. Both runs are counted exactly, so one of each is enough. */
  readonly exact: readonly ExactDifference[]
  /** No differences. Says nothing of times. */
  readonly comparable: boolean
  /** Limit of a comparison of two single runs. */
  readonly note =
    'One run against one run does not judge times: nothing here says how much they vary between equal runs. Repeat both, in turns, before calling one faster.'

  constructor(a: RunMetrics, b: RunMetrics) {
    this.scores = compareScores(a, b)
    this.differences = findDifferences(a, b)
    this.exact = exactDifferences([runFacts(a)], [runFacts(b)])
    this.comparable = this.differences.length === 0
  }

  /** A table for the terminal. */
  toString(): string {
    const rows = this.scores.map(s => {
      const shown = (value: number | null) =>
        isQph(s.name) && value !== null ? qphText(value, null) : formatNumber(value)
      return [s.name, shown(s.a), shown(s.b), formatNumber(s.ratio), s.unit]
    })
    const differences = this.differences.map(d => `  ${d.what}: ${d.a} | ${d.b}`)
    return [
      alignRows([['score', 'a', 'b', 'a / b', 'unit'], ...rows]),
      this.comparable
        ? 'Same corpus, engines and answers.'
        : `Not comparable:\n${differences.join('\n')}`,
      ...(this.exact.length > 0
        ? [`Counted, and not the same:\n${this.exact.map(exactLine).join('\n')}`]
        : []),
      this.note,
    ].join('\n\n')
  }
}

const isQph = (name: ScoreName) => name.endsWith('composite_qph')

function exactLine({ what, unit, a, b }: ExactDifference): string {
  return `  ${what}: ${formatNumber(a[0])} | ${formatNumber(b[0])} ${unit}`
}

function compareScores(a: RunMetrics, b: RunMetrics): ComparedScore[] {
  const [of, baseline] = [computeScores(a), computeScores(b)]
  // A score of the other mode is unknown on both sides.
  const known = SCORES.filter(({ name }) => of[name] !== null || baseline[name] !== null)
  return known.map(({ name, unit, direction }) => {
    const [x, y] = [of[name], baseline[name]]
    return {
      name,
      unit,
      direction,
      a: x,
      b: y,
      ratio: x === null || y === null || y === 0 ? null : x / y,
    }
  })
}

/** A run that did not pass has numbers for no comparison, even against its like. */
function findDifferences(a: RunMetrics, b: RunMetrics): Difference[] {
  const unpassed = (['a', 'b'] as const)
    .filter(side => (side === 'a' ? a : b).verdict !== 'PASSED')
    .map(side => ({ what: `verdict of ${side}`, a: a.verdict, b: b.verdict }))
  return [...unpassed, ...differencesOf(runFacts(a), runFacts(b))]
}
