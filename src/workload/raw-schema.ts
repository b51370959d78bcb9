import type { SchemaBreak } from '../contracts/jobs'
import type { ColumnType } from '../contracts/tables'
import { RAW_COLUMNS, type RawColumn } from './raw-columns'

/** A top-level column of a raw file, in words that do not depend on the engine that looked. */
export interface RawField {
  readonly name: string
  /** A word of `READABLE`, what an engine needs beside it in brackets (`decimal(10,2)`, `timestamp(ms)`); or any other word. */
  readonly type: string
  /** Names of all fields inside, of a struct, list or map. */
  readonly inner: readonly string[]
}

const INTEGERS =
  'byte short int long unsigned_byte unsigned_short unsigned_int unsigned_long'.split(' ')

/** Types of a file's column that mean the same as a raw column's. `null` is Arrow's type of columns without a value. */
export const READABLE: Readonly<Partial<Record<ColumnType, readonly string[]>>> = {
  long: [...INTEGERS, 'null'],
  int: [...INTEGERS, 'null'],
  double: ['double', 'float', 'decimal', 'null'],
  string: ['string', 'null'],
  boolean: ['boolean', 'null'],
  timestamp: ['timestamp', 'null'],
}

/** The word of a type, without what stands in brackets. */
export const typeWord = (type: string): string => type.replace(/\(.*/, '')

/** Every raw column that a file lacks, or has in a way that cannot be read. */
export function schemaBreaks(file: string, fields: readonly RawField[]): SchemaBreak[] {
  const spellings = new Map<string, RawField[]>()
  for (const field of fields) {
    const name = field.name.toLowerCase()
    spellings.set(name, [...(spellings.get(name) ?? []), field])
  }
  return RAW_COLUMNS.flatMap(column => {
    const found = columnBreak(column, spellings.get(column.name) ?? [], fields)
    return found ? [{ file, column: column.name, ...found }] : []
  })
}

/** @param spelled fields of that name, in whatever case */
function columnBreak(
  { name, type }: RawColumn,
  spelled: readonly RawField[],
  all: readonly RawField[],
): Pick<SchemaBreak, 'problem' | 'message'> | null {
  const [field] = spelled
  if (!field) {
    const outer = all.find(f => f.inner.includes(name))
    const where = outer
      ? `: ${outer.name} has a field of that name, but only top-level columns are read`
      : ''
    return { problem: 'missing-column', message: `column ${name} (${type}) is missing${where}` }
  }
  if (spelled.length > 1) {
    const names = spelled.map(f => f.name).join(' and ')
    return {
      problem: 'ambiguous-column',
      message: `column ${name} is there ${spelled.length} times, as ${names}, and engines take such names for one. Rename all but one of them`,
    }
  }
  if (field.name !== name) {
    return {
      problem: 'missing-column',
      message: `column ${name} (${type}) is missing: there is ${field.name}, which differs in case only. Rename it to ${name}`,
    }
  }
  const word = typeWord(field.type)
  if (READABLE[type]!.includes(word)) return null
  const floating = (type === 'int' || type === 'long') && (word === 'double' || word === 'float')
  const remedy = floating
    ? '. pandas writes integers with NULLs so: write the column with its dtype Int64'
    : ''
  const shown = word === 'timestamp' ? word : field.type
  return { problem: 'wrong-type', message: `column ${name} is ${shown}, expected ${type}${remedy}` }
}

const KNOWN = new Set(RAW_COLUMNS.map(c => c.name))

/** Columns that nothing reads. */
export const extraColumns = (fields: readonly RawField[]): string[] =>
  fields.map(f => f.name).filter(name => !KNOWN.has(name.toLowerCase()))
