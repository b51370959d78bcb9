import type { SchemaBreak } from '../../contracts/jobs'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { type FileFindings, noRawFiles, RowFindings } from '../../workload/verification'
import type { VerifyColumn } from '../../workload/verify'
import { columnProblem, RAW_COLUMN_TYPES } from './raw-types'
import type { ResultOf } from './result-document'

type Answer = ResultOf<'bronze-verify'>
type Listed = readonly { readonly key: string; readonly bytes: number }[]

/** What the job saw of the files: breaks by file and column, columns that nothing reads, files without rows. */
export function fileFindings(answer: Answer, listed: Listed, missing: readonly SchemaBreak[]): FileFindings {
  const breaks: SchemaBreak[] = [...missing]
  if (listed.length === 0 && missing.length === 0) breaks.push(noRawFiles())
  for (const { file, message } of answer.unreadable) breaks.push({ file, column: null, problem: 'unreadable', message })
  const extra_columns: { file: string; columns: string[] }[] = []
  const known = new Set(RAW_COLUMNS.map(c => c.name))
  for (const { key, schema } of answer.files) {
    if (schema === null) continue
    const types = new Map(answer.schemas[schema]!.map(c => [c.name, c.type]))
    for (const [i, column] of RAW_COLUMN_TYPES.entries()) {
      const problem = columnProblem(column, types.get(column.name))
      if (problem === null) continue
      const { type } = RAW_COLUMNS[i]!
      const message =
        problem === 'missing-column'
          ? `column ${column.name} (${type}) is missing`
          : `column ${column.name} is ${types.get(column.name)}, expected ${type}`
      breaks.push({ file: key, column: column.name, problem, message })
    }
    const extra = [...types.keys()].filter(name => !known.has(name))
    if (extra.length > 0) extra_columns.push({ file: key, columns: extra })
  }
  const readable = new Set(answer.files.filter(f => f.schema !== null).map(f => f.key))
  return {
    files: listed.filter(f => readable.has(f.key)),
    breaks,
    extra_columns,
    empty_files: answer.files
      .filter(f => f.rows === 0)
      .map(f => f.key)
      .sort(),
  }
}

/** The counts of both statements, put together. */
export function rowFindings(answer: Answer, columns: readonly VerifyColumn[]): RowFindings {
  const found = new RowFindings()
  const { content, keys } = answer
  if (!content || !keys) return found
  for (const { name, measure } of columns) found.take(measure, content[name])
  for (const key of keys) {
    if (key.kind === 'flag') found.flag(key.flag, key.row_count)
    if (key.kind !== 'id') continue
    found.take({ kind: 'duplicate_event_ids' }, key.rows_with_id - key.ids)
    found.take({ kind: 'nulls', column: 'event_id' }, key.row_count - key.rows_with_id)
    found.take({ kind: 'min_timestamp' }, key.min_timestamp)
    found.take({ kind: 'max_timestamp' }, key.max_timestamp)
    found.take({ kind: 'outside_window' }, key.outside_window)
  }
  // No row, no row for all ids either.
  if (found.rows === 0) {
    for (const kind of ['duplicate_event_ids', 'outside_window'] as const) found.take({ kind }, 0)
    found.take({ kind: 'nulls', column: 'event_id' }, 0)
  }
  const without = (kind: 'date' | 'flag', absent: (k: NonNullable<Answer['keys']>[number]) => boolean) =>
    keys.filter(k => k.kind === kind && absent(k)).reduce((sum, k) => sum + k.row_count, 0)
  const timeless = without('date', k => k.event_date === null)
  found.take({ kind: 'nulls', column: 'event_timestamp' }, timeless)
  found.take({ kind: 'finding', name: 'timestamp_missing' }, timeless)
  found.take(
    { kind: 'nulls', column: 'data_quality_flag' },
    without('flag', k => k.flag === null),
  )
  for (const { name } of RAW_COLUMNS) found.nulls[name] ??= answer.null_counts?.[name] ?? null
  found.done = true
  return found
}

/** Rows per event date, for the profile; rows without a date are in `rows` only. */
export function datesOf(answer: Answer): { rows: number; dates: { date: string; rows: number }[] } {
  const dates = answer.keys?.filter(k => k.kind === 'date') ?? []
  return {
    rows: dates.reduce((sum, k) => sum + k.row_count, 0),
    dates: dates.flatMap(k => (k.event_date === null ? [] : [{ date: k.event_date, rows: k.row_count }])),
  }
}
