import type { BronzeVerifyJob, BronzeVerifyResult, SchemaBreak, Verification } from '../../contracts/jobs'
import type { ObjectStore, RunJobOptions } from '../../contracts/ports'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { CHECKED_COLUMNS, renderVerify, type VerifyMeasure } from '../../workload/verify'
import { explain } from './explain-error'
import { startMeter } from './meter'
import { profileBronze } from './profile'
import {
  type CorpusFacts,
  footerNullCounts,
  inspectRawFiles,
  type RawFile,
  type RawInspection,
  rawRelation,
} from './raw-files'
import { type DuckDbSession, fileList } from './session'

/**
 * Check the raw data: every footer, then one scan of the columns that are looked into and one of the event dates. The
 * payload, 94 % of the bytes, is never decoded.
 */
export async function bronzeVerify(
  session: DuckDbSession,
  store: ObjectStore,
  job: BronzeVerifyJob,
  corpus: CorpusFacts | null,
  options: RunJobOptions,
): Promise<BronzeVerifyResult> {
  const stop = startMeter()
  const { signal } = options
  const inspection = await inspectRawFiles(session, store, corpus?.files ?? null, signal)
  const breaks = [...inspection.breaks]
  if (inspection.files.length === 0 && breaks.length === 0) breaks.push(noFiles())

  // Rows are counted only where every file has every column; otherwise the breaks are the answer.
  const whole = breaks.length === 0 ? inspection : { ...inspection, files: [] }
  const footerNulls = whole.files.length > 0 ? await footerNullCounts(session, whole.files, signal) : {}
  const scan = await scanRows(session, whole, footerNulls, corpus, breaks, options)
  const profile = await profileBronze(session, breaks.length === 0 ? whole : { ...whole, files: [] }, options)
  breaks.push(...allNullKeys(scan, inspection.files))

  const bytes = inspection.files.reduce((sum, f) => sum + f.bytes, 0)
  const gate_failures = failedGates(job, scan)
  const verification: Verification = {
    passed: breaks.length === 0 && gate_failures.length === 0,
    files_checked: inspection.files.length,
    rows: scan.done ? scan.rows : null,
    bytes,
    breaks,
    gate_failures,
    extra_columns: inspection.extra_columns,
    empty_files: await emptyFiles(session, whole.files, signal),
    null_counts: scan.nulls,
    null_violations: nullViolations(scan),
    nan_counts: scan.nan,
    infinite_counts: scan.infinite,
    negative_counts: scan.negative,
    format_findings: scan.findings,
    duplicate_event_ids: scan.single.duplicate_event_ids ?? null,
    duplicate_markers: scan.findings.email_duplicate_marker ?? null,
    quality_flags: scan.flags,
    timestamp: { min: scan.min, max: scan.max, outside_window: scan.single.outside_window ?? null },
    injected_dirt: corpus?.injected_dirt ?? null,
  }
  return {
    ...stop(),
    input_rows: scan.done ? scan.rows : null,
    output_rows: null,
    input_bytes: bytes,
    output_bytes: null,
    output_files: null,
    profile: { ...profile, bytes, files: inspection.files.length },
    verification,
  }
}

const noFiles = (): SchemaBreak => ({
  file: 'bronze/customer/interactions/',
  column: null,
  problem: 'unreadable',
  message: 'there are no raw files. Make some with --generate, or put Parquet files there',
})

interface Scan {
  /** The rows were really looked at. */
  done: boolean
  rows: number
  min: string | null
  max: string | null
  readonly single: Partial<Record<VerifyMeasure['kind'], number>>
  readonly nulls: Record<string, number | null>
  readonly nan: Record<string, number>
  readonly infinite: Record<string, number>
  readonly negative: Record<string, number>
  readonly findings: Record<string, number>
  readonly flags: Record<string, number>
}

async function scanRows(
  session: DuckDbSession,
  { files, castColumns }: RawInspection,
  footerNulls: Record<string, number | null>,
  corpus: CorpusFacts | null,
  breaks: SchemaBreak[],
  options: RunJobOptions,
): Promise<Scan> {
  const scan: Scan = {
    done: false,
    rows: 0,
    min: null,
    max: null,
    single: {},
    nulls: {},
    nan: {},
    infinite: {},
    negative: {},
    findings: {},
    flags: {},
  }
  if (files.length === 0) return scan
  // Footers know most null counts. A cast can make further NULLs, so cast columns are counted in the rows.
  const counted = RAW_COLUMNS.map(c => c.name).filter(
    name => castColumns.has(name) || (footerNulls[name] ?? null) === null,
  )
  const nullColumns = counted.filter(name => CHECKED_COLUMNS.includes(name) || castColumns.has(name))
  const request = { source: rawRelation(files, castColumns), window: corpus?.window ?? null, nullColumns }
  const rendered = renderVerify(DUCKDB, request)
  try {
    const [row] = await session.rows(rendered.sql, options)
    for (const { name, measure } of rendered.columns) take(scan, measure, row![name])
    for (const flag of await session.rows(rendered.qualityFlagsSql, { signal: options.signal })) {
      scan.flags[flag.data_quality_flag === null ? '(null)' : String(flag.data_quality_flag)] = Number(flag.row_count)
    }
    scan.done = true
  } catch (error) {
    options.signal.throwIfAborted()
    breaks.push(...(await unreadableFiles(session, files, castColumns, error, options.signal)))
  }
  for (const { name } of RAW_COLUMNS) scan.nulls[name] ??= footerNulls[name] ?? null
  return scan
}

function take(scan: Scan, measure: VerifyMeasure, value: unknown): void {
  switch (measure.kind) {
    case 'rows':
      scan.rows = Number(value)
      break
    case 'min_timestamp':
      scan.min = value === null ? null : String(value)
      break
    case 'max_timestamp':
      scan.max = value === null ? null : String(value)
      break
    case 'finding':
      scan.findings[measure.name] = Number(value)
      break
    case 'nulls':
      scan.nulls[measure.column] = Number(value)
      break
    case 'nan':
      if (Number(value) > 0) scan.nan[measure.column] = Number(value)
      break
    case 'infinite':
      if (Number(value) > 0) scan.infinite[measure.column] = Number(value)
      break
    case 'negative':
      if (Number(value) > 0) scan.negative[measure.column] = Number(value)
      break
    default:
      scan.single[measure.kind] = Number(value)
  }
}

/** A scan over all files failed: find those whose pages cannot be read. */
async function unreadableFiles(
  session: DuckDbSession,
  files: readonly RawFile[],
  castColumns: ReadonlySet<string>,
  cause: unknown,
  signal: AbortSignal,
): Promise<SchemaBreak[]> {
  const breaks: SchemaBreak[] = []
  for (const file of files) {
    const { sql } = renderVerify(DUCKDB, { source: rawRelation([file], castColumns), window: null })
    try {
      await session.run(sql, { signal })
    } catch (error) {
      signal.throwIfAborted()
      breaks.push({
        file: file.key,
        column: null,
        problem: 'unreadable',
        message: `its data cannot be read: ${explain(error)}`,
      })
    }
  }
  // Nothing fails alone, so it was no file: let the engine's own text speak.
  if (breaks.length === 0) throw cause
  return breaks
}

function allNullKeys({ rows, nulls }: Scan, files: readonly RawFile[]): SchemaBreak[] {
  if (rows === 0) return []
  return RAW_COLUMNS.filter(c => c.key && nulls[c.name] === rows).map(c => ({
    file: files.length === 1 ? files[0]!.key : 'bronze/customer/interactions/',
    column: c.name,
    problem: 'all-null-key',
    message: `key column ${c.name} is NULL in all ${rows} rows`,
  }))
}

function nullViolations({ nulls }: Scan): Record<string, number> {
  const violations = RAW_COLUMNS.filter(c => !c.nullable && (nulls[c.name] ?? 0) > 0)
  return Object.fromEntries(violations.map(c => [c.name, nulls[c.name]!]))
}

async function emptyFiles(session: DuckDbSession, files: readonly RawFile[], signal: AbortSignal): Promise<string[]> {
  if (files.length === 0) return []
  const keys = new Map(files.map(f => [f.path, f.key]))
  const rows = await session.rows(
    `SELECT file_name FROM parquet_file_metadata(${fileList([...keys.keys()])}) WHERE num_rows = 0`,
    { signal },
  )
  return rows.map(r => keys.get(String(r.file_name))!).sort()
}

function failedGates({ gates }: BronzeVerifyJob, scan: Scan): Verification['gate_failures'] {
  if (scan.rows === 0) return []
  const violations = Object.values(nullViolations(scan)).reduce((a, b) => a + b, 0)
  const actual = {
    max_duplicate_ratio: (scan.single.duplicate_event_ids ?? 0) / scan.rows,
    max_invalid_email_ratio: (scan.single.invalid_emails ?? 0) / scan.rows,
    max_invalid_phone_ratio: (scan.single.invalid_phones ?? 0) / scan.rows,
    max_null_violation_ratio: violations / scan.rows,
  }
  return Object.entries(actual).flatMap(([gate, value]) => {
    const limit = gates[gate as keyof typeof gates]
    return limit !== null && value > limit ? [{ gate, limit, actual: value }] : []
  })
}
