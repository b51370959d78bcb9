import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ObjectStore } from '../../src/contracts/ports'

export interface StoreUnderTest {
  readonly store: ObjectStore
  close(): Promise<void> | void
}

const text = (body: Uint8Array | null) =>
  body === null ? null : Buffer.from(body).toString('utf8')

/** What every ObjectStore must do; `makeStore` gives an empty one for each test. */
export function objectStoreConformance(
  name: string,
  makeStore: () => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  describe(`${name} is an object store`, () => {
    let under: StoreUnderTest
    let store: ObjectStore

    beforeEach(async () => {
      under = await makeStore()
      store = under.store
    })
    afterEach(() => under.close())

    test('what is put can be got, as bytes or text, and replaced', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
      expect(await store.put('a/b.bin', bytes)).toBe(true)
      expect(Buffer.from((await store.get('a/b.bin'))!)).toEqual(Buffer.from(bytes))
      expect(await store.put('a/b.bin', 'ünï')).toBe(true)
      expect(text(await store.get('a/b.bin'))).toBe('ünï')
      expect(await store.put('empty', '')).toBe(true)
      expect(text(await store.get('empty'))).toBe('')
    })

    test('a range gives those bytes, fewer at the end, none behind it', async () => {
      await store.put('digits', '0123456789')
      expect(text(await store.get('digits', { start: 0, length: 3 }))).toBe('012')
      expect(text(await store.get('digits', { start: 8, length: 5 }))).toBe('89')
      expect(text(await store.get('digits', { start: 10, length: 5 }))).toBe('')
      expect(text(await store.get('digits', { start: 25, length: 5 }))).toBe('')
      expect(await store.get('nothing', { start: 0, length: 3 })).toBeNull()
    })

    test('what is not there is null, an empty list, and deletable', async () => {
      await store.put('folder/object', 'x')
      expect(await store.get('nothing')).toBeNull()
      expect(await store.get('folder')).toBeNull()
      expect(await store.get('folder/object/below')).toBeNull()
      expect(await store.list('nothing/')).toEqual([])
      await store.delete('nothing')
      await store.delete('folder')
      expect(text(await store.get('folder/object'))).toBe('x')
    })

    test('ifAbsent keeps what is there, and lets one of many writers win', async () => {
      expect(await store.put('once', 'first', { ifAbsent: true })).toBe(true)
      expect(await store.put('once', 'second', { ifAbsent: true })).toBe(false)
      expect(text(await store.get('once'))).toBe('first')
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, i) => store.put('race', `writer ${i}`, { ifAbsent: true })),
      )
      expect(results.filter(Boolean)).toHaveLength(1)
      expect(text(await store.get('race'))).toBe(`writer ${results.indexOf(true)}`)
      await store.delete('race')
      expect(await store.put('race', 'again', { ifAbsent: true })).toBe(true)
    })

    test('a reader sees one body whole, never a mixture', async () => {
      const body = (i: number) => String(i % 10).repeat(200_000)
      await store.put('big', body(0))
      const write = async () => {
        for (let i = 1; i <= 20; i++) await store.put('big', body(i))
      }
      const read = async () => {
        for (let i = 0; i < 40; i++) {
          const got = Buffer.from((await store.get('big'))!).toString()
          expect(got.length).toBe(200_000)
          expect(got).toBe(got[0]!.repeat(200_000))
        }
      }
      await Promise.all([write(), write(), read()])
      expect((await store.list('')).map(o => o.key)).toEqual(['big'])
    })

    test('list gives what begins with the prefix, sorted, with sizes', async () => {
      for (const key of ['b/2', 'b/10', 'a', 'b/c/d', 'b-', 'bb']) await store.put(key, key)
      const keys = async (prefix: string) => (await store.list(prefix)).map(o => o.key)
      expect(await keys('')).toEqual(['a', 'b-', 'b/10', 'b/2', 'b/c/d', 'bb'])
      expect(await keys('b/')).toEqual(['b/10', 'b/2', 'b/c/d'])
      expect(await keys('b')).toEqual(['b-', 'b/10', 'b/2', 'b/c/d', 'bb'])
      expect(await keys('b/c')).toEqual(['b/c/d'])
      expect(await keys('b/c/d')).toEqual(['b/c/d'])
      expect((await store.list('b/c'))[0]).toMatchObject({ key: 'b/c/d', size: 5 })
      const [object] = await store.list('a')
      expect(Math.abs(Date.now() - object!.modified)).toBeLessThan(3_600_000)
      await store.delete('b/c/d')
      expect(await keys('b/c')).toEqual([])
    })

    test.each([
      'with space',
      ' lead and trail ',
      "it's",
      '"quoted"',
      'semi;colon',
      'back\\slash',
      'per%20cent',
      'hash#?query=1&x',
      'plus+and=',
      'ünïcödé/日本語/😀',
      'tab\tand\nnewline',
      '$HOME/`id`/*',
      '.hidden/..dots.../a..b',
      '-rf',
    ])('%j is an ordinary key', async key => {
      await store.put(key, 'odd')
      expect(text(await store.get(key))).toBe('odd')
      expect((await store.list('')).map(o => o.key)).toEqual([key])
      await store.delete(key)
      expect(await store.get(key)).toBeNull()
    })

    test.each([
      '',
      '/',
      '/etc/passwd',
      '..',
      '../x',
      'a/../../x',
      'a/..',
      './a',
      'a/./b',
      'a//b',
      'a/',
      'nul\0byte',
    ])('%j is refused as a key', async key => {
      const refused = { name: 'PrerequisiteError' }
      await expect(store.get(key)).rejects.toMatchObject(refused)
      await expect(store.put(key, 'x')).rejects.toMatchObject(refused)
      await expect(store.delete(key)).rejects.toMatchObject(refused)
      expect(() => store.location(key)).toThrow(expect.objectContaining(refused))
      expect(await store.list('')).toEqual([])
    })
  })
}
