import { createRequire } from 'node:module'
import type { Table } from 'apache-arrow'

/** Records to an Arrow table. Arrow is loaded by the first caller that wants it, never by importing lakebench. */
export function recordsToArrow(records: Record<string, unknown>[]): Table {
  const arrow = createRequire(import.meta.url)('apache-arrow') as typeof import('apache-arrow')
  return arrow.tableFromJSON(records)
}
