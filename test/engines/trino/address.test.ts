import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { PrerequisiteError } from '../../../src/contracts/errors'
import { checkTrino } from '../../../src/engines/trino/check-trino'
import { tableParts, trinoAddress, trinoTables } from '../../../src/engines/trino/options'

const dir = mkdtempSync(join(tmpdir(), 'lakebench-trino-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const SECRET = 'canary-9f3b'
const tables = { silver: 's.t', gold: 'g.t' }

const refused: [string, object, RegExp][] = [
  ['no URL', { url: 'trino:8080' }, /must be an http or https URL/],
  ['nothing', { url: '' }, /must be an http or https URL/],
  ['another scheme', { url: 'jdbc:trino://host' }, /must be an http or https URL/],
  [
    'credentials in the URL',
    { url: `https://u:${SECRET}@trino.example.org` },
    /must not carry credentials/,
  ],
  [
    'a path',
    { url: 'http://trino.example.org/ui' },
    /scheme, host and port, like http:\/\/trino\.example\.org;/,
  ],
  ['a query', { url: 'http://trino.example.org?x=1' }, /scheme, host and port/],
  [
    'a password over http',
    { url: 'http://trino.example.org', password: SECRET },
    /in the clear: it is sent over https only/,
  ],
  [
    'a user that no header carries',
    { url: 'http://trino.example.org', user: 'a\nb' },
    /printable ASCII/,
  ],
  [
    'authorities that are not there',
    { url: 'https://trino.example.org', ca_cert: join(dir, 'none.pem') },
    /cannot be read \(ENOENT\)/,
  ],
]

describe('an address that cannot work is refused before anything is sent', () => {
  test.each(refused)('%s', async (_, options, message) => {
    const given = { catalog: 'lake', tables, url: '', ...options }
    const error = (() => {
      try {
        return trinoAddress(given)
      } catch (e) {
        return e
      }
    })() as Error
    expect(error).toBeInstanceOf(PrerequisiteError)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain(SECRET)
    const status = await checkTrino(given)
    expect(status).toMatchObject({ healthy: false, version: null })
    expect(JSON.stringify(status)).not.toContain(SECRET)
  })

  test('a file that holds no certificate', () => {
    const path = join(dir, 'key.pem')
    writeFileSync(path, '-----BEGIN PRIVATE KEY-----\n')
    expect(() => trinoAddress({ url: 'https://t', catalog: 'l', tables, ca_cert: path })).toThrow(
      /holds no PEM certificate/,
    )
  })
})

test('the user has a default, and a slash at the end does no harm', () => {
  expect(trinoAddress({ url: 'http://Trino.example.org:80/', catalog: 'l', tables })).toMatchObject(
    {
      origin: 'http://trino.example.org',
      user: 'lakebench',
      password: '',
    },
  )
})

test('every part of a table name is quoted', () => {
  expect(trinoTables('my "lake"', { silver: 'a.b.t', gold: 'select.or"der' }).relations).toEqual({
    silver: '"my ""lake"""."a.b"."t"',
    gold: '"my ""lake"""."select"."or""der"',
  })
  for (const name of ['t', '.t', 's.', ''])
    expect(() => tableParts(name, 'silver')).toThrow(/no name for the silver table/)
})
