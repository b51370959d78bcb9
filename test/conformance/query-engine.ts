import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { QueryFailedError } from '../../src/contracts/errors'
import type { QueryEngine, QueryResponse } from '../../src/contracts/ports'

export interface QueryEngineUnderTest {
  readonly engine: QueryEngine
  /** SQL whose answer is one row, `n = 1`, and SQL that fails; for engines that speak none. Default: real SQL. */
  readonly script?: { readonly one: string; readonly wrong: string }
  /** Queries of these tests that still run inside the engine; `null` where it cannot be asked. */
  readonly stillRunning?: () => Promise<number>
  close(): Promise<void>
}

export interface TableNames {
  readonly silver: string
  readonly gold: string
}

/**
 * `tables` are made by the factory: `silver` with one column `n` and the rows 1, 2, 3; `gold` with one column `n` and the
 * row 10.
 */
export type OpenQueryEngine = (tables: TableNames) => Promise<QueryEngineUnderTest>

const never = () => new AbortController().signal
const PLAIN: TableNames = { silver: 'silver.interactions', gold: 'gold.dashboard' }

const DIGITS = `WITH d(x) AS (VALUES ${Array.from({ length: 10 }, (_, i) => `(${i})`).join(', ')})`
const cross = (count: number) =>
  Array.from({ length: count }, (_, i) => `d AS d${i}`).join(' CROSS JOIN ')
const HUNDRED_THOUSAND = `${DIGITS} SELECT CAST(d0.x * 10000 + d1.x * 1000 + d2.x * 100 + d3.x * 10 + d4.x AS BIGINT) AS n,
  concat('a text that makes the answer long enough for many pages, number ', CAST(d0.x AS VARCHAR)) AS t FROM ${cross(5)}`
/** Hours of work, if nothing stops it. */
const LONG = `${DIGITS} SELECT sum(${Array.from({ length: 12 }, (_, i) => `sqrt(d${i}.x)`).join(' + ')}) AS s FROM ${cross(12)}`

const cells = (response: QueryResponse) =>
  Object.fromEntries(response.columns.map((c, i) => [c.name, response.rows[0]![i]!]))

/** What every QueryEngine must do, whatever it speaks. */
export function queryEngineContract(name: string, open: OpenQueryEngine): void {
  describe(`${name} is a query engine`, () => {
    let under: QueryEngineUnderTest
    let engine: QueryEngine
    const script = () =>
      under.script ?? { one: 'SELECT 1 AS n', wrong: 'SELECT nothing FROM nowhere' }

    beforeAll(async () => {
      under = await open(PLAIN)
      engine = under.engine
    })
    afterAll(() => under?.close())

    test('an answer has columns, rows, and times', async () => {
      const response = await engine.query(script().one, { signal: never() })
      expect(response.columns.map(c => c.name)).toEqual(['n'])
      expect(response.columns[0]!.type).toMatch(/\w/)
      expect(response.rows.map(row => row.map(Number))).toEqual([[1]])
      for (const seconds of [response.engine_seconds, response.fetch_seconds]) {
        expect(Number.isFinite(seconds)).toBe(true)
        expect(seconds).toBeGreaterThanOrEqual(0)
      }
      for (const bytes of [response.bytes_read, response.bytes_from_device])
        if (bytes !== null) expect(bytes).toBeGreaterThanOrEqual(0)
      if (!engine.capabilities.reportsBytesRead) expect(response.bytes_read).toBeNull()
    })

    test('what fails is a QueryFailedError, and the engine goes on', async () => {
      const failed = engine.query(script().wrong, { signal: never() })
      await expect(failed).rejects.toBeInstanceOf(QueryFailedError)
      await expect(failed).rejects.toMatchObject({
        code: 'QUERY_FAILED',
        message: expect.stringMatching(/\w/),
      })
      expect((await engine.query(script().one, { signal: never() })).rows).toHaveLength(1)
    })

    test('a signal that has fired rejects with its reason', async () => {
      const reason = new Error('never began')
      await expect(engine.query(script().one, { signal: AbortSignal.abort(reason) })).rejects.toBe(
        reason,
      )
    })

    test('queries run side by side', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => engine.query(script().one, { signal: never() })),
      )
      expect(answers.map(a => Number(a.rows[0]![0]))).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
    })

    test('it says what it is, and what a flush achieved', async () => {
      const { name: engineName, version } = await engine.describe()
      expect(engineName).toMatch(/^[a-z]+$/)
      expect(version).toMatch(/\d/)
      const flush = await engine.flushCaches()
      expect(typeof flush.proven).toBe('boolean')
      expect(flush.detail).toMatch(/\w+ \w+/)
    })
  })
}

/** What every QueryEngine that speaks SQL must do. */
export function queryEngineConformance(
  name: string,
  open: OpenQueryEngine,
  { oddNames }: { oddNames: readonly TableNames[] },
): void {
  queryEngineContract(name, open)

  describe(`${name} answers SQL`, () => {
    let under: QueryEngineUnderTest
    let engine: QueryEngine
    const ask = (sql: string) => engine.query(sql, { signal: never() })

    beforeAll(async () => {
      under = await open(PLAIN)
      engine = under.engine
    })
    afterAll(() => under?.close())

    test('values come through exactly', async () => {
      const row = cells(
        await ask(`SELECT CAST(9007199254740993 AS BIGINT) AS beyond_doubles, CAST(-9223372036854775808 AS BIGINT) AS least,
          CAST(7 AS INTEGER) AS small, CAST(0.1 AS DOUBLE) + CAST(0.2 AS DOUBLE) AS noisy, CAST('5e-324' AS DOUBLE) AS tiny,
          CAST('NaN' AS DOUBLE) AS nan, CAST('-Infinity' AS DOUBLE) AS infinite, CAST(123456789012345678.90 AS DECIMAL(20, 2)) AS price,
          DATE '2024-02-29' AS leap_day, TIMESTAMP '2024-02-29 10:11:12.123456' AS moment, true AS yes, false AS no,
          'quote '' backslash \\ brace {x} é 😀 1234567890123456789' AS words, '' AS empty`),
      )
      expect(String(row.beyond_doubles)).toBe('9007199254740993')
      expect(String(row.least)).toBe('-9223372036854775808')
      expect(Number(row.small)).toBe(7)
      expect(row.noisy).toBe(0.1 + 0.2)
      expect(row.tiny).toBe(5e-324)
      expect(row.nan).toBeNaN()
      expect(row.infinite).toBe(Number.NEGATIVE_INFINITY)
      expect(String(row.price)).toBe('123456789012345678.90')
      expect(row.leap_day).toBe('2024-02-29')
      expect(row.moment).toBe('2024-02-29T10:11:12.123456')
      expect([row.yes, row.no]).toEqual([true, false])
      expect(row.words).toBe("quote ' backslash \\ brace {x} é 😀 1234567890123456789")
      expect(row.empty).toBe('')
    })

    test('NULL of every type is null', async () => {
      const types = [
        'BIGINT',
        'INTEGER',
        'DOUBLE',
        'DECIMAL(10, 2)',
        'VARCHAR',
        'BOOLEAN',
        'DATE',
        'TIMESTAMP',
      ]
      const response = await ask(
        `SELECT ${types.map((t, i) => `CAST(NULL AS ${t}) AS c${i}`).join(', ')}`,
      )
      expect(response.rows).toEqual([types.map(() => null)])
    })

    test('an answer without rows has its columns', async () => {
      const response = await ask("SELECT n, 'x' AS t FROM {silver} WHERE n > 100")
      expect(response.columns.map(c => c.name)).toEqual(['n', 't'])
      expect(response.rows).toEqual([])
    })

    test('100,000 rows come whole, each once', async () => {
      const { rows } = await ask(HUNDRED_THOUSAND)
      expect(rows).toHaveLength(100_000)
      expect(new Set(rows.map(row => Number(row[0]))).size).toBe(100_000)
      expect(
        rows.every(row => String(row[1]).endsWith(String(Math.floor(Number(row[0]) / 10_000)))),
      ).toBe(true)
    })

    test('order is kept', async () => {
      const { rows } = await ask(`${HUNDRED_THOUSAND} ORDER BY n DESC`)
      expect(rows.every((row, i) => Number(row[0]) === 99_999 - i)).toBe(true)
    })

    test('{silver} and {gold} are the tables, wherever and how often they stand', async () => {
      const { rows } = await ask(
        'SELECT (SELECT sum(n) FROM {silver}), (SELECT max(n) FROM {gold}), count(*) FROM {silver} AS a JOIN {silver} AS b ON a.n = b.n',
      )
      expect(rows.map(row => row.map(Number))).toEqual([[6, 10, 3]])
    })

    test('different questions side by side keep their answers', async () => {
      const numbers = Array.from({ length: 12 }, (_, i) => i)
      const answers = await Promise.all(numbers.map(i => ask(`SELECT n * 100 + ${i} FROM {gold}`)))
      expect(answers.map(a => Number(a.rows[0]![0]))).toEqual(numbers.map(i => 1000 + i))
    })

    test.each([
      ['a word that is no SQL', 'SELEC 1'],
      ['a column that is not there', 'SELECT nothing FROM {silver}'],
      [
        'an error while it runs',
        "SELECT CAST(concat('x', CAST(n AS VARCHAR)) AS INTEGER) FROM {silver}",
      ],
    ])('%s is a QueryFailedError with a cause', async (_, sql) => {
      const error = await ask(sql).catch(e => e)
      expect(error).toBeInstanceOf(QueryFailedError)
      expect(error.message.length).toBeGreaterThan(10)
    })

    test.each([
      ['in the same tick', 0],
      ['while it is being sent', 5],
      ['while it runs', 400],
    ])('an abort %s rejects with the reason, and nothing goes on', async (_, milliseconds) => {
      const controller = new AbortController()
      const reason = new Error('enough')
      const running = engine.query(LONG, { signal: controller.signal })
      if (milliseconds === 0) controller.abort(reason)
      else setTimeout(() => controller.abort(reason), milliseconds)
      await expect(running).rejects.toBe(reason)
      if (under.stillRunning) expect(await under.stillRunning()).toBe(0)
      expect((await ask('SELECT 1')).rows).toHaveLength(1)
    })

    test('an abort of one query leaves the others alone', async () => {
      const controller = new AbortController()
      const long = engine.query(LONG, { signal: controller.signal })
      setTimeout(() => controller.abort(new Error('enough')), 300)
      const others = Array.from({ length: 3 }, () => ask(HUNDRED_THOUSAND))
      await expect(long).rejects.toThrow('enough')
      expect((await Promise.all(others)).map(a => a.rows.length)).toEqual([
        100_000, 100_000, 100_000,
      ])
    })
  })

  describe.each(oddNames)(`${name} with the tables $silver and $gold`, names => {
    test('reads them', async () => {
      const { engine, close } = await open(names)
      try {
        const { rows } = await engine.query(
          'SELECT sum(n), (SELECT sum(n) FROM {gold}) FROM {silver}',
          {
            signal: never(),
          },
        )
        expect(rows.map(row => row.map(Number))).toEqual([[6, 10]])
      } finally {
        await close()
      }
    })
  })
}
