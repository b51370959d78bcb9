import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { privateAuthority } from '../../support/private-authority'
import { openScripted, type Request, scriptedServer, signal, wholeQuery } from './scripted-server'

const user = 'alice'
const password = 'canary-pässwörd-7f"\\'
const BASIC = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
/** Repeats what it was sent, as a careless proxy does. */
const locked = (request: Request) =>
  request.headers.authorization === BASIC
    ? undefined
    : { status: 401, body: `no entry for ${request.headers.authorization}` }

test('a certificate of a private authority is trusted, and every request says who asks', async () => {
  const { caPath, key, cert } = privateAuthority()
  const server = await scriptedServer(wholeQuery(locked), { key, cert })
  const engine = await openScripted(server.url, { user, password, ca_cert: caPath })
  expect((await engine.query('SELECT 1', { signal: signal() })).rows).toEqual([[1n]])
  expect(new Set(server.requests.map(r => r.headers.authorization))).toEqual(new Set([BASIC]))
  expect(new Set(server.requests.map(r => r.headers['x-trino-user']))).toEqual(new Set([user]))
})

test('without the authority it is not, and what to do is said', async () => {
  const { key, cert } = privateAuthority()
  const server = await scriptedServer(wholeQuery(), { key, cert })
  await expect(openScripted(server.url, { user, password })).rejects.toThrow(
    /^Trino at https:\/\/127\.0\.0\.1:\d+ cannot be trusted .*\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)\. Set architecture\.query_engine\.ca_cert/,
  )
  expect(server.seen).toEqual([])
})

test('a refused password is in no part of the error, though the server repeats it', async () => {
  const { caPath, key, cert } = privateAuthority()
  const server = await scriptedServer(wholeQuery(locked), { key, cert })
  const wrong = `${password}x`
  const error = await openScripted(server.url, { user, password: wrong, ca_cert: caPath }).catch(
    e => e,
  )
  expect(error.message).toContain(
    'answered 401 (no entry for Basic ***). It does not let in user "alice"',
  )
  const printed = `${inspect(error, { depth: 20, showHidden: true })} ${error.stack}`
  for (const secret of ['canary', Buffer.from(`${user}:${wrong}`).toString('base64')])
    expect(printed).not.toContain(secret)
})
