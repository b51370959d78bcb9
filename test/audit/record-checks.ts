import { cpus } from 'node:os'
import type { RunMetrics } from '../../src/contracts/metrics'
import type { Audit } from './audit'
import type { Event, TableFacts } from './batch-facts'
import type { IcebergTable } from './iceberg-tables'
import { GIB, middle, secondsOf, sumOf } from './numbers'
import { checkPlan } from './plan-checks'

/** How much the clocks of two statements of one process may be apart: dates have milliseconds. */
const MILLISECOND = 0.001

/** What a batch record and a continuous one have in common. */
export function checkRecord(audit: Audit, metrics: RunMetrics, facts: TableFacts): void {
  checkCorpus(audit, facts)
  checkTables(audit, metrics, facts)
  checkLineage(audit, metrics, facts)
  checkPruning(audit, metrics, facts)
  checkEnvironment(audit, facts)
  checkPlan(audit)
  checkStages(audit, metrics, facts.events)
  audit.same('schema_version', 3)
  audit.same('resumed', 0)
  audit.leave(
    /^config_snapshot\./,
    'a setting; what the product makes of it is audited where it is used',
  )
}

function checkCorpus(audit: Audit, { raw, raw_sizes }: TableFacts): void {
  audit.same('corpus.rows', raw.rows)
  audit.same('corpus.files', raw_sizes.length)
  audit.same('corpus.bytes', sumOf(raw_sizes))
  audit.same('corpus.digest', raw.digest)
  // A window that was too slow makes fewer than were meant; its corpus is not complete then.
  const meant = audit.at('corpus.parameters.complete')
    ? raw.rows
    : audit.at('continuous.producer.planned_rows')
  audit.same('corpus.parameters.rows', meant)
  audit.same('corpus.parameters.rows_per_file', raw.rows_of[0]!)
  const [first] = raw.rows_of
  audit.claim(
    'every file but the last is full',
    raw.rows_of.slice(0, -1).every(rows => rows === first),
    raw.rows_of,
  )
  // Of each kind that is put in, as many as can be found in the text.
  const injected = audit
    .below('corpus.injected_dirt')
    .map(path => path.slice('corpus.injected_dirt.'.length))
  for (const kind of injected) audit.same(`corpus.injected_dirt.${kind}`, dirtOf(raw, kind))
  audit.claim('every kind of dirt of the workload is counted', injected.length >= 17, injected)
  audit.leave(/^corpus\.generator_version$/, 'a version')
  audit.same('corpus.seed', audit.at('config_snapshot.architecture.workload.datagen.seed'))
  for (const name of ['seed', 'dirty_data_ratio', 'zipf_exponent', 'date_skew'])
    audit.same(
      `corpus.parameters.${name}`,
      audit.at(`config_snapshot.architecture.workload.datagen.${name}`),
    )
  audit.same('corpus.parameters.scale', audit.at('corpus.scale'))
  const scale = audit.number('config_snapshot.architecture.workload.datagen.scale')
  audit.same('corpus.parameters.customers', Math.max(1000, Math.round(100_000 * scale)))
  audit.claim(
    'there are as many customers at most',
    raw.customers <= audit.number('corpus.parameters.customers'),
  )
}

/** Rows with dirt of this kind, as the raw text shows it. */
export const dirtOf = (raw: TableFacts['raw'], kind: string): number =>
  (kind.startsWith('quality_flag_')
    ? raw.flags[kind.slice('quality_flag_'.length)]
    : raw.findings[kind]) ?? 0

function checkTables(audit: Audit, metrics: RunMetrics, facts: TableFacts): void {
  const { silver_table, gold_table, silver, gold } = facts
  checkLayout(audit, 'silver', silver_table, silver.rows)
  checkLayout(audit, 'gold', gold_table, gold.rows)
  audit.claim(
    'silver has the rows that its filter keeps',
    silver.missing === 0 && silver.surplus === 0,
    silver,
  )
  audit.claim(
    'silver has what its definition makes of raw rows',
    same(silver.mismatches, {}),
    silver.mismatches,
  )
  audit.claim('gold has silver’s dates', gold.missing === 0 && gold.surplus === 0, gold)
  audit.claim(
    'gold has what its definition makes of silver',
    same(gold.mismatches, {}),
    gold.mismatches,
  )
  audit.claim('gold has no further column', gold.further.length === 0, gold.further)
  for (const table of [silver_table, gold_table]) {
    const summary = lastWrite(table)?.summary
    audit.claim(
      'the rows are of this run',
      summary?.['lakebench.run-id'] === metrics.run_id,
      summary,
    )
  }
}

/** The snapshot that last changed the rows; compactions come after it. */
const lastWrite = ({ snapshots, current }: IcebergTable) =>
  snapshots.findLast(s => s.sequence <= current.sequence && s.summary.operation !== 'replace')

export function checkLayout(
  audit: Audit,
  role: string,
  { current, partitioned_by }: IcebergTable,
  rows: number,
): void {
  const sizes = current.files.map(file => file.bytes)
  const at = `tables.${role}`
  audit.same(`${at}.snapshot_id`, current.id)
  audit.same(`${at}.files`, sizes.length)
  audit.same(`${at}.rows`, rows)
  audit.same(`${at}.bytes`, sumOf(sizes))
  audit.same(`${at}.partitioned_by`, partitioned_by)
  const partitions = new Set(current.files.map(file => file.partition)).size
  audit.same(`${at}.partitions`, partitioned_by === null ? null : partitions)
  audit.same(`${at}.smallest_file_bytes`, Math.min(...sizes))
  audit.same(`${at}.median_file_bytes`, middle(sizes))
  audit.same(`${at}.largest_file_bytes`, Math.max(...sizes))
  const wrong = current.files.filter(file => file.bytes !== file.recorded.bytes)
  audit.claim(`${role}’s manifests have the sizes of its files`, wrong.length === 0, wrong)
  audit.claim(
    `${role}’s manifests have its rows`,
    sumOf(current.files.map(f => f.recorded.rows)) === rows,
  )
}

/** What the tables say that they were made from, and the sums that must reconcile. */
function checkLineage(
  audit: Audit,
  metrics: RunMetrics,
  { raw, silver_table, gold_table, sums }: TableFacts,
): void {
  // Of streams the identity, since their corpus still grows.
  const corpus = metrics.mode === 'batch' ? raw.digest : audit.at('corpus.identity')
  for (const [role, table] of Object.entries({ silver: silver_table, gold: gold_table })) {
    audit.same(`tables.${role}.run_id`, metrics.run_id)
    audit.same(`tables.${role}.rows_snapshot_id`, lastWrite(table)?.id ?? '')
    audit.same(`tables.${role}.corpus`, corpus)
  }
  audit.same('tables.gold.source_snapshot_id', lastWrite(silver_table)?.id ?? '')
  audit.same('lineage.corpus_at_end', raw.digest)
  audit.sameAll('lineage.sums', sums)
  // A batch verifies its raw files; of streams the same is counted in bronze.
  const found = { format_findings: raw.findings, quality_flags: raw.flags }
  audit.sameAll('lineage.found', metrics.mode === 'continuous' ? found : null)
}

/** Of the queries with a window of dates: files whose dates touch it. */
function checkPruning(
  audit: Audit,
  metrics: RunMetrics,
  { silver_dates, first_months }: TableFacts,
): void {
  const needed = silver_dates.filter(
    file => file.first < first_months.to && file.last >= first_months.from,
  )
  audit.claim(
    'pruning is told of Q2 alone',
    same(
      metrics.pruning?.map(p => p.query),
      ['Q2'],
    ),
    metrics.pruning,
  )
  audit.same('pruning[Q2].files', silver_dates.length)
  audit.same('pruning[Q2].files_needed', needed.length)
  audit.same('pruning[Q2].bytes', sumOf(silver_dates.map(file => file.bytes)))
  audit.same('pruning[Q2].bytes_needed', sumOf(needed.map(file => file.bytes)))
}

function checkEnvironment(audit: Audit, { machine }: TableFacts): void {
  audit.same('environment.cores', machine.cores)
  audit.same('environment.machine_cores', machine.cores)
  audit.same('environment.memory_bytes', machine.memory)
  audit.between(
    'environment.memory_limit_bytes',
    2 ** 20,
    machine.memory,
    'the memory of the machine',
  )
  audit.same('plan.capacity.cores', machine.cores)
  audit.between('plan.capacity.memory', 2 ** 20, machine.memory, 'the memory of the machine')
  audit.same('plan.capacity.largest_node.cores', machine.cores)
  audit.same('plan.capacity.largest_node.memory', audit.at('plan.capacity.memory'))
  const threads = machine.cores
  audit.same('plan.embedded.threads', threads)
  // A GiB a thread, of what 70 % of the memory allows.
  audit.same(
    'plan.embedded.memory',
    Math.floor(Math.min(threads * GIB, 0.7 * audit.number('plan.capacity.memory'))),
  )
  audit.same('environment.engine.details.threads', threads)
  audit.same('environment.engine.details.memory', audit.at('plan.embedded.memory'))
}

/** One beginning and one end of each stage in the events, with the record's durations. */
function checkStages(audit: Audit, metrics: RunMetrics, events: readonly Event[]): void {
  const { stages } = metrics.pipeline_benchmark
  const of = (name: string) => events.filter(e => e.event === name)
  for (const name of ['stage:start', 'stage:end'])
    audit.claim(
      `${name} is told once of each stage`,
      same(
        of(name).map(e => e.stage),
        stages.map(s => s.stage_name),
      ),
    )
  for (const { stage_name, start_time } of stages) {
    const at = `pipeline_benchmark.stages[${stage_name}]`
    const [begin, end] = ['stage:start', 'stage:end'].map(n =>
      of(n).find(e => e.stage === stage_name),
    )
    audit.same(`${at}.elapsed_seconds`, Number(end?.duration_ms) / 1000)
    const off = secondsOf(start_time) - secondsOf(begin?.at)
    audit.claim(`${stage_name} begins with its event`, Math.abs(off) <= 0.05, off)
    checkConditions(audit, at, metrics)
  }
  const elapsed = sumOf(stages.map(stage => stage.elapsed_seconds))
  audit.rounded('pipeline_benchmark.scores.total_elapsed_seconds', elapsed, 2)
  const wall = secondsOf(metrics.end_time) - secondsOf(metrics.start_time)
  audit.between(
    'total_elapsed_seconds',
    elapsed,
    wall + 2 * MILLISECOND + 0.02 * wall,
    'Σ of the stages; end − start',
  )
  audit.between(
    'orchestration_seconds',
    0,
    metrics.total_elapsed_seconds - elapsed,
    'the run less its stages',
  )
  const [start, done] = [of('run:start'), of('run:end')]
  audit.claim('the run begins and ends once in the events', start.length === 1 && done.length === 1)
  const told = Number(done[0]?.duration_ms) / 1000
  audit.claim(
    'the run takes no longer than its event says',
    metrics.total_elapsed_seconds <= told,
    told,
  )
}

/** Counters of the system, which cannot have counted more than all processors in the time that there was. */
function checkConditions(audit: Audit, stage: string, metrics: RunMetrics): void {
  const cores = audit.number(`${stage}.conditions.cores`)
  audit.same(`${stage}.conditions.cores`, cpus().length)
  const most = Math.max(process.uptime(), metrics.total_elapsed_seconds) + 1
  for (const span of ['before', 'during']) {
    const at = `${stage}.conditions.${span}`
    for (const path of audit.below(at)) {
      // Tasks that wait are as many as there are threads on the machine.
      const limit = /load_1m|run_queue/.test(path) ? 10_000 * most : cores * most
      if (audit.at(path) !== null)
        audit.between(path, 0, limit, 'all processors since this process began')
    }
  }
}

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
