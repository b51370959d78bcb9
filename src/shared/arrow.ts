import { createRequire } from 'node:module'
import type { DataType, Table } from 'apache-arrow'

export interface ArrowColumn {
  readonly name: string
  /** An engine's spelling of the type; it decides where every value is NULL, and where there is no row. */
  readonly type: string
}

type Kind = 'integer' | 'number' | 'boolean' | 'text'

/**
 * Rows to an Arrow table, every column there and of one type: 64-bit integers as Int64, other numbers as Float64, truth
 * values as Bool, everything else (dates, times and decimals are text) as a dictionary of Utf8. Arrow is loaded by the first
 * caller that wants it, never by importing lakebench.
 */
export function rowsToArrow(
  columns: readonly ArrowColumn[],
  rows: readonly (readonly unknown[])[],
): Table {
  const arrow = createRequire(import.meta.url)('apache-arrow') as typeof import('apache-arrow')
  const types: Record<Kind, () => DataType> = {
    integer: () => new arrow.Int64(),
    number: () => new arrow.Float64(),
    boolean: () => new arrow.Bool(),
    text: () => new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
  }
  const vectors = columns.map(({ name, type }, i) => {
    const values = rows.map(row => row[i] ?? null)
    const kind = kindOf(values) ?? kindOfType(type)
    const typed = values.map(v => (v === null ? null : CONVERT[kind](v)))
    return [name, arrow.vectorFromArray(typed, types[kind]())] as const
  })
  return new arrow.Table(Object.fromEntries(vectors))
}

const CONVERT: Record<Kind, (value: unknown) => unknown> = {
  integer: value => BigInt(value as number | bigint),
  number: value => value,
  boolean: value => value,
  text: value => String(value),
}

/** `null` where there is no value to tell it from. */
function kindOf(values: readonly unknown[]): Kind | null {
  const given = values.filter(v => v !== null)
  if (given.length === 0) return null
  if (given.every(v => typeof v === 'number')) return 'number'
  if (given.every(v => typeof v === 'boolean')) return 'boolean'
  return given.every(isInt64) ? 'integer' : 'text'
}

const isInt64 = (value: unknown) =>
  typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)

function kindOfType(type: string): Kind {
  if (/^u?(bigint|hugeint)$/i.test(type)) return 'integer'
  if (/^(double|real|float|u?(integer|smallint|tinyint))$/i.test(type)) return 'number'
  return /^boolean$/i.test(type) ? 'boolean' : 'text'
}
