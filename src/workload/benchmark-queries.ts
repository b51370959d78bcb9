import { ConfigError, type ConfigIssue } from '../contracts/errors'
import type { DialectName, QueryResponse } from '../contracts/ports'
import { checkOptions, type OptionKinds, requireOptions } from '../shared/check-options'
import { DIALECTS } from './dialects/all'
import { resultFingerprint } from './fingerprint'
import { type OrderKey, orderAndLimit, orderKeys, QUERIES } from './queries'

/** A query as the timing loop needs it: already in the engine's dialect. */
export interface BenchmarkQuery {
  /** Q1 … Q9, or a name of one's own. */
  readonly name: string
  /** For tables and charts. */
  readonly display_name: string
  /** Groups queries in reports, e.g. `scan`. */
  readonly class: string
  /** Text in the dialect of the engine that it is sent to. */
  readonly sql: string
  /** It has one row by definition, which the record keeps. */
  readonly one_row?: boolean
  /** Canonical digest of an answer, equal on every engine. */
  fingerprint(response: QueryResponse): string
}

/** The eight queries in one dialect, with their fingerprints. */
export function benchmarkQueries(dialect: DialectName): BenchmarkQuery[] {
  return QUERIES.map(query => ({
    name: query.id,
    display_name: query.display_name,
    class: query.class,
    sql: query.render(DIALECTS[dialect]),
    one_row: query.order_by.length === 0,
    fingerprint: response => resultFingerprint(response.columns, response.rows, query),
  }))
}

/** A query of one's own, as `defineQuery` takes it. */
export interface QueryDefinition {
  /** Its name in records and tables: letters, digits and `_`. */
  readonly name: string
  /**
   * SELECT over `{bronze}`, `{silver}` and `{gold}`, without ORDER BY and LIMIT of the whole; one text for every engine, or one for
   * each dialect that it is to run in.
   */
  readonly sql: string | Readonly<Partial<Record<DialectName, string>>>
  /**
   * Columns of the answer to sort by, in order, each with ` desc` where it descends; ascending has NULL first, descending NULL last.
   * Left out: rows come in any order, and their order does not count.
   */
  readonly order_by?: readonly string[]
  /** Rows that are kept of the sorted answer; needs a total order. */
  readonly limit?: number
  /** Groups queries in reports. Default `own`. */
  readonly class?: string
  /** For tables and charts. Default: the name. */
  readonly display_name?: string
}

/** A query of one's own, checked, for any dialect that it has a text for. */
export interface OwnQuery {
  /** Its name in records and tables. */
  readonly name: string
  /**
   * The query in one dialect. Its fingerprint types values by the columns that the engine names.
   * @throws ConfigError where it has no text for the dialect
   */
  forDialect(dialect: DialectName): BenchmarkQuery
}

const DEFINITION: OptionKinds<QueryDefinition> = {
  name: 'text',
  sql: 'any',
  order_by: 'list',
  limit: 'number',
  class: 'text',
  display_name: 'text',
}

/**
 * A query of one's own, to be timed as the eight are.
 *
 * ```ts
 * const topCities = defineQuery({
 *   name: 'top_cities',
 *   sql: 'SELECT city, count(*) AS n FROM {silver} GROUP BY city',
 *   order_by: ['n desc', 'city'],
 *   limit: 10,
 * })
 * await new QueryBenchmark(engine, [topCities]).run()
 * ```
 *
 * @throws ConfigError naming each key that cannot be used
 */
export function defineQuery(definition: QueryDefinition): OwnQuery {
  checkOptions(definition, DEFINITION, 'defineQuery', 'key')
  requireOptions(definition, ['name', 'sql'], 'defineQuery')
  const { name, sql, limit, class: of = 'own', display_name = name } = definition
  const order_by = orderKeys(definition.order_by ?? [])
  const issues = issuesOf(definition, order_by)
  if (issues.length > 0) throw new ConfigError(issues, `defineQuery(${name})`)
  return {
    name,
    forDialect(dialect) {
      const text = typeof sql === 'string' ? sql : sql[dialect]
      if (text === undefined)
        throw new ConfigError(
          [{ path: `sql.${dialect}`, message: 'is needed: the query engine speaks this dialect.' }],
          `defineQuery(${name})`,
        )
      return {
        name,
        display_name,
        class: of,
        sql: [`SELECT * FROM (\n${text}\n) AS own`, ...orderAndLimit(order_by, limit)].join('\n'),
        fingerprint: ({ columns, rows }) => resultFingerprint(columns, rows, { name, order_by }),
      }
    },
  }
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

function issuesOf(
  { name, sql, limit, order_by = [] }: QueryDefinition,
  keys: readonly OrderKey[],
): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const add = (path: string, message: string) => issues.push({ path, message })
  if (!NAME.test(name)) add('name', 'must be letters, digits and `_`, and begin with no digit.')
  if (QUERIES.some(query => query.id === name || query.name === name))
    add('name', `is a query of the workload; take another than ${name}.`)
  const texts = typeof sql === 'string' ? { '': sql } : sql
  if (typeof texts !== 'object' || texts === null || Object.keys(texts).length === 0)
    add('sql', 'must be a SELECT, or an object with one for each dialect.')
  else
    for (const [dialect, text] of Object.entries(texts)) {
      const path = dialect === '' ? 'sql' : `sql.${dialect}`
      if (dialect !== '' && !(dialect in DIALECTS))
        add(path, `is no dialect; there are ${Object.keys(DIALECTS).join(', ')}.`)
      else if (typeof text !== 'string' || text.trim() === '') add(path, 'must be a SELECT.')
      else if (/;\s*$/.test(text)) add(path, 'must be one statement without `;` at its end.')
    }
  for (const [i, { column }] of keys.entries())
    if (!/^\S+( (asc|desc))?$/i.test(String(order_by[i])) || !NAME.test(column))
      add(`order_by[${i}]`, 'must be a column of the answer, with ` desc` where it descends.')
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
    add('limit', 'must be a whole number from 1 on.')
  if (limit !== undefined && keys.length === 0)
    add(
      'limit',
      'needs order_by: which rows come first is otherwise up to the engine, and answers differ.',
    )
  return issues
}
