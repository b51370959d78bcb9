import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeContainer, encodeContainer } from '../../src/iceberg/avro'
import { beginWrite, loadTable } from '../../src/iceberg/table'
import { parseExactJson, stringifyExactJson } from '../../src/shared/exact-json'
import { violations } from './invariants'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

const unsafe = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .filter(v => !Number.isSafeInteger(Number(v)))

test('JSON keeps every integer, wherever it stands, and leaves digits in strings alone', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    unsafe.map(v => `"x": ${v},\\`),
    unsafe.map(String),
  )
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      unsafe,
      fc.integer(),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .filter(v => !Object.is(v, -0) && (!Number.isInteger(v) || Number.isSafeInteger(v))),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(
        text.filter(k => k !== '__proto__'),
        tie('value'),
        { noNullPrototype: true },
      ),
    ),
  }))
  fc.assert(
    fc.property(value, v => {
      expect(parseExactJson(stringifyExactJson(v))).toEqual(v)
    }),
    { numRuns: 2000 },
  )
})

test('what is no JSON is an error, not a value', () => {
  for (const text of ['', '{', '{"a": 12345678901234567890', '01', '[1,]', '"\u0000"']) {
    expect(() => parseExactJson(text)).toThrow(SyntaxError)
  }
})

test('Avro containers give back what they were given, header attributes included', () => {
  const schema = {
    type: 'record',
    name: 'r',
    fields: [
      { name: 'n', type: 'long', 'field-id': 1 },
      { name: 'o', type: ['null', 'long'], default: null, 'field-id': 2 },
      { name: 'b', type: { type: 'array', items: 'bytes', 'element-id': 4 }, 'field-id': 3 },
    ],
  }
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  const row = fc.record({
    n: long,
    o: fc.option(long),
    b: fc.array(fc.uint8Array({ maxLength: 9 }).map(a => Buffer.from(a))),
  })
  fc.assert(
    fc.property(fc.array(row), rows => {
      const read = decodeContainer(encodeContainer(schema, rows, { key: 'välue' }))
      expect(read.rows.map(r => ({ ...r }))).toEqual(rows)
      expect(read.schema).toEqual(schema)
      expect(read.metadata.get('key')).toBe('välue')
    }),
  )
  const many = Array.from({ length: 2500 }, (_, i) => ({ n: BigInt(i), o: null, b: [] }))
  expect(decodeContainer(encodeContainer(schema, many, {})).rows).toHaveLength(2500)
})

test('a damaged Avro container is an error or other rows, never a hang or a crash', () => {
  const schema = {
    type: 'record',
    name: 'r',
    fields: [
      { name: 'n', type: 'long' },
      { name: 's', type: 'string' },
      { name: 'a', type: { type: 'array', items: ['null', 'bytes'] } },
      { name: 'm', type: { type: 'map', values: 'long' } },
    ],
  }
  const whole = encodeContainer(
    schema,
    Array.from({ length: 50 }, (_, i) => ({
      n: BigInt(i),
      s: `row ${i}`,
      a: [null, Buffer.from('x')],
      m: { k: BigInt(i) },
    })),
    {},
  )
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      (at, flip, cut) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole)
        if (!cut) bytes[at]! ^= flip
        try {
          const { rows } = decodeContainer(bytes)
          expect(cut && at < whole.length ? rows.length : 50).toBeLessThanOrEqual(50)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      },
    ),
    { numRuns: 1500 },
  )
})

test('every single damaged byte of a container ends in an error or in rows', () => {
  const schema = {
    type: 'record',
    name: 'r',
    fields: [{ name: 'a', type: { type: 'array', items: 'long' } }],
  }
  const whole = encodeContainer(schema, [{ a: [1n, 2n] }, { a: [] }], { key: 'value' })
  for (let at = 0; at < whole.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bytes = Buffer.from(whole)
      bytes[at]! ^= 1 << bit
      try {
        expect(decodeContainer(bytes).rows.length).toBeLessThanOrEqual(2)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
  }
})

test('snapshot ids beyond 2^53 survive reading and writing', async () => {
  const location = join(tempFolder(), 'table')
  const put = async () => {
    const write = await beginWrite(location, {
      columns: COLUMNS,
      partitionBy: null,
      mode: 'append',
    })
    const outcome = await write.commit([writeRows(write)], {})
    if (outcome.state !== 'committed') throw outcome.cause
    return outcome.snapshotId
  }
  const first = await put()
  // The largest id there is, in place of the first one.
  const path = join(location, 'metadata', 'v1.metadata.json')
  const largest = String(2n ** 63n - 1n)
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replaceAll(`snapshot-id":${first}`, `snapshot-id":${largest}`),
  )
  const list = readdirSync(join(location, 'metadata')).find(name => name.startsWith('snap-'))!
  const { schema, rows, metadata } = decodeContainer(readFileSync(join(location, 'metadata', list)))
  const renamed = rows.map(row => ({ ...row, added_snapshot_id: BigInt(largest) }))
  const header = {
    ...Object.fromEntries([...metadata].filter(([key]) => !key.startsWith('avro.'))),
    'snapshot-id': largest,
  }
  writeFileSync(join(location, 'metadata', list), encodeContainer(schema, renamed, header))
  expect((await loadTable(location))!.snapshotId).toBe(largest)
  const second = await put()
  const text = readFileSync(join(location, 'metadata', 'v2.metadata.json'), 'utf8')
  expect(text).toContain(`"parent-snapshot-id":${largest}`)
  expect(text).toContain(`"current-snapshot-id":${second}`)
  expect(violations(location)).toEqual([])
})
