import type { RunMetrics } from '../../contracts/metrics'
import type {
  FoundDirt,
  LineageRecord,
  TableLayout,
  TableSums,
} from '../../contracts/table-metrics'
import { BATCH_JOBS, succeeded } from '../derive/jobs'
import type { Rule, RuleOutcome } from './rule'

type Role = 'bronze' | 'silver' | 'gold'

/** A record that says where its data came from: older ones do not, and a run that measured no table has nothing to say. */
interface Known extends RunMetrics {
  readonly lineage: LineageRecord
}

/** The stage of a batch that makes a table. */
const MADE_BY = { silver: 'silver-build', gold: 'gold-finalize' } as const
/** Kinds of stages that make no table. */
const NO_TABLES = new Set(['datagen', 'corpus-verify', 'benchmark'])
/** A daily revenue is rounded to cents; a sum over many doubles depends on their order. */
const CENT = 0.005
const RELATIVE = 1e-9

const known = (metrics: RunMetrics): metrics is Known => metrics.lineage !== null
const outcome = (faults: readonly string[], otherwise: string): RuleOutcome => ({
  passed: faults.length === 0,
  detail: faults.join('; ') || otherwise,
})
const layoutOf = ({ tables = {} }: RunMetrics, role: Role): TableLayout | undefined => tables[role]
const short = (digest: string) => digest.slice(0, 12)

/** Rules that tie numbers to the data that the record names; none applies where the record does not say. */
export const LINEAGE_RULES: readonly Rule[] = [
  {
    rule: 'tables-of-this-corpus',
    check: metrics => {
      const roles = measuredTables(metrics)
      if (!known(metrics) || roles.length === 0) return null
      const said = roles.map(role => ({
        what: role,
        corpus: layoutOf(metrics, role)?.corpus ?? null,
      }))
      // Where others bring the data of streams, there may be none when they begin.
      const silent = (metrics.continuous && metrics.corpus?.kind !== 'generated' ? [] : said)
        .filter(s => s.corpus === null)
        .map(s => `${s.what} does not say which corpus it was made from`)
      return outcome(
        [...silent, ...corpusFaults(metrics, said)],
        `${roles.join(' and ')} ${roles.length > 1 ? 'were' : 'was'} made from corpus ${said[0]?.corpus && short(said[0].corpus)}`,
      )
    },
  },
  {
    rule: 'same-input',
    check: metrics => (metrics.continuous ? streamedInput(metrics) : stagesInput(metrics)),
  },
  {
    rule: 'tables-of-this-run',
    check: metrics => {
      const roles = measuredTables(metrics)
      if (!known(metrics) || roles.length === 0) return null
      const claimed = claimedTables(metrics)
      const builder = (role: Role) => layoutOf(metrics, role)?.run_id ?? null
      const built = (role: Role) =>
        `${role} was built by ${builder(role) === null ? 'a run that it does not name' : `run ${builder(role)}`}`
      return outcome(
        claimed
          .filter(role => builder(role) !== metrics.run_id)
          .map(role => `${built(role)}, not by this one`),
        roles.map(built).join(', '),
      )
    },
  },
  {
    rule: 'silver-to-gold',
    check: metrics => {
      if (!known(metrics) || !measuredTables(metrics).includes('gold') || !comesToItsEnd(metrics))
        return null
      const [silver, gold] = [layoutOf(metrics, 'silver'), layoutOf(metrics, 'gold')]
      const [made, now] = [gold?.source_snapshot_id ?? null, silver?.rows_snapshot_id ?? null]
      const from =
        made === null
          ? 'gold does not say which silver it was made from'
          : `gold was made from silver's snapshot ${made}`
      return outcome(
        made !== null && made === now ? [] : [`${from}; silver's is ${now ?? 'not known'}`],
        from,
      )
    },
  },
  {
    rule: 'answers-agree',
    check: metrics => {
      if (!known(metrics) || !comesToItsEnd(metrics)) return null
      const roles = measuredTables(metrics)
      if (roles.length === 0) return null
      const faults = [
        ...roles.flatMap(role => layoutOf(metrics, role)?.faults ?? []),
        ...roles.flatMap(role => metadataFault(metrics, role)),
        ...reconciled(metrics, roles),
        ...answerFaults(metrics),
      ]
      const { silver } = metrics.lineage.sums
      return outcome(
        faults,
        `${silver?.rows} rows, ${silver?.dates} dates and a revenue of ${silver?.revenue} reconcile`,
      )
    },
  },
  {
    rule: 'found-what-was-planted',
    check: metrics => {
      const planted = metrics.corpus?.injected_dirt
      if (!known(metrics) || !planted || !countsDirt(metrics)) return null
      const counted = foundDirt(metrics)
      if (counted === null)
        return outcome(
          [`the dirt in the bronze table was not counted (${metrics.lineage.unknown.join('; ')})`],
          '',
        )
      const { format_findings, quality_flags } = counted
      const faults = Object.entries(planted).flatMap(([kind, rows]) => {
        const found = foundOf(kind, format_findings, quality_flags)
        return found === rows ? [] : [`${kind}: ${rows} rows planted, ${found ?? 'nothing'} found`]
      })
      return outcome(
        faults,
        `all ${Object.keys(planted).length} kinds of dirt were found as often as they were planted`,
      )
    },
  },
]

/** Stages of a batch that read raw files read the same ones, with the same rows. */
function stagesInput({ jobs }: RunMetrics): RuleOutcome | null {
  const readers = jobs.flatMap(({ job_name, raw_input }) =>
    raw_input ? [{ job_name, ...raw_input }] : [],
  )
  const [first] = readers
  if (!first) return null
  const took = ({ job_name, files, rows }: typeof first) =>
    `${job_name} read ${files} files with ${rows} rows`
  const same = readers.every(
    r => r.digest === first.digest && r.files === first.files && r.rows === first.rows,
  )
  const which = (r: typeof first) => `${took(r)} (${short(r.digest)})`
  return outcome(same ? [] : [readers.map(which).join(', ')], readers.map(took).join(', '))
}

/** The files that landed in bronze hold the rows that bronze has, and silver has read them. */
function streamedInput({ continuous, streaming }: RunMetrics): RuleOutcome | null {
  // A resumed run counts its own part only, and records of older versions name no landings.
  if (!continuous?.drained || continuous.resumed > 0 || continuous.landings.length === 0)
    return null
  const taken = continuous.landings.filter(l => l.bronze_batch !== null)
  const files = taken.reduce((sum, l) => sum + l.files, 0)
  const rows = taken.reduce((sum, l) => sum + (l.rows ?? 0), 0)
  const of = (name: string) =>
    streaming.find(s => s.job_name === name)?.unique_rows_processed ?? null
  const [bronze, silver] = [of('bronze-ingest'), of('silver-stream')]
  if (bronze === null || silver === null) return null
  const said = `${files} files with ${rows} rows landed, bronze took ${bronze}, silver read ${silver}`
  return outcome(bronze === rows && silver === rows ? [] : [said], said)
}

/** The tables that the numbers of a run are of: those that it made, and those that its queries read. */
function measuredTables({ jobs, benchmark, continuous }: RunMetrics): Role[] {
  if (continuous) return ['bronze', 'silver', 'gold']
  const made = (role: 'silver' | 'gold') => jobs.some(j => j.job_name === MADE_BY[role])
  const gold = made('gold') || (benchmark?.queries.some(q => q.name === 'Q9') ?? false)
  return [
    ...(made('silver') || gold || benchmark ? (['silver'] as const) : []),
    ...(gold ? (['gold'] as const) : []),
  ]
}

/**
 * Those that a run claims to have made. One that only asks queries claims none; one with stages before its queries claims all that
 * they read, also where a stage was taken out or put in the place of another.
 */
function claimedTables(metrics: RunMetrics): Role[] {
  const { jobs, benchmark, continuous, pipeline_benchmark } = metrics
  if (continuous) return measuredTables(metrics)
  const before = pipeline_benchmark.stages.findIndex(s => s.stage_name === 'benchmark')
  const builds = pipeline_benchmark.stages.some(
    (s, i) => i < before && !NO_TABLES.has(s.stage_name),
  )
  if (benchmark && builds) return measuredTables(metrics)
  return (['silver', 'gold'] as const).filter(role => jobs.some(j => j.job_name === MADE_BY[role]))
}

/** Streams that were stopped before all was taken through have tables that lag behind each other, as they say elsewhere. */
const comesToItsEnd = ({ continuous }: RunMetrics) => continuous === null || continuous.drained

/** Every corpus that the run met must be one, from the first stage to the end. */
function corpusFaults(
  metrics: Known,
  tables: readonly { what: string; corpus: string | null }[],
): string[] {
  const { corpus, jobs, continuous, lineage } = metrics
  const lying = corpus && named(corpus)
  const [first] = tables
  const differing = tables.filter(
    t => t.corpus !== null && first!.corpus !== null && t.corpus !== first!.corpus,
  )
  const faults = differing.map(
    t =>
      `${t.what} was made from corpus ${short(t.corpus!)}, ${first!.what} from ${short(first!.corpus!)}`,
  )
  // What others put there while streams take it in is another corpus at its end.
  if (corpus === null || (continuous && corpus.kind === 'foreign')) return faults
  const same = (digest: string | null) =>
    digest === corpus.digest || (digest !== null && digest === corpus.identity)
  for (const { what, corpus: of } of tables)
    if (of !== null && !same(of))
      faults.push(`${what} was made from corpus ${short(of)}; the record is of ${lying}`)
  if (continuous) return faults
  for (const { job_name, corpus: of } of jobs)
    if (BATCH_JOBS.includes(job_name) && of !== null && !same(of))
      faults.push(`${job_name} read corpus ${short(of)}; the record is of ${lying}`)
  if (!same(lineage.corpus_at_end))
    faults.push(
      `when the stages were over ${lineage.corpus_at_end === null ? 'no whole corpus' : `corpus ${short(lineage.corpus_at_end)}`} lay there; the record is of ${lying}`,
    )
  return faults
}

const named = ({ digest, scale, seed }: NonNullable<RunMetrics['corpus']>) =>
  scale === null ? short(digest) : `${short(digest)} (scale ${scale}, seed ${seed})`

/** The rows that were counted against those that the table's metadata counts. */
function metadataFault(metrics: Known, role: Role): string[] {
  const [sums, layout] = [metrics.lineage.sums[role], layoutOf(metrics, role)]
  if (role === 'bronze' || !sums || !layout || sums.rows === layout.rows) return []
  return [`${role} has ${sums.rows} rows, its files claim ${layout.rows}`]
}

function reconciled(
  { lineage: { sums, unknown }, continuous, jobs }: Known,
  roles: readonly Role[],
): string[] {
  const { bronze, silver, gold } = sums
  const missing = roles.filter(role => sums[role] === null)
  if (missing.length > 0)
    return [`the sums over ${missing.join(' and ')} are not known (${unknown.join('; ')})`]
  // Raw data that is not there any more makes no table wrong; a run that made silver has it.
  const raw = bronze === null && !continuous && jobs.some(j => j.job_name === 'silver-build')
  return [
    ...(raw ? [`the sums over bronze are not known (${unknown.join('; ')})`] : []),
    ...(bronze && silver ? differences('bronze', bronze, 'silver', silver, ['rows']) : []),
    ...(silver && gold && roles.includes('gold')
      ? differences('silver', silver, 'gold', gold, [])
      : []),
    ...(gold && roles.includes('gold') && gold.rows !== gold.dates
      ? [`gold has ${gold.rows} rows for ${gold.dates} dates`]
      : []),
  ]
}

function differences(
  a: string,
  x: TableSums,
  b: string,
  y: TableSums,
  further: readonly 'rows'[],
): string[] {
  const counted = ([...further, 'dates'] as const).filter(of => x[of] !== y[of])
  const revenue = sameAmount(x.revenue, y.revenue, y.dates)
    ? []
    : [`a revenue of ${x.revenue}, ${b} of ${y.revenue}`]
  return [...counted.map(of => `${x[of]} ${of}, ${b} ${y[of]}`), ...revenue].map(
    text => `${a} has ${text}`,
  )
}

/** `null` is a sum that is no finite number. */
function sameAmount(a: number | null, b: number | null, roundings: number): boolean {
  if (a === null || b === null) return a === b
  return (
    Math.abs(a - b) <=
    Math.max(CENT * (roundings + 1), RELATIVE * Math.max(Math.abs(a), Math.abs(b)))
  )
}

/** Q1 counts silver for itself. */
function answerFaults({ benchmark, continuous, lineage: { sums } }: Known): string[] {
  const answer = benchmark?.queries.find(q => q.name === 'Q1')?.answer
  if (!answer || continuous || !sums.silver) return []
  const { rows, revenue } = sums.silver
  const { total_records, total_revenue } = answer
  return [
    ...(Number(total_records) === rows
      ? []
      : [`Q1 counts ${total_records} rows, silver has ${rows}`]),
    ...(total_revenue === null || sameAmount(finite(total_revenue), revenue, 1)
      ? []
      : [`Q1 finds a revenue of ${total_revenue}, silver has ${revenue}`]),
  ]
}

const finite = (value: unknown): number | null =>
  Number.isFinite(Number(value)) ? Number(value) : null

/** Verification of a batch counts it; of streams it is counted at the end, and is the corpus's where they took in all of that. */
const countsDirt = ({ jobs, continuous }: Known): boolean =>
  continuous
    ? continuous.drained && continuous.quarantined.length === 0
    : succeeded(jobs, 'bronze-verify')?.job_type === 'batch'

const foundDirt = ({
  jobs,
  continuous,
  lineage,
}: Known): Partial<Record<keyof FoundDirt, unknown>> | null =>
  continuous ? lineage.found : (succeeded(jobs, 'bronze-verify')?.measurements ?? null)

const FLAG = 'quality_flag_'

function foundOf(kind: string, findings: unknown, flags: unknown): number | null {
  const [counts, name] = kind.startsWith(FLAG) ? [flags, kind.slice(FLAG.length)] : [findings, kind]
  const found =
    typeof counts === 'object' && counts !== null
      ? (counts as Record<string, unknown>)[name]
      : undefined
  // A flag that no row has is no row of its count.
  return typeof found === 'number' ? found : kind.startsWith(FLAG) && counts ? 0 : null
}
