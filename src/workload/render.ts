import type { TableRole } from '../contracts/tables'
import type { Dialect, GroupSize } from './dialect'
import { GOLD_KPIS } from './gold-kpis'
import { RAW_COLUMNS } from './raw-columns'
import { SILVER_COLUMNS, SILVER_FILTER, type SilverContext } from './silver-columns'
import { renderSteps } from './silver-steps'
import { selectList } from './sql-text'

export interface SilverSource {
  /** A table expression with the 41 raw columns. */
  readonly source: string
  /** A further condition over raw columns, e.g. a range of `event_timestamp`. */
  readonly where?: string | null
}

/** SELECT of the silver rows: `SILVER_COLUMNS`, in that order. */
export function renderSilver(
  d: Dialect,
  context: SilverContext,
  { source, where }: SilverSource,
): string {
  const steps = renderSteps(d, {
    source,
    columns: [
      ...RAW_COLUMNS.map(c => c.name),
      ...(context.ingestedFrom ? [context.ingestedFrom] : []),
    ],
    where: where ? `${SILVER_FILTER} AND (${where})` : SILVER_FILTER,
  })
  const items = SILVER_COLUMNS.map(c => ({ name: c.name, sql: c.sql(d, context) }))
  return `SELECT\n${selectList(items)}\nFROM (\n${steps}\n) AS steps`
}

export interface GoldSource {
  readonly source?: string
  /** How many rows a date may have; `small` allows plans that keep a date's distinct values in memory. */
  readonly dates?: GroupSize
}

/** SELECT of the gold rows: `GOLD_COLUMNS`, one row a date, in no order. A NULL date forms its own row. */
export function renderGold(
  d: Dialect,
  { source = '{silver}', dates = 'any' }: GoldSource = {},
): string {
  const date = { name: 'interaction_date', sql: 'interaction_date' }
  const unrounded = GOLD_KPIS.map(k => ({ name: k.name, sql: k.sql(d, dates) }))
  const rounded = GOLD_KPIS.map(({ name, digits }) => ({
    name,
    sql: digits === undefined ? name : d.roundAggregate(name, digits),
  }))
  return `SELECT\n${selectList([date, ...rounded])}\nFROM (
SELECT\n${selectList([date, ...unrounded])}\nFROM ${source}\nGROUP BY interaction_date
) AS unrounded`
}

/**
 * Put table expressions in place of `{bronze}`, `{silver}` and `{gold}`; other braces stay as they are.
 * @throws {RangeError} when the text names a table that was not given
 */
export function bindRelations(
  sql: string,
  relations: Readonly<Partial<Record<TableRole, string>>>,
): string {
  return sql.replace(/\{(bronze|silver|gold)\}/g, (placeholder, role: TableRole) => {
    const relation = relations[role]
    if (relation === undefined)
      throw new RangeError(`The SQL reads ${placeholder}, but there is no such table here.`)
    return relation
  })
}
