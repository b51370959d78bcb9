import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeWhole } from '../../src/cli/write-whole'
import { nodeFs } from '../../src/shared/file-system'
import { removeStagedFiles } from '../../src/shared/staged-files'
import {
  STAGED,
  stagedIn,
  writeAtomically,
  writeAtomicallySync,
} from '../../src/shared/write-atomically'
import { tempFolder } from '../iceberg/table-fixture'

const ways = [
  ['awaited', (path: string, text: string) => writeAtomically(path, text)],
  ['blocking', async (path: string, text: string) => writeAtomicallySync(path, text)],
  ['at a path of the command line', (path: string, text: string) => writeWhole(path, text)],
] as const

test.each(ways)(
  'a file is replaced whole, and nothing stays beside it (%s)',
  async (_way, write) => {
    const folder = tempFolder()
    await write(join(folder, 'a'), 'one')
    await write(join(folder, 'a'), 'two')
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('two')
    expect(readdirSync(folder)).toEqual(['a'])
  },
)

test.each(ways)(
  'a link in the place of the file is replaced, and what it leads to stays (%s)',
  async (_way, write) => {
    const folder = tempFolder()
    const victim = join(folder, 'victim')
    writeFileSync(victim, 'precious')
    symlinkSync(victim, join(folder, 'a'))
    await write(join(folder, 'a'), 'new')
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('new')
  },
)

test.each(ways)(
  'a folder in the place of the file is an error, and nothing stays beside it (%s)',
  async (_way, write) => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'a/b'), { recursive: true })
    await expect(write(join(folder, 'a'), 'new')).rejects.toThrow()
    expect(readdirSync(folder)).toEqual(['a'])
  },
)

test('a file is created under a name that is new each time, and never through a link', async () => {
  const folder = tempFolder()
  expect(stagedIn(folder)).not.toBe(stagedIn(folder))
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'))
  await expect(nodeFs.create(join(folder, 'link'))).rejects.toMatchObject({ code: 'EEXIST' })
  expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
})

test('of two that write where nothing may be, one does', async () => {
  const path = join(tempFolder(), 'a')
  const both = await Promise.all(
    ['1', '2'].map(text => writeAtomically(path, text, { ifAbsent: true })),
  )
  expect(both.filter(Boolean)).toHaveLength(1)
  expect(readFileSync(path, 'utf8')).toBe(both[0] ? '1' : '2')
})

test('a pipe at a path of the command line is not replaced', async () => {
  const path = join(tempFolder(), 'pipe')
  execFileSync('mkfifo', [path])
  await expect(writeWhole(path, 'text')).rejects.toThrow(
    `Cannot write ${path}: it is there, and is no file.`,
  )
})

test('what a killed writer left goes, what a living one writes stays, and links are not followed', async () => {
  const [folder, outside] = [tempFolder(), tempFolder()]
  mkdirSync(join(folder, 'deep'))
  const own = stagedIn(join(folder, 'deep'))
  const dead = own.replace(/\.[0-9a-z]+\.\d*\.([0-9a-f]+)$/, '.2hwcd.5.$1')
  const earlier = join(folder, `${STAGED}0b6a2f0e-8f4f-4c26-9b0f-2b7a3a5b7f11`)
  const otherHost = own.replace(/staged-[0-9a-f]+/, 'staged-00000000')
  const behindLink = join(outside, `${STAGED}0b6a2f0e-8f4f-4c26-9b0f-2b7a3a5b7f11`)
  for (const path of [own, dead, earlier, otherHost, behindLink]) writeFileSync(path, '')
  symlinkSync(outside, join(folder, 'link'))
  expect(await removeStagedFiles(folder, { alone: false })).toEqual([dead])
  expect([...(await removeStagedFiles(folder, { alone: true }))].sort()).toEqual(
    [earlier, otherHost].sort(),
  )
  expect(existsSync(own) && existsSync(behindLink)).toBe(true)
})
