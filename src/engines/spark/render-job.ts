import type { PartitionGranularity } from '../../contracts/choices'
import type { GoldFinalizeJob, SilverBuildJob } from '../../contracts/jobs'
import { CORPUS, type CountOptions, RUN_ID } from '../../contracts/lineage'
import type { TableRole } from '../../contracts/tables'
import { MIB } from '../../shared/format'
import { SPARK } from '../../workload/dialects/spark'
import { renderTableFingerprint } from '../../workload/fingerprint'
import { GOLD_COLUMNS } from '../../workload/gold-kpis'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { renderGold, renderSilver } from '../../workload/render'
import { SILVER_COLUMNS, SILVER_FILTER } from '../../workload/silver-columns'
import { type Counted, renderSums } from '../../workload/sums'
import { CHECKED_COLUMNS, type RenderedVerifyScans, renderProfile } from '../../workload/verify'
import type { JobDocument, JobHead, TableReference } from './job-document'
import { RAW_COLUMN_TYPES } from './raw-types'
import { type TaskResources, writeProperties, writeSettings, writeStrategy } from './write-strategy'

/** A table as the engine writes it: its name in Spark's catalog, and where it lies when we decide that. */
export interface SparkTable extends TableReference {
  readonly location: string | null
}

type Document<J extends JobDocument['job']> = Extract<JobDocument, { job: J }>
type RawFiles = Document<'profile'>['raw']['files']

const GOLD_TARGET_FILE_SIZE = 128 * MIB
/** Distinct values of so many rows fit in memory several times over. */
const SMALL_DATE_ROWS = 1_000_000

/** Columns whose values hardly repeat: a dictionary would be built and thrown away, and bounds of random text help nobody. */
const NO_DICTIONARY = [
  ...'id row_id event_timestamp event_id session_id customer_id email_raw phone_raw product_id ip_address zip_code'.split(
    ' ',
  ),
  ...'transaction_amount cart_value support_ticket_id session_fingerprint interaction_payload'.split(
    ' ',
  ),
  ...'email_clean phone_clean lifetime_value_estimate engagement_velocity'.split(' '),
]
/** Column that both tables may be partitioned by. */
const DATE_COLUMN = 'interaction_date'
const UNREAD = 'interaction_payload'

/**
 * Parquet of both tables. zstd level 1 halves the payload at next to no cost. The last four decide most of the time that a write
 * takes: dictionaries of unique values, and statistics of a 4 KB column.
 */
export const PARQUET: Readonly<Record<string, string>> = {
  'format-version': '2',
  'write.parquet.compression-codec': 'zstd',
  'write.parquet.compression-level': '1',
  'write.distribution-mode': 'none',
  'write.spark.fanout.enabled': 'true',
}
/** Parquet settings of the tables that carry the payload. */
export const WIDE_PARQUET: Readonly<Record<string, string>> = {
  ...PARQUET,
  ...Object.fromEntries(
    NO_DICTIONARY.map(c => [`write.parquet.dict-encoding-enabled.column.${c}`, 'false']),
  ),
  [`write.parquet.stats-enabled.column.${UNREAD}`]: 'false',
  [`write.metadata.metrics.column.${UNREAD}`]: 'counts',
}
/** The jobs cluster the rows themselves, where they want that. */
export const WRITE_OPTIONS = { 'distribution-mode': 'none', 'fanout-enabled': 'true' }

const raw = (files: RawFiles) => ({ files: [...files], columns: [...RAW_COLUMN_TYPES] })

export function bronzeVerifyDocument(
  head: JobHead,
  files: RawFiles,
  scans: RenderedVerifyScans,
): Document<'bronze-verify'> {
  return {
    ...head,
    job: 'bronze-verify',
    raw: raw(files),
    content_sql: scans.contentSql,
    keys_sql: scans.keysSql,
    footer_null_columns: RAW_COLUMNS.map(c => c.name).filter(
      name => !CHECKED_COLUMNS.includes(name),
    ),
  }
}

export interface SilverWrite {
  readonly job: SilverBuildJob
  /** Digest of the raw data as it lies. */
  readonly corpus: string | null
  readonly resources: TaskResources
}

export function silverBuildDocument(
  head: JobHead,
  files: RawFiles,
  table: SparkTable,
  { job, corpus, resources }: SilverWrite,
): Document<'silver-build'> {
  const context = { dataClock: job.data_clock, processedAt: job.processed_at }
  return {
    ...head,
    job: 'silver-build',
    raw: raw(files),
    select: renderSilver(SPARK, context, { source: '{raw}', where: '{where}' }),
    filter: SILVER_FILTER,
    target: {
      ...table,
      partition: partitionOf(job.partitioning.granularity),
      properties: { ...WIDE_PARQUET, ...writeProperties(job, resources) },
    },
    strategy: writeStrategy(job, resources),
    settings: writeSettings(job, resources),
    write_options: WRITE_OPTIONS,
    snapshot_properties: {
      [RUN_ID]: job.run_id,
      ...(corpus !== null && { [CORPUS]: corpus }),
      'lakebench.ingested-at': job.processed_at,
      'lakebench.data-clock': job.data_clock,
      'lakebench.strategy': job.strategy.strategy,
    },
  }
}

export interface GoldWrite {
  readonly job: GoldFinalizeJob
  /** Tables that this run made, gold among them, and what is counted when it is there. */
  readonly made: readonly Exclude<TableRole, 'bronze'>[]
  readonly fingerprintLimit: number
  readonly sources: Document<'sums'>['sources']
}

export function goldFinalizeDocument(
  head: JobHead,
  { silver, gold }: Readonly<Record<'silver' | 'gold', SparkTable>>,
  { job, made, fingerprintLimit, sources }: GoldWrite,
): Document<'gold-finalize'> {
  const tables = { silver, gold }
  return {
    ...head,
    job: 'gold-finalize',
    silver: reference(silver),
    ...goldSelects(),
    target: {
      ...gold,
      partition: partitionOf(job.partitioning),
      properties: { ...PARQUET, 'write.target-file-size-bytes': String(GOLD_TARGET_FILE_SIZE) },
    },
    write_options: WRITE_OPTIONS,
    // Silver's snapshot, and the corpus that it names, are looked up by the job.
    snapshot_properties: { [RUN_ID]: job.run_id },
    checks: {
      tables: Object.fromEntries(made.map(role => [role, digestOf(role, tables[role])])),
      fingerprint_limit: fingerprintLimit,
      sources,
    },
  }
}

/** Gold's statement, two ways to the same rows. */
export const goldSelects = () => ({
  select_small_dates: renderGold(SPARK, { source: '{silver}', dates: 'small' }),
  select_any_dates: renderGold(SPARK, { source: '{silver}', dates: 'any' }),
  small_date_rows: SMALL_DATE_ROWS,
})

export function profileDocument(head: JobHead, files: RawFiles): Document<'profile'> {
  return {
    ...head,
    job: 'profile',
    raw: raw(files),
    select: renderProfile(SPARK, { source: '{raw}' }),
  }
}

export function fingerprintDocument(
  head: JobHead,
  role: Exclude<TableRole, 'bronze'>,
  table: SparkTable,
): Document<'fingerprint'> {
  return { ...head, job: 'fingerprint', ...digestOf(role, table) }
}

function digestOf(role: Exclude<TableRole, 'bronze'>, table: SparkTable) {
  const columns = { silver: SILVER_COLUMNS, gold: GOLD_COLUMNS }[role]
  return {
    table: reference(table),
    select: renderTableFingerprint(SPARK, { source: '{table}', columns }),
  }
}

/** @param files raw files; `null`: bronze is a table */
export function sumSources(
  tables: Readonly<Record<TableRole, SparkTable>>,
  files: RawFiles | null,
  { findings }: Pick<CountOptions, 'findings'>,
): Document<'sums'>['sources'] {
  const source = (what: Counted) => ({
    ...(what === 'bronze' && files !== null
      ? { raw: raw(files) }
      : { table: reference(tables[what === 'findings' ? 'bronze' : what]) }),
    select: renderSums(SPARK, what, '{source}'),
  })
  return {
    bronze: source('bronze'),
    silver: source('silver'),
    gold: source('gold'),
    ...(findings && { findings: source('findings') }),
  }
}

export function tidyDocument(head: JobHead, table: SparkTable): Document<'tidy'> {
  return { ...head, job: 'tidy', table: reference(table) }
}

export const reference = ({ catalog, namespace, table }: SparkTable): TableReference => ({
  catalog,
  namespace,
  table,
})

export const partitionOf = (granularity: PartitionGranularity) =>
  granularity === 'none' ? null : { column: DATE_COLUMN, transform: granularity }
