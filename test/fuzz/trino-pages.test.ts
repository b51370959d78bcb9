import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { QueryFailedError } from '../../src/contracts/errors'
import type { QueryResponse } from '../../src/contracts/ports'
import type { TrinoQueryEngine } from '../../src/engines/trino/query-engine'
import { openTrino } from '../../src/engines/trino/query-engine'
import { parseExactJson, stringifyExactJson } from '../../src/shared/exact-json'
import { below, fuzz, mutateBytes, mutateTree, ODD_VALUES, pick, type Random } from './inputs'

/** What Trino 476 said of a query over columns of every type. */
const SESSION = parseExactJson(
  readFileSync(new URL('trino-session.json', import.meta.url), 'utf8'),
) as {
  readonly info: object
  readonly pages: readonly {
    readonly nextUri?: string
    readonly columns?: readonly { readonly name: string }[]
  }[]
}
const NEXT = '/v1/statement/executing/'
const STATUSES = [200, 204, 301, 307, 401, 403, 404, 410, 429, 500, 502, 503]
const ODD = [
  ...ODD_VALUES,
  'http://127.0.0.1:1/v1/statement/x',
  'file:///etc/passwd',
  'x'.repeat(300_000),
]

/** The answers of one query, as the next one gets them. */
let answers: { readonly status: number; readonly body: Buffer | string }[] = []
let url = ''
let elsewhere = ''
let strays = 0
let engine: TrinoQueryEngine

const own = createServer((request, response) => {
  request.resume()
  const { method, url: path = '' } = request
  if (path === '/v1/info') return response.end(JSON.stringify(SESSION.info))
  if (path.startsWith('/v1/query/')) return response.end('{"state":"FAILED"}')
  if (method === 'DELETE') return response.writeHead(204).end()
  const at = method === 'POST' ? 0 : Number(path.slice(NEXT.length))
  const answer = answers[at] ?? { status: 404, body: 'Query not found' }
  return response
    .writeHead(answer.status, { location: `${elsewhere}/v1` })
    .end(answer.status === 204 ? '' : answer.body)
})
const other = createServer((_, response) => {
  strays++
  response.end()
})
const listen = (server: typeof own) =>
  new Promise<string>(resolve =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  )

beforeAll(async () => {
  url = await listen(own)
  elsewhere = await listen(other)
  engine = await openTrino({
    url,
    catalog: 'lake',
    tables: { silver: 's.t', gold: 'g.t' },
    limits: {
      ...{ request_seconds: 10, start_seconds: 0, retry_seconds: 0.1, cancel_seconds: 1 },
      ...{ page_bytes: 2 ** 18, result_bytes: 2 ** 20 },
    },
  })
})
afterAll(async () => {
  await engine.close()
  for (const server of [own, other]) server.close()
})

const pages = () =>
  SESSION.pages.map((page, i) =>
    'nextUri' in page ? { ...page, nextUri: `${url}${NEXT}${i + 1}` } : page,
  )

function mutated(page: unknown, random: Random): (typeof answers)[number] {
  const odd = [...ODD, `${elsewhere}${NEXT}1`]
  const kind = below(random, 10)
  if (kind === 0) return { status: pick(random, STATUSES), body: stringifyExactJson(page) }
  if (kind < 4)
    return { status: 200, body: mutateBytes(Buffer.from(stringifyExactJson(page)), random) }
  const text = stringifyExactJson(mutateTree(page, random, odd))
  // What no program writes on purpose: a number beyond doubles.
  return { status: 200, body: kind === 4 ? text.replace(/:\d+/, ':1e999') : text }
}

const TYPES: readonly (readonly [RegExp, (value: unknown) => boolean])[] = [
  [/^bigint/, v => typeof v === 'bigint'],
  [/^(integer|smallint|tinyint)/, v => Number.isSafeInteger(v)],
  [/^(double|real)/, v => typeof v === 'number'],
  [/^boolean/, v => typeof v === 'boolean'],
  [/^/, v => typeof v === 'string'],
]

/** No number that was not sent, and none that cannot be. */
function checkAnswer(
  { columns, rows, engine_seconds, fetch_seconds, server }: QueryResponse,
  wall: number,
): void {
  expect(engine_seconds).toBeGreaterThan(0)
  expect(engine_seconds).toBeLessThanOrEqual(wall * 1.01 + 1)
  expect(fetch_seconds).toBeGreaterThanOrEqual(0)
  for (const [name, value] of Object.entries(server!))
    if (name !== 'query_id')
      expect(value === null || (Number.isFinite(value) && Number(value) >= 0)).toBe(true)
  for (const row of rows) {
    expect(row).toHaveLength(columns.length)
    row.forEach((cell, i) => {
      const [, fits] = TYPES.find(([type]) => type.test(columns[i]!.type.toLowerCase()))!
      expect(cell === null || fits(cell), `${columns[i]!.type}: ${String(cell)}`).toBe(true)
    })
  }
}

test('a whole session gives its rows', async () => {
  answers = pages().map(page => ({ status: 200, body: stringifyExactJson(page) }))
  const { rows, columns } = await engine.query('SELECT 1', { signal: new AbortController().signal })
  expect(columns.map(c => c.name)).toEqual(SESSION.pages[2]!.columns!.map(c => c.name))
  expect(rows.map(row => row[0])).toEqual([1n, 2n, 3n, 4n, 5n])
  expect(rows[4]).toEqual([
    ...[5n, 5, 5 / 3, '5', '2024-03-04', '2024-02-29T10:11:12.123456', '5.00', false],
    ...['[5,6]', '{"a":5}', null, 23058430092136935n, Number.NaN],
  ])
})

test('a session with a broken page ends in an error of one sentence, or in numbers that can be', {
  timeout: 1_800_000,
}, async () => {
  let failed = 0
  let count = 0
  await fuzz(200, async random => {
    const all = pages()
    const broken = below(random, all.length)
    answers = all.map((page, i) =>
      i === broken ? mutated(page, random) : { status: 200, body: stringifyExactJson(page) },
    )
    const begun = performance.now()
    count++
    try {
      checkAnswer(
        await engine.query('SELECT 1', { signal: new AbortController().signal }),
        (performance.now() - begun) / 1000,
      )
    } catch (error) {
      failed++
      if (!(error instanceof QueryFailedError)) throw error
      expect(error.message).toMatch(/Trino at http:\/\/127\.0\.0\.1:\d+/)
      expect(error.message.length).toBeLessThan(1500)
      expect(error.message).not.toMatch(
        /Cannot read|is not a function|undefined is not|ZodError|\n {4}at /,
      )
    }
    expect(strays).toBe(0)
  })
  // Neither is everything refused, nor everything taken.
  if (count > 100) expect(failed / count).toSatisfy((share: number) => share > 0.2 && share < 0.98)
})
