import { describe, expect, test } from 'vitest'
import { QueryFailedError } from '../../../src/contracts/errors'
import type { TrinoLimits } from '../../../src/engines/trino/options'
import {
  type Answer,
  ask,
  ID,
  NEXT,
  ONE_ROW,
  openScripted,
  page,
  type Request,
  scriptedServer,
  signal,
  wholeQuery,
} from './scripted-server'

/** What a query ends as whose second page, and all after it, are these. */
async function askFor(
  next: (request: Request, url: string) => Answer,
  limits?: Partial<TrinoLimits>,
) {
  const isPage = ({ method, path }: Request) =>
    method === 'GET' && path.startsWith('/v1/statement/executing')
  const asked = await ask(
    (request, url) => (isPage(request) ? next(request, url) : undefined),
    limits,
  )
  return { ...asked, message: asked.result instanceof Error ? asked.result.message : '' }
}

/** Page after page, each with the next one's address. */
const endless = (more: object) => (request: Request, url: string) =>
  page(
    url,
    'RUNNING',
    `${request.path.replace(/\d+$/, '')}${Number(/\d+$/.exec(request.path)![0]) + 1}`,
    more,
  )

describe('every answer has a limit, and an error that says it', () => {
  test('of a page', async () => {
    const { result, message, server } = await askFor(
      (_, url) => page(url, 'FINISHED', null, { data: Array(1000).fill(['x'.repeat(100)]) }),
      { page_bytes: 2 ** 16 },
    )
    expect(result).toBeInstanceOf(QueryFailedError)
    expect(message).toContain(
      `Trino at ${server.url} does not answer as Trino does: the answer is longer than 64 KiB`,
    )
    // The query is not left to run.
    expect(server.seen).toContain(`DELETE ${NEXT}`)
  })

  test('of pages with rows without end', async () => {
    const { message, server } = await askFor(endless({ ...ONE_ROW, data: Array(100).fill([1]) }), {
      result_bytes: 2 ** 20,
    })
    expect(message).toContain(
      `The result of query ${ID} of Trino at ${server.url} is longer than 1 MiB, the most that is read.`,
    )
    expect(message).toContain('raise limits.result_bytes')
    expect(server.seen.some(s => s.startsWith('DELETE /v1/statement/executing/'))).toBe(true)
  })

  test('of pages without rows that come faster than a query makes them', async () => {
    const { message } = await askFor(endless({}), { result_bytes: 2 ** 20 })
    expect(message).toContain('is longer than 1 MiB')
  })
})

describe('a page that Trino does not send is an error in a sentence', () => {
  const stats = { state: 'FINISHED', elapsedTimeMillis: 5 }
  test.each<[string, string, RegExp]>([
    [
      'rows that are null',
      `{"id":"${ID}","stats":{"state":"FINISHED"},"data":[null]}`,
      /its data\.0: expected array/,
    ],
    [
      'columns that are null',
      `{"id":"${ID}","stats":{"state":"FINISHED"},"columns":[null]}`,
      /its columns\.0: expected object/,
    ],
    [
      'an endless time',
      `{"id":"${ID}","stats":{"state":"FINISHED","elapsedTimeMillis":1e999}}`,
      /stats\.elapsedTimeMillis: is no count/,
    ],
    [
      'a negative time',
      JSON.stringify({ id: ID, stats: { ...stats, elapsedTimeMillis: -1 } }),
      /elapsedTimeMillis: Too small/,
    ],
    [
      'a time that has not passed',
      JSON.stringify({ id: ID, stats: { ...stats, elapsedTimeMillis: 1e9 } }),
      /took 1000000 s, of which 0\.\d{3} s passed here/,
    ],
    [
      'rows that are in another place',
      JSON.stringify({ id: ID, stats, data: { encoding: 'json', segments: [] } }),
      /its data: expected array/,
    ],
    [
      'other columns than before',
      JSON.stringify({ id: ID, stats, columns: [{ name: 'm', type: 'bigint' }] }),
      /its columns change/,
    ],
    [
      'a value of another type',
      JSON.stringify({ id: ID, stats, data: [['x']] }),
      /a value that is no bigint in column n/,
    ],
    [
      'half a number',
      JSON.stringify({ id: ID, stats, data: [[0.5]] }),
      /a value that is no bigint in column n/,
    ],
  ])('%s', async (_, body, expected) => {
    const { result, message } = await askFor(() => ({ body }))
    expect(result).toBeInstanceOf(QueryFailedError)
    expect(message).toMatch(expected)
    expect(message).toContain(ID)
  })

  test('but what it leaves out may be null', async () => {
    const body = JSON.stringify({
      id: ID,
      nextUri: null,
      columns: null,
      data: null,
      error: null,
      stats: { ...stats, processedRows: null },
    })
    expect((await askFor(() => ({ body }))).result).toMatchObject({
      rows: [[1n]],
      server: { processed_rows: null },
    })
  })

  test('and a statement without a result has no columns', async () => {
    const error = {
      message: 'no such procedure',
      errorName: 'PROCEDURE_NOT_FOUND',
      errorType: 'USER_ERROR',
    }
    const { message } = await askFor((_, url) => page(url, 'FAILED', null, { columns: [], error }))
    expect(message).toContain('PROCEDURE_NOT_FOUND: no such procedure.')
  })

  test('and a time of 0 was not measured', async () => {
    const { result } = await askFor((_, url) =>
      page(url, 'FINISHED', null, { stats: { state: 'FINISHED', elapsedTimeMillis: 0 } }),
    )
    expect((result as { engine_seconds: number }).engine_seconds).toBeGreaterThan(0)
  })
})

describe('the address of the next page', () => {
  test.each<[string, (url: string, elsewhere: string) => string]>([
    ['of another port', (_, elsewhere) => `${elsewhere}${NEXT}`],
    ['with a password of its own', url => `${url.replace('//', '//user:secret@')}${NEXT}`],
    ['that is none', () => 'executing/2'],
    ['of a file', () => 'file:///etc/passwd'],
  ])('%s is refused without a password, too, and nothing is sent there', async (_, address) => {
    const elsewhere = await scriptedServer(wholeQuery())
    const server = await scriptedServer(
      wholeQuery((request, url) =>
        request.method === 'POST'
          ? { body: { id: ID, nextUri: address(url, elsewhere.url), stats: { state: 'QUEUED' } } }
          : undefined,
      ),
    )
    const engine = await openScripted(server.url)
    await expect(engine.query('SELECT 1', { signal: signal() })).rejects.toThrow(
      / for the rest of query /,
    )
    expect(elsewhere.seen).toEqual([])
    expect(server.seen.filter(s => s.includes(NEXT))).toEqual([])
  })
})
