import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CellValue } from '../../src/contracts/ports'
import type { TableColumn } from '../../src/contracts/tables'
import type { Dialect } from '../../src/workload/dialect'
import { DUCKDB } from '../../src/workload/dialects/duckdb'
import { TRINO } from '../../src/workload/dialects/trino'
import { EMAIL } from '../../src/workload/findings'
import {
  canonicalCell,
  renderTableFingerprint,
  resultFingerprint,
} from '../../src/workload/fingerprint'
import { GOLD_COLUMNS } from '../../src/workload/gold-kpis'
import { QUERIES } from '../../src/workload/queries'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'
import { bindRelations, renderGold, renderSilver } from '../../src/workload/render'
import { SILVER_COLUMNS } from '../../src/workload/silver-columns'
import { renderProfile, renderVerify } from '../../src/workload/verify'
import { type Duck, openDuck } from '../workload/duck'
import { oddRows, rowSql } from '../workload/odd-values'
import { CATALOG, makeSchema, type TrinoSchema } from './trino-schema'

/** The same statements on the same odd rows: what DuckDB gives, whose answers have their own tests, Trino must give too. */

const CONTEXT = { dataClock: '2025-01-01', processedAt: '2026-01-02T03:04:05.678901Z' }
const WINDOW = { start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' }
const rows = oddRows()

let duck: Duck
let schema: TrinoSchema
const inTrino = (table: string) => `${CATALOG}.${schema.name}.${table}`

beforeAll(async () => {
  duck = await openDuck()
  schema = await makeSchema('lb_dialect')
  const columns = (d: Dialect) => RAW_COLUMNS.map(c => `${c.name} ${d.typeName(c.type)}`).join(', ')
  await duck.run(`CREATE TABLE raw (${columns(DUCKDB)})`)
  await schema.run(`CREATE TABLE ${inTrino('raw')} (${columns(TRINO)})`)
  for (let i = 0; i < rows.length; i += 200) {
    const some = rows.slice(i, i + 200)
    const values = (d: Dialect) => some.map(row => rowSql(d, row)).join(',\n')
    await duck.run(`INSERT INTO raw VALUES ${values(DUCKDB)}`)
    await schema.run(`INSERT INTO ${inTrino('raw')} VALUES ${values(TRINO)}`)
  }
  const silver = (d: Dialect, source: string) => renderSilver(d, CONTEXT, { source })
  const gold = (d: Dialect, source: string) => renderGold(d, { source })
  await duck.run(`CREATE TABLE silver AS ${silver(DUCKDB, 'raw')}`)
  await duck.run(`CREATE TABLE gold AS ${gold(DUCKDB, 'silver')}`)
  await schema.run(`CREATE TABLE ${inTrino('silver')} AS ${silver(TRINO, inTrino('raw'))}`)
  await schema.run(`CREATE TABLE ${inTrino('gold')} AS ${gold(TRINO, inTrino('silver'))}`)
})
afterAll(async () => {
  duck?.close()
  await schema?.drop()
})

/** Both engines' rows as canonical text, `column=value` a cell, so that a difference names itself. */
async function both(columns: readonly TableColumn[], duckSql: string, trinoSql: string) {
  const short = (text: string) =>
    text.length > 200 ? `${text.slice(0, 20)}… ${text.length}` : text
  const text = (values: readonly (readonly CellValue[])[]) =>
    values.map(row =>
      columns.map((c, i) => `${c.name}=${short(canonicalCell(row[i] ?? null, c))}`).join(' '),
    )
  return {
    duckdb: text(await duck.rows(duckSql)),
    trino: text((await schema.run(trinoSql)) as CellValue[][]),
  }
}

const listed = (d: Dialect, columns: readonly TableColumn[]) =>
  columns.map(c => (c.type === 'string_list' ? d.joinList(c.name, '|') : c.name)).join(', ')

test.each(SILVER_COLUMNS.map(c => c.name).filter(name => name !== 'row_id'))(
  'silver column %s',
  async name => {
    const columns = [
      { name: 'row_id', type: 'long' } as const,
      ...SILVER_COLUMNS.filter(c => c.name === name).map(c =>
        c.type === 'string_list' ? { ...c, type: 'string' as const } : c,
      ),
    ]
    const select = (d: Dialect, table: string) =>
      `SELECT row_id, ${listed(
        d,
        SILVER_COLUMNS.filter(c => c.name === name),
      )} FROM ${table} ORDER BY row_id`
    const { duckdb, trino } = await both(
      columns,
      select(DUCKDB, 'silver'),
      select(TRINO, inTrino('silver')),
    )
    expect(trino).toEqual(duckdb)
    expect(trino).toHaveLength(rows.length - 2)
  },
)

test('gold', async () => {
  const select = (table: string) =>
    `SELECT ${GOLD_COLUMNS.map(c => c.name).join(', ')} FROM ${table} ORDER BY interaction_date ASC NULLS FIRST`
  const { duckdb, trino } = await both(GOLD_COLUMNS, select('gold'), select(inTrino('gold')))
  expect(trino).toEqual(duckdb)
  expect(trino.length).toBeGreaterThan(5)
})

test.each(QUERIES.map(q => [q.name, q] as const))('%s', async (_, query) => {
  const duckSql = bindRelations(query.render(DUCKDB), { silver: 'silver', gold: 'gold' })
  const { duckdb, trino } = await both(query.columns, duckSql, query.render(TRINO))
  expect(trino).toEqual(duckdb)
  const answer = await schema.engine.query(query.render(TRINO), {
    signal: new AbortController().signal,
  })
  expect(resultFingerprint(answer.columns, answer.rows, query)).toBe(
    resultFingerprint(query.columns, await duck.rows(duckSql), query),
  )
})

test.each([
  ['silver', SILVER_COLUMNS],
  ['gold', GOLD_COLUMNS],
] as const)('the fingerprint of %s', async (table, columns) => {
  const [[duckdb]] = (await duck.rows(
    renderTableFingerprint(DUCKDB, { source: table, columns }),
  )) as [[string]]
  const [[trino]] = (await schema.run(
    renderTableFingerprint(TRINO, { source: inTrino(table), columns }),
  )) as [[string]]
  expect(trino).toBe(duckdb)
})

describe('text functions on random text', () => {
  const given = (texts: readonly string[]) =>
    `(VALUES ${texts.map((t, i) => `(${i}, ${TRINO.text(t)})`).join(', ')}) AS t(i, x)`

  test('lower, by the full Unicode rules', async () => {
    const letters = fc.string({
      unit: fc.constantFrom(..."aZİıßẞΣΣσςΑά.:'@- 1ÀÉ\u0301\u00adʰ😀"),
      maxLength: 12,
    })
    const texts = fc.sample(letters, { numRuns: 3000, seed: 20_261_124 })
    const got = await schema.run(`SELECT ${TRINO.lower('x')} FROM ${given(texts)} ORDER BY i`)
    expect(got.map(([v]) => v)).toEqual(texts.map(t => t.toLowerCase()))
  })

  test('an address is valid where the pattern says so', async () => {
    const signs = fc.constantFrom(
      ...'aaab@..é😀',
      'ʰ',
      '١',
      "'",
      ' ',
      '\u00a0',
      '\n',
      '\u200d',
      '\u0301',
    )
    const part = fc.string({ unit: signs, minLength: 1, maxLength: 3 })
    const address = fc.tuple(part, part, part).map(([a, b, c]) => `${a}@${b}.${c}`)
    const texts = fc.sample(fc.oneof(address, fc.string({ unit: signs, maxLength: 8 })), {
      numRuns: 3000,
      seed: 7,
    })
    const got = await schema.run(
      `SELECT ${TRINO.fullMatch('x', EMAIL)} FROM ${given(texts)} ORDER BY i`,
    )
    const expected = texts.map(t => new RegExp(`^(?:${EMAIL})$`, 'u').test(t))
    expect(got.map(([v]) => v)).toEqual(expected)
    expect(expected.filter(Boolean).length).toBeGreaterThan(100)
  })

  test('upper, for every character that becomes longer', async () => {
    const longer = Array.from({ length: 0xffff }, (_, i) => String.fromCharCode(i + 1)).filter(
      c => [...c.toUpperCase()].length > 1,
    )
    const texts = longer.map(c => `x${c}y`)
    const got = await schema.run(`SELECT ${TRINO.upper('x')} FROM ${given(texts)} ORDER BY i`)
    expect(got.map(([v]) => v)).toEqual(texts.map(t => t.toUpperCase()))
  })
})

describe('verification', () => {
  test('counts the same findings', async () => {
    const on = (d: Dialect, source: string) => renderVerify(d, { source, window: WINDOW })
    const { columns } = on(DUCKDB, 'raw')
    const typed = columns.map(
      c =>
        ({
          name: c.name,
          type: c.name.endsWith('timestamp') ? 'timestamp' : 'long',
        }) as TableColumn,
    )
    const { duckdb, trino } = await both(
      typed,
      on(DUCKDB, 'raw').sql,
      on(TRINO, inTrino('raw')).sql,
    )
    expect(trino).toEqual(duckdb)
  })

  test('counts the same flags and dates', async () => {
    const flags: TableColumn[] = [
      { name: 'data_quality_flag', type: 'string' },
      { name: 'row_count', type: 'long' },
    ]
    const on = (d: Dialect, source: string) =>
      renderVerify(d, { source, window: WINDOW }).qualityFlagsSql
    const found = await both(flags, on(DUCKDB, 'raw'), on(TRINO, inTrino('raw')))
    expect(found.trino.sort()).toEqual(found.duckdb.sort())
    const dates: TableColumn[] = [{ name: 'event_date', type: 'string' }, flags[1]!]
    const profile = await both(
      dates,
      renderProfile(DUCKDB, { source: 'raw' }),
      renderProfile(TRINO, { source: inTrino('raw') }),
    )
    expect(profile.trino.sort()).toEqual(profile.duckdb.sort())
  })
})
