import type { QualityGates } from '../contracts/choices'
import type { CorpusFacts, SchemaBreak, Verification } from '../contracts/jobs'
import { RAW_COLUMNS } from './raw-columns'
import type { RawObject } from './raw-files'
import type { VerifyMeasure } from './verify'

/** Findings in the rows, gathered from the measures of whatever statements an engine ran. */
export class RowFindings {
  /** The rows were really looked at. */
  done = false
  rows = 0
  min: string | null = null
  max: string | null = null
  readonly single: Partial<Record<VerifyMeasure['kind'], number>> = {}
  readonly nulls: Record<string, number | null> = {}
  readonly nan: Record<string, number> = {}
  readonly infinite: Record<string, number> = {}
  readonly negative: Record<string, number> = {}
  readonly findings: Record<string, number> = {}
  readonly flags: Record<string, number> = {}
  unfit: Verification['unfit_values'][number][] = []

  /** @param value the measure's cell: a count, or the text of a bound */
  take(measure: VerifyMeasure, value: unknown): void {
    switch (measure.kind) {
      case 'rows':
        this.rows = Number(value)
        break
      case 'min_timestamp':
        this.min = value === null ? null : String(value)
        break
      case 'max_timestamp':
        this.max = value === null ? null : String(value)
        break
      case 'finding':
        this.findings[measure.name] = Number(value)
        break
      case 'nulls':
        this.nulls[measure.column] = Number(value)
        break
      case 'nan':
      case 'infinite':
      case 'negative':
        if (Number(value) > 0) this[measure.kind][measure.column] = Number(value)
        break
      default:
        this.single[measure.kind] = Number(value)
    }
  }

  flag(name: unknown, rows: unknown): void {
    this.flags[name == null ? '(null)' : String(name)] = Number(rows)
  }

  /** NULLs in columns where the schema says never. */
  nullViolations(): Record<string, number> {
    const violations = RAW_COLUMNS.filter(c => !c.nullable && (this.nulls[c.name] ?? 0) > 0)
    return Object.fromEntries(violations.map(c => [c.name, this.nulls[c.name]!]))
  }
}

/** Findings in the files themselves. */
export interface FileFindings {
  /** Keys and sizes of the files whose footer could be read. */
  readonly files: readonly RawObject[]
  readonly breaks: readonly SchemaBreak[]
  readonly extra_columns: Verification['extra_columns']
  readonly empty_files: readonly string[]
  readonly other_files: readonly string[]
}

/** The verdict on raw data, and everything that speaks for it. */
export function verificationOf(
  files: FileFindings,
  rows: RowFindings,
  gates: QualityGates,
  {
    prefix,
    injected_dirt,
  }: { readonly prefix: string; readonly injected_dirt: Verification['injected_dirt'] },
): Verification {
  const breaks = [...files.breaks, ...allNullKeys(rows, files.files, prefix)]
  if (breaks.length === 0 && rows.rows === 0) breaks.push(withoutRows(files, prefix))
  const gate_failures = failedGates(gates, rows)
  return {
    passed: breaks.length === 0 && gate_failures.length === 0,
    files_checked: files.files.length,
    rows: rows.done ? rows.rows : null,
    bytes: files.files.reduce((sum, f) => sum + f.bytes, 0),
    breaks,
    gate_failures,
    extra_columns: files.extra_columns,
    empty_files: files.empty_files,
    other_files: files.other_files,
    null_counts: rows.nulls,
    null_violations: rows.nullViolations(),
    unfit_values: [...rows.unfit].sort((a, b) =>
      `${a.file} ${a.column}` < `${b.file} ${b.column}` ? -1 : 1,
    ),
    nan_counts: rows.nan,
    infinite_counts: rows.infinite,
    negative_counts: rows.negative,
    format_findings: rows.findings,
    duplicate_event_ids: rows.single.duplicate_event_ids ?? null,
    duplicate_markers: rows.findings.email_duplicate_marker ?? null,
    quality_flags: rows.flags,
    timestamp: { min: rows.min, max: rows.max, outside_window: rows.single.outside_window ?? null },
    injected_dirt,
  }
}

/** Files that the corpus manifest promises and that are not there as promised. */
export function brokenPromises(
  listed: readonly RawObject[],
  { files, changed }: Pick<CorpusFacts, 'files' | 'changed'>,
): SchemaBreak[] {
  const sizes = new Map(listed.map(o => [o.key, o.bytes]))
  const resized = (files ?? []).flatMap(file => {
    const size = sizes.get(file.key)
    if (size === file.bytes) return []
    const message =
      size === undefined
        ? 'the corpus manifest lists this file, but it is not there; `lakebench generate` restores it'
        : `the file has ${size} bytes, the corpus manifest says ${file.bytes}; it was cut or changed, \`lakebench generate\` restores it`
    return [{ file: file.key, column: null, problem: 'unreadable' as const, message }]
  })
  const known = new Set(resized.map(b => b.file))
  const others = changed.filter(({ key }) => sizes.has(key) && !known.has(key))
  return [
    ...resized,
    ...others.map(({ key, message }) => ({
      file: key,
      column: null,
      problem: 'unreadable' as const,
      message: `${message}; it was changed since, \`lakebench generate\` restores it`,
    })),
  ]
}

/** The break of a place without raw data. */
function withoutRows({ empty_files }: FileFindings, prefix: string): SchemaBreak {
  const count = empty_files.length
  const found =
    count === 0
      ? 'there are no raw files'
      : `no row is in ${count === 1 ? 'its one file' : `any of its ${count} files`}`
  const message = `${found}. Make some with --generate, or put Parquet files with rows there`
  return { file: prefix, column: null, problem: 'empty-file', message }
}

function allNullKeys(
  { rows, nulls }: RowFindings,
  files: FileFindings['files'],
  prefix: string,
): SchemaBreak[] {
  if (rows === 0) return []
  return RAW_COLUMNS.filter(c => c.key && nulls[c.name] === rows).map(c => ({
    file: files.length === 1 ? files[0]!.key : prefix,
    column: c.name,
    problem: 'all-null-key',
    message: `key column ${c.name} is NULL in all ${rows} rows`,
  }))
}

function failedGates(gates: QualityGates, found: RowFindings): Verification['gate_failures'] {
  if (found.rows === 0) return []
  const violations = Object.values(found.nullViolations()).reduce((a, b) => a + b, 0)
  const actual = {
    max_duplicate_ratio: (found.single.duplicate_event_ids ?? 0) / found.rows,
    max_invalid_email_ratio: (found.single.invalid_emails ?? 0) / found.rows,
    max_invalid_phone_ratio: (found.single.invalid_phones ?? 0) / found.rows,
    max_null_violation_ratio: violations / found.rows,
  }
  return Object.entries(actual).flatMap(([gate, value]) => {
    const limit = gates[gate as keyof typeof gates]
    return limit !== null && value > limit ? [{ gate, limit, actual: value }] : []
  })
}
