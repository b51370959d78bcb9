import type { SchemaBreak } from '../../contracts/jobs'
import { RAW_COLUMNS } from '../../workload/raw-columns'
import { extraColumns, schemaBreaks } from '../../workload/raw-schema'
import { type FileFindings, RowFindings } from '../../workload/verification'
import type { VerifyColumn } from '../../workload/verify'
import type { ResultOf } from './result-document'

type Answer = ResultOf<'bronze-verify'>
type Listed = readonly { readonly key: string; readonly bytes: number }[]

/** Findings of the job in the files: breaks by file and column, columns that nothing reads, files without rows. */
export function fileFindings(
  answer: Answer,
  listed: Listed,
  missing: readonly SchemaBreak[],
): Omit<FileFindings, 'other_files'> {
  const breaks: SchemaBreak[] = [...missing]
  for (const { file, message } of answer.unreadable)
    breaks.push({ file, column: null, problem: 'unreadable', message })
  const schemas = answer.files.flatMap(f =>
    f.schema === null ? [] : [{ file: f.key, fields: answer.schemas[f.schema]! }],
  )
  for (const { file, fields } of schemas) breaks.push(...schemaBreaks(file, fields))
  const extra_columns = schemas.flatMap(({ file, fields }) => {
    const columns = extraColumns(fields)
    return columns.length > 0 ? [{ file, columns }] : []
  })
  const readable = new Set(answer.files.filter(f => f.schema !== null).map(f => f.key))
  return {
    files: listed.filter(f => readable.has(f.key)),
    breaks,
    extra_columns,
    empty_files: [...answer.files.filter(f => f.rows === 0), ...listed.filter(f => f.bytes === 0)]
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
  const without = (
    kind: 'date' | 'flag',
    absent: (k: NonNullable<Answer['keys']>[number]) => boolean,
  ) => keys.filter(k => k.kind === kind && absent(k)).reduce((sum, k) => sum + k.row_count, 0)
  const timeless = without('date', k => k.event_date === null)
  found.take({ kind: 'nulls', column: 'event_timestamp' }, timeless)
  found.take({ kind: 'finding', name: 'timestamp_missing' }, timeless)
  found.take(
    { kind: 'nulls', column: 'data_quality_flag' },
    without('flag', k => k.flag === null),
  )
  found.unfit.push(...answer.unfit)
  for (const { name } of RAW_COLUMNS) found.nulls[name] ??= answer.null_counts?.[name] ?? null
  found.done = true
  return found
}

/** Rows by event date, for the profile; rows without a date are in `rows` only. */
export function dateRows(
  counted: readonly { readonly event_date: string | null; readonly row_count: number }[],
): {
  rows: number
  dates: { date: string; rows: number }[]
} {
  return {
    rows: counted.reduce((sum, k) => sum + k.row_count, 0),
    dates: counted.flatMap(k =>
      k.event_date === null ? [] : [{ date: k.event_date, rows: k.row_count }],
    ),
  }
}
