import type {
  BronzeVerifyJob,
  BronzeVerifyResult,
  CorpusFacts,
  SchemaBreak,
} from '../../contracts/jobs'
import type { BronzeProfile } from '../../contracts/plan'
import type { ObjectStore, RunJobOptions } from '../../contracts/ports'
import { fromDates } from '../../workload/date-profile'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { listRaw, rawInput } from '../../workload/raw-files'
import { RowFindings, verificationOf } from '../../workload/verification'
import { CHECKED_COLUMNS, renderProfile, renderVerify } from '../../workload/verify'
import { startMeter } from './meter'
import { footerNullCounts, inspectRawFiles, type RawFile } from './raw-files'
import { countUnfit, findDamaged, lossyColumns, rawRelation, UNFIT } from './raw-relation'
import { type DuckDbSession, inPhase, type StatementOptions } from './session'

/**
 * Check the raw data: every footer, then one scan of the columns that are looked into and one of the event dates. The
 * payload, 94 % of the bytes, is never decoded.
 */
export async function bronzeVerify(
  session: DuckDbSession,
  store: ObjectStore,
  job: BronzeVerifyJob,
  corpus: CorpusFacts,
  options: RunJobOptions,
): Promise<BronzeVerifyResult> {
  const stop = startMeter()
  const { signal } = options
  inPhase(options, 'reading footers')
  const { files: listed, others: other_files } = await listRaw(store, corpus.prefix)
  const inspection = await inspectRawFiles(session, store, listed, corpus, signal)
  const breaks = [...inspection.breaks]

  // Rows are counted only where every file has every column; otherwise the breaks are the answer.
  const whole = breaks.length === 0 ? inspection.files : []
  const footerNulls = whole.length > 0 ? await footerNullCounts(session, whole, signal) : {}
  const scan = await scanRows(
    session,
    whole,
    footerNulls,
    corpus.window,
    breaks,
    inPhase(options, 'checking rows'),
  )
  const profile = await profileBronze(
    session,
    breaks.length === 0 ? whole : [],
    inPhase(options, 'counting dates'),
  )

  const empty_files = [
    ...inspection.empty_files,
    ...whole.filter(f => f.rows === 0).map(f => f.key),
  ].sort()
  const verification = verificationOf(
    { ...inspection, breaks, empty_files, other_files },
    scan,
    job.gates,
    corpus,
  )
  return {
    ...stop(),
    input_rows: scan.done ? scan.rows : null,
    output_rows: null,
    input_bytes: verification.bytes,
    output_bytes: null,
    // What the process wrote meanwhile is its log of events, no data.
    bytes_written: null,
    output_files: null,
    raw_input: scan.done ? rawInput(whole, scan.rows) : null,
    profile: { ...profile, bytes: verification.bytes, files: inspection.files.length },
    verification,
  }
}

async function scanRows(
  session: DuckDbSession,
  files: readonly RawFile[],
  footerNulls: Record<string, number | null>,
  window: CorpusFacts['window'],
  breaks: SchemaBreak[],
  options: StatementOptions,
): Promise<RowFindings> {
  const scan = new RowFindings()
  if (files.length === 0) return scan
  // Footers know most null counts. Where reading can make further NULLs, they are counted in the rows.
  const lossy = lossyColumns(files)
  const nullColumns = RAW_COLUMNS.map(c => c.name).filter(
    name =>
      lossy.has(name) || (CHECKED_COLUMNS.includes(name) && (footerNulls[name] ?? null) === null),
  )
  const request = { source: rawRelation(files, { unfit: true }), window, nullColumns, unfit: UNFIT }
  const rendered = renderVerify(DUCKDB, request)
  try {
    const [row] = await session.rows(rendered.sql, options)
    for (const { name, measure } of rendered.columns) scan.take(measure, row![name])
    for (const flag of await session.rows(rendered.qualityFlagsSql, { signal: options.signal })) {
      scan.flag(flag.data_quality_flag, flag.row_count)
    }
    if (scan.single.unfit) {
      const keys = new Map(files.map(f => [f.path, f.key]))
      for (const { path, column, rows } of await countUnfit(session, files, options.signal))
        scan.unfit.push({ file: keys.get(path)!, column, rows })
    }
    scan.done = true
  } catch (error) {
    options.signal.throwIfAborted()
    const damaged = await findDamaged(session, files, options.signal)
    // Nothing fails alone, so it was no file: let the engine's own text speak.
    if (damaged.length === 0) throw error
    for (const { file, message } of damaged)
      breaks.push({ file: file.key, column: null, problem: 'unreadable', message })
  }
  for (const { name } of RAW_COLUMNS) scan.nulls[name] ??= footerNulls[name] ?? null
  return scan
}

/** Rows per event date, from that one column: what the choice of a strategy needs. */
export async function profileBronze(
  session: DuckDbSession,
  files: readonly RawFile[],
  options: StatementOptions,
): Promise<BronzeProfile> {
  const bytes = files.reduce((sum, f) => sum + f.bytes, 0)
  const empty = { bytes, files: files.length }
  if (files.length === 0) return { ...empty, ...fromDates(0, []) }
  const sql = renderProfile(DUCKDB, { source: rawRelation(files) })
  const rows = (await session.rows(sql, options)).map(r => ({
    date: r.event_date === null ? null : String(r.event_date),
    rows: Number(r.row_count),
  }))
  const total = rows.reduce((sum, r) => sum + r.rows, 0)
  return {
    ...empty,
    ...fromDates(
      total,
      rows.filter((r): r is { date: string; rows: number } => r.date !== null),
    ),
  }
}
