import { expect, test } from 'vitest'
import { CommitUnknownError } from '../../../../src/contracts/errors'
import { withPatience } from '../../../../src/engines/duckdb/streams/patience'

const signal = new AbortController().signal

test('a batch on a storage that is away waits, and is done once it is back', async () => {
  let looks = 0
  const told: string[] = []
  const done = await withPatience(async () => 'done', {
    present: async () => ++looks > 2,
    seconds: 10,
    signal,
    onRetry: why => told.push(why),
  })
  expect(done).toBe('done')
  expect(told).toEqual(['the storage is not there'])
})

test('a commit that nobody knows about, and errors of a storage that comes back, are tried again', async () => {
  const errors = [
    new CommitUnknownError('c', 'nobody can say'),
    Object.assign(new Error('read'), { code: 'EIO' }),
    new Error('outer', { cause: Object.assign(new Error('stale'), { code: 'ESTALE' }) }),
  ]
  const done = await withPatience(
    async () => {
      const error = errors.shift()
      if (error) throw error
      return 'done'
    },
    { present: async () => true, seconds: 10, signal, onRetry: () => {} },
  )
  expect(done).toBe('done')
})

test('any other error on a storage that is there is the end', async () => {
  let tries = 0
  const failing = withPatience(
    async () => {
      tries++
      throw new Error('a wrong query')
    },
    { present: async () => true, seconds: 10, signal, onRetry: () => {} },
  )
  await expect(failing).rejects.toThrow('a wrong query')
  expect(tries).toBe(1)
})

test('a file that was not found on a storage that is there again is looked for again, not for ever', async () => {
  let tries = 0
  const gone = Object.assign(new Error('no such file'), { code: 'ENOENT' })
  const options = { present: async () => true, seconds: 10, signal, onRetry: () => {} }
  const batch = async (fails: number) => {
    if (++tries <= fails) throw new Error('the commit failed', { cause: gone })
    return 'done'
  }
  expect(await withPatience(() => batch(3), options)).toBe('done')
  tries = 0
  await expect(withPatience(() => batch(4), options)).rejects.toThrow('the commit failed')
  expect(tries).toBe(4)
})

test('patience has an end, which says how long it was; an abort ends it at once', async () => {
  const away = { present: async () => false, onRetry: () => {} }
  await expect(withPatience(async () => 1, { ...away, seconds: 0.1, signal })).rejects.toThrow(
    /did not come back within 0.1 s/,
  )
  const stop = new AbortController()
  setTimeout(() => stop.abort(new Error('stopped')), 20)
  await expect(
    withPatience(async () => 1, { ...away, seconds: 60, signal: stop.signal }),
  ).rejects.toThrow('stopped')
})
