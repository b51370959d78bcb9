import { PrerequisiteError } from '../../contracts/errors'
import type { TableRole } from '../../contracts/tables'
import { TRINO } from '../../workload/dialects/trino'
import type { TrinoOptions } from './options'

export interface TrinoTables {
  readonly catalog: string
  readonly names: Readonly<
    Record<Exclude<TableRole, 'bronze'>, readonly [namespace: string, table: string]>
  >
  /** Quoted, with the catalog. */
  readonly relations: Readonly<Record<Exclude<TableRole, 'bronze'>, string>>
}

/** The tables as SQL names them, every part quoted. */
export function trinoTables(catalog: string, tables: TrinoOptions['tables']): TrinoTables {
  const names = {
    silver: tableParts(tables.silver, 'silver'),
    gold: tableParts(tables.gold, 'gold'),
  }
  const relation = (name: readonly string[]) => [catalog, ...name].map(TRINO.identifier).join('.')
  return {
    catalog,
    names,
    relations: { silver: relation(names.silver), gold: relation(names.gold) },
  }
}

/** Schema and table. A nested namespace is one schema of Trino, so the last dot divides. */
export function tableParts(text: string, role: string): [namespace: string, table: string] {
  const dot = text.lastIndexOf('.')
  if (dot <= 0 || dot === text.length - 1) {
    throw new PrerequisiteError(
      `${JSON.stringify(text)} is no name for the ${role} table. Write namespace.table.`,
    )
  }
  return [text.slice(0, dot), text.slice(dot + 1)]
}
