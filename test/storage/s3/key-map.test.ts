import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layerKeys, prefixKeys } from '../../../src/storage/s3/key-map'

const part = fc.stringMatching(/^[a-c-]{1,3}$/)
const key = fc
  .tuple(
    fc.constantFrom('bronze', 'silver', 'gold'),
    fc.array(part, { minLength: 1, maxLength: 3 }),
  )
  .map(([layer, rest]) => [layer, ...rest].join('/'))
const bucket = fc.constantFrom('one', 'two', 'three')
const below = fc.constantFrom('', 'a', 'lake/x')
const buckets = fc.record({ bronze: bucket, silver: bucket, gold: bucket })

test('whatever buckets the layers have: two keys are never one object, and every key is found in exactly one range', () => {
  fc.assert(
    fc.property(
      buckets,
      below,
      fc.uniqueArray(key, { maxLength: 12 }),
      fc.nat(12),
      (names, prefix, keys, cut) => {
        const map = layerKeys(names, prefix)
        const places = keys.map(k => map.place(k))
        for (const { object } of places) expect(object.startsWith(prefix)).toBe(true)
        expect(new Set(places.map(p => `${p.bucket} ${p.object}`)).size).toBe(keys.length)
        const wanted = (keys[0] ?? '').slice(0, cut)
        const listed = map
          .ranges(wanted)
          .flatMap(range =>
            places
              .filter(p => p.bucket === range.bucket && p.object.startsWith(range.prefix))
              .map(p => range.key(p.object)),
          )
        expect(listed.sort()).toEqual(keys.filter(k => k.startsWith(wanted)).sort())
      },
    ),
  )
})

test('a prefix is put before every key of one bucket', () => {
  const map = prefixKeys('one', 'below/')
  expect(map.place('a/b')).toEqual({ bucket: 'one', object: 'below/a/b' })
  expect(map.ranges('a')[0]).toMatchObject({ bucket: 'one', prefix: 'below/a' })
  expect(map.ranges('a')[0]!.key('below/a/b')).toBe('a/b')
  for (const wrong of ['..', 'a//b', '/a'])
    expect(() => map.ranges(wrong)).toThrow(/is no key below/)
})
