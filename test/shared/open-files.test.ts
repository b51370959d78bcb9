import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import { every, guarded } from '../../src/shared/guard'
import { openFilesLimit } from '../../src/shared/machine-limits'
import { explainOpenFiles, requireOpenFiles } from '../../src/shared/open-files'
import { tempDir } from '../support/fake-parts'

test('the limit is the soft one of the process, where the system tells it', () => {
  const root = mkdtempSync(join(tempDir(), 'root-'))
  expect(openFilesLimit(root)).toBeNull()
  mkdirSync(join(root, 'proc/self'), { recursive: true })
  writeFileSync(
    join(root, 'proc/self/limits'),
    'Limit                     Soft Limit           Hard Limit           Units\nMax open files            40                   1048576              files\n',
  )
  expect(openFilesLimit(root)).toBe(40)
  writeFileSync(
    join(root, 'proc/self/limits'),
    'Max open files            unlimited            unlimited            files\n',
  )
  expect(openFilesLimit(root)).toBeNull()
})

test('too low a limit is refused with the limit and what is needed', () => {
  expect(() => requireOpenFiles(40)).toThrow(
    /40 files open at once \(ulimit -n\).*needs 256.*ulimit -n 1024/,
  )
  for (const limit of [256, 1024, null]) expect(() => requireOpenFiles(limit)).not.toThrow()
})

test('a shortage anywhere in the causes of an error is told as such, others are not', () => {
  const shortage = Object.assign(new Error('EMFILE: too many open files, open x'), {
    code: 'EMFILE',
  })
  const wrapped = new Error('Cannot read it.', {
    cause: new Error('in between', { cause: shortage }),
  })
  for (const error of [shortage, wrapped, new Error('spawn git EMFILE')])
    expect(explainOpenFiles(error)).toBeInstanceOf(PrerequisiteError)
  for (const error of [new Error('ENOENT: no such file'), 'EMFILE', undefined])
    expect(explainOpenFiles(error)).toBeNull()
})

test('what a timer or a listener throws reaches nobody, and the timer goes on', async () => {
  let calls = 0
  let timer: NodeJS.Timeout | undefined
  const twice = new Promise<void>(resolve => {
    timer = every(1, () => {
      if (++calls === 2) resolve()
      throw new Error('EMFILE')
    })
  })
  await twice
  clearInterval(timer)
  const aborted = new AbortController()
  aborted.signal.addEventListener(
    'abort',
    guarded(() => {
      throw new Error('thrown by a listener')
    }),
  )
  // Node throws what an unguarded listener throws at the process, a turn later.
  aborted.abort()
  await new Promise(resolve => setImmediate(resolve))
})
