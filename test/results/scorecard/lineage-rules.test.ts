import { describe, expect, it } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import type { LineageRecord, TableLayout, TableSums } from '../../../src/contracts/table-metrics'
import { assess } from '../../../src/results/scorecard/judge'
import { window, windowInput } from '../../support/window-records'
import { benchmark, corpus, query, record, withJob, withoutJobs } from './records'

const RULES = [
  'tables-of-this-corpus',
  'tables-of-this-run',
  'silver-to-gold',
  'answers-agree',
  'found-what-was-planted',
]
const RUN = record().run_id

const table = (more: Partial<TableLayout> = {}): TableLayout => ({
  snapshot_id: '1',
  rows_snapshot_id: '1',
  run_id: RUN,
  corpus: 'abc',
  source_snapshot_id: null,
  faults: [],
  files: 1,
  rows: 98_000,
  bytes: 1,
  partitioned_by: null,
  partitions: null,
  smallest_file_bytes: 1,
  median_file_bytes: 1,
  largest_file_bytes: 1,
  ...more,
})
const GOLD = { snapshot_id: '2', rows_snapshot_id: '2', source_snapshot_id: '1', rows: 366 }
const sums = (more: Partial<TableSums> = {}): TableSums => ({
  rows: 98_000,
  dates: 366,
  revenue: 1000.5,
  ...more,
})
const answer = { total_records: 98_000, total_revenue: 1000.5 }

/** A sound run that says where its data came from. */
function known(more: Partial<RunMetrics> = {}): RunMetrics {
  const base = record({
    corpus: corpus({
      injected_dirt: { email_double_at: 7, quality_flag_clean: 90, quality_flag_rare: 0 },
    }),
    tables: { silver: table(), gold: table(GOLD) },
    benchmark: benchmark({ queries: [query('Q1', { answer }), query('Q9')] }),
    lineage: {
      corpus_at_end: 'abc',
      sums: { bronze: sums(), silver: sums(), gold: sums({ rows: 366, revenue: 1000.49 }) },
      found: null,
      unknown: [],
    },
    ...more,
  })
  const { measurements } = base.jobs.find(j => j.job_name === 'bronze-verify')!
  const found = { format_findings: { email_double_at: 7 }, quality_flags: { clean: 90 } }
  return withJob(
    'bronze-verify',
    { corpus: 'abc', measurements: { ...measurements, ...found } },
    base,
  )
}

const outcomes = (metrics: RunMetrics) =>
  assess(metrics).validity.filter(r => RULES.includes(r.rule))
const unmet = (metrics: RunMetrics) =>
  outcomes(metrics)
    .filter(r => !r.passed)
    .map(r => `${r.rule}: ${r.detail}`)
const tables = (
  silver: Partial<TableLayout>,
  gold: Partial<TableLayout> = {},
): Partial<RunMetrics> => ({
  tables: { silver: table(silver), gold: table({ ...GOLD, ...gold }) },
})
const withSums = (
  change: Partial<Record<'bronze' | 'silver' | 'gold', TableSums | null>>,
): RunMetrics => {
  const base = known()
  return { ...base, lineage: { ...base.lineage!, sums: { ...base.lineage!.sums, ...change } } }
}
/** Only the queries, as `benchmark` records them. */
const queriesAlone = (metrics: RunMetrics) =>
  withoutJobs(['datagen', 'bronze-verify', 'silver-build', 'gold-finalize'], metrics)

describe('a sound run', () => {
  it('meets all five, each with its numbers', () => {
    expect(unmet(known())).toEqual([])
    expect(outcomes(known()).map(r => r.rule)).toEqual(RULES)
  })

  it('of a version that does not say is not asked', () => {
    expect(outcomes(known({ lineage: null }))).toEqual([])
  })

  it('that measured no table is not asked', () => {
    expect(outcomes(queriesAlone(known({ benchmark: null })))).toEqual([])
  })

  it('of the queries alone names the run that built the tables', () => {
    const alone = queriesAlone(known(tables({ run_id: 'r1' }, { run_id: 'r2' })))
    expect(unmet(alone)).toEqual([])
    const [, builders] = outcomes(alone)
    expect(builders!.detail).toBe('silver was built by run r1, gold was built by run r2')
  })

  it('of the queries alone needs no raw data', () => {
    const alone = queriesAlone(known({ corpus: null }))
    const { lineage } = withSums({ bronze: null })
    expect(unmet({ ...alone, lineage: { ...lineage!, corpus_at_end: null } })).toEqual([])
  })
})

it.each([
  [
    'silver of another corpus',
    known(tables({ corpus: 'xyz' })),
    'silver was made from corpus xyz; the record is of abc',
  ],
  [
    'gold of another corpus',
    known(tables({}, { corpus: 'xyz' })),
    'gold was made from corpus xyz, silver from abc',
  ],
  [
    'a table that does not say',
    known(tables({ corpus: null })),
    'silver does not say which corpus',
  ],
  ['no table at all', known({ tables: {} }), 'silver does not say which corpus'],
  [
    'a stage that read another',
    withJob('silver-build', { corpus: 'xyz' }, known()),
    'silver-build read corpus xyz',
  ],
  [
    'another at the end',
    known({ lineage: { ...known().lineage!, corpus_at_end: 'xyz' } }),
    'corpus xyz lay there',
  ],
  [
    'none at the end',
    known({ lineage: { ...known().lineage!, corpus_at_end: null } }),
    'no whole corpus lay there',
  ],
])('tables-of-this-corpus: %s', (_, metrics, detail) => {
  expect(unmet(metrics).join()).toContain(`tables-of-this-corpus: `)
  expect(unmet(metrics).join()).toContain(detail)
  expect(assess(metrics).verdict).toBe('INVALID')
})

it('the identity of a corpus that streams took in names it as well as its digest', () => {
  const both = tables({ corpus: 'identity' }, { corpus: 'identity' })
  expect(unmet(known({ ...both, corpus: corpus({ identity: 'identity' }) }))).toEqual([])
})

describe('tables-of-this-run', () => {
  const older = tables({}, { run_id: 'older' })
  const not = 'tables-of-this-run: gold was built by run older, not by this one'
  it('asks for the table that a stage made', () => expect(unmet(known(older))).toEqual([not]))
  it('asks for what queries read after stages, where the one that makes it was left out', () =>
    expect(unmet(withoutJobs(['gold-finalize'], known(older)))).toEqual([not]))
  it('asks a single stage for its own table only', () => {
    const gold = withoutJobs(
      ['bronze-verify', 'silver-build', 'benchmark'],
      known({ ...tables({ run_id: 'older' }), benchmark: null }),
    )
    expect(unmet(gold)).toEqual([])
  })
})

it.each([
  [
    'of an older silver',
    tables({ snapshot_id: '3', rows_snapshot_id: '3' }),
    "gold was made from silver's snapshot 1; silver's is 3",
  ],
  ['that does not say', tables({}, { source_snapshot_id: null }), 'gold does not say'],
])('silver-to-gold: gold %s', (_, more, detail) => {
  expect(unmet(known(more))).toEqual([expect.stringContaining(detail)])
})

it('silver-to-gold: a compaction of silver changes none of its rows', () => {
  expect(unmet(known(tables({ snapshot_id: '9', rows_snapshot_id: '1' })))).toEqual([])
})

it.each([
  [
    'rows lost below the metadata',
    withSums({ silver: sums({ rows: 49_000 }) }),
    'silver has 49000 rows, its files claim 98000',
  ],
  [
    'a file that was changed',
    known(tables({ faults: ['f has 1 rows, not 2'] })),
    'f has 1 rows, not 2',
  ],
  [
    'other rows than bronze',
    withSums({ bronze: sums({ rows: 98_001 }) }),
    'bronze has 98001 rows, silver 98000',
  ],
  [
    'other amounts than bronze',
    withSums({ bronze: sums({ revenue: 990 }) }),
    'bronze has a revenue of 990, silver of 1000.5',
  ],
  [
    'dates lost on the way to gold',
    withSums({ gold: sums({ rows: 365, dates: 365 }) }),
    'silver has 366 dates, gold 365',
  ],
  [
    'a date twice in gold',
    withSums({ gold: sums({ rows: 367, dates: 366 }) }),
    'gold has 367 rows for 366 dates',
  ],
  [
    'other amounts in gold',
    withSums({ gold: sums({ rows: 366, revenue: 1010 }) }),
    'silver has a revenue of 1000.5, gold of 1010',
  ],
  [
    'an infinite amount on one side',
    withSums({ gold: sums({ rows: 366, revenue: null }) }),
    'gold of null',
  ],
  ['sums that nobody has', withSums({ silver: null }), 'the sums over silver are not known'],
  [
    'an answer of other rows',
    known({
      benchmark: benchmark({
        queries: [query('Q1', { answer: { ...answer, total_records: 1 } }), query('Q9')],
      }),
    }),
    'Q1 counts 1 rows, silver has 98000',
  ],
  [
    'an answer of other amounts',
    known({
      benchmark: benchmark({
        queries: [query('Q1', { answer: { ...answer, total_revenue: 1 } }), query('Q9')],
      }),
    }),
    'Q1 finds a revenue of 1',
  ],
])('answers-agree: %s', (_, metrics, detail) => {
  expect(unmet(metrics)).toEqual([expect.stringContaining(`answers-agree: `)])
  expect(unmet(metrics).join()).toContain(detail)
})

it('answers-agree: sums that are no finite number agree with their like', () => {
  const none = sums({ revenue: null })
  const run = withSums({ bronze: none, silver: none, gold: { ...none, rows: 366 } })
  expect(unmet({ ...run, benchmark: benchmark() })).toEqual([])
})

it.each([
  [
    'more than planted',
    { email_double_at: 8 },
    { clean: 90 },
    'email_double_at: 7 rows planted, 8 found',
  ],
  ['less', { email_double_at: 7 }, { clean: 89 }, 'quality_flag_clean: 90 rows planted, 89 found'],
  ['not looked for', {}, { clean: 90 }, 'email_double_at: 7 rows planted, nothing found'],
  [
    'a flag that nobody planted',
    { email_double_at: 7 },
    { clean: 90, rare: 1 },
    'quality_flag_rare: 0 rows planted, 1 found',
  ],
])('found-what-was-planted: %s', (_, format_findings, quality_flags, detail) => {
  const { measurements } = known().jobs.find(j => j.job_name === 'bronze-verify')!
  const run = withJob(
    'bronze-verify',
    { measurements: { ...measurements, format_findings, quality_flags } },
    known(),
  )
  expect(unmet(run)).toEqual([`found-what-was-planted: ${detail}`])
})

describe('found-what-was-planted over streams', () => {
  const found = { format_findings: { email_double_at: 7 }, quality_flags: { clean: 90 } }
  const streamed = (
    change: Partial<LineageRecord> = {},
    end: Parameters<typeof window>[0] = {},
  ) => {
    const lineage = { ...known().lineage!, found, ...change }
    return record({
      ...known(),
      ...windowInput({ continuous: window(end) }),
      mode: 'continuous',
      jobs: [],
      lineage,
    })
  }
  const said = (metrics: RunMetrics) =>
    outcomes(metrics).flatMap(r =>
      r.rule === 'found-what-was-planted' ? [[r.passed, r.detail]] : [],
    )

  it('asks for what was counted in the bronze table', () => {
    expect(said(streamed())).toEqual([
      [true, 'all 3 kinds of dirt were found as often as they were planted'],
    ])
    const less = { ...found, format_findings: { email_double_at: 6 } }
    expect(said(streamed({ found: less }))).toEqual([
      [false, 'email_double_at: 7 rows planted, 6 found'],
    ])
  })

  it('is not met where nobody could count', () => {
    const failed = streamed({ found: null, unknown: ['findings: the store is away'] })
    const detail = 'the dirt in the bronze table was not counted (findings: the store is away)'
    expect(said(failed)).toEqual([[false, detail]])
  })

  it.each([
    ['not taken through to their end', streamed({}, { drained: false })],
    [
      'that left a file out',
      streamed({}, { quarantined: [{ file: 'f', reason: 'no Parquet', at: 1 }] }),
    ],
    ['over data of others', { ...streamed(), corpus: corpus({ injected_dirt: null }) }],
    ['of a version that does not say', { ...streamed(), lineage: null }],
  ])('does not ask streams %s', (_, metrics) => expect(said(metrics)).toEqual([]))

  it('of a resumed run compares the whole table with the whole corpus', () =>
    expect(said(streamed({}, { resumed: 1 }))).toHaveLength(1))
})
