import { fork } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { beginWrite, type WriteOptions } from '../../src/iceberg/table'
import { cleanup } from '../../src/platforms/cleanup'
import { ownName } from '../../src/shared/own-name'
import { makeScratchFolder } from '../../src/shared/scratch-folder'
import { stagedIn } from '../../src/shared/write-atomically'
import { holdStorage } from '../../src/storage/lease'
import { parseTableName, tableLocation } from '../../src/storage/table-name'
import { COLUMNS, tempFolder, writeRows } from './table-fixture'

/** A name as a process made it that has ended since. */
const deadName = () => ownName().replace(/\.[0-9a-z]+\.\d*\.([0-9a-f]+)$/, '.2hwcd.5.$1')

/** What a killed run leaves in its storage. */
function leave(root: string): readonly string[] {
  const paths = [
    join(root, 'bronze/_lakebench', `.lakebench-staged-${deadName()}`),
    join(root, 'bronze/_lakebench/unfinished', `.lakebench-staged-${deadName()}`),
    join(root, 'silver/warehouse/lakehouse/silver/metadata', `.lakebench-staged-${deadName()}`),
    join(root, '.lakebench', `.lakebench-staged-${deadName()}`),
    join(root, '.lakebench/0b6a2f0e-8f4f-4c26-9b0f-2b7a3a5b7f11.staged'),
  ]
  for (const path of paths) {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, 'half')
  }
  return paths
}

test('who holds the storage removes what a killed run left, and nothing else', async () => {
  const root = tempFolder()
  const left = leave(root)
  const data = join(root, 'bronze/_lakebench/corpus.json')
  const own = stagedIn(join(root, 'bronze'))
  for (const path of [data, own]) writeFileSync(path, '')
  const lease = await holdStorage(root, 'the test')
  expect([...lease.removed].sort()).toEqual([...left].sort())
  expect(left.filter(path => existsSync(path))).toEqual([])
  expect(existsSync(data) && existsSync(own)).toBe(true)
  await lease.release()
})

test('cleanup without a cluster removes it alone: files being written and documents of jobs', async () => {
  const root = tempFolder()
  const config = { platform: { storage: { type: 'local' as const, path: root } } }
  expect(await cleanup(config)).toEqual([])
  const left = leave(root)
  const document = join(root, 'bronze/_lakebench/jobs', deadName(), '1-silver-build.json')
  const living = join(root, 'bronze/_lakebench/jobs', ownName(), '1-silver-build.json')
  for (const path of [document, living]) {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, '{}')
  }
  const [swept, ...others] = await cleanup(config)
  expect(others).toEqual([])
  expect(swept!.run_id).toBeNull()
  expect([...swept!.removed].sort()).toEqual([...left, document].sort())
  expect(existsSync(living)).toBe(true)
  expect(await cleanup(config)).toEqual([])
  await expect(cleanup(config, { run: 'x' })).rejects.toThrow('Only runs on Kubernetes')
})

test('cleanup removes what is left of replaced tables and of writers that died, and keeps what a stream goes on from', async () => {
  const root = tempFolder()
  const config = { platform: { storage: { type: 'local' as const, path: root } } }
  mkdirSync(join(root, '.lakebench/tmp'), { recursive: true })
  const { architecture } = await loadConfig(config)
  const place = (role: 'bronze' | 'silver') =>
    tableLocation(root, role, parseTableName(architecture.tables[role]))
  const put = async (role: 'bronze' | 'silver', options: Partial<WriteOptions>) => {
    const write = await beginWrite(place(role), {
      columns: COLUMNS,
      partitionBy: null,
      mode: 'replace',
      ...options,
    })
    const file = writeRows(write)
    expect((await write.commit([file], {})).state).toBe('committed')
    return file.path
  }
  const replaced = await put('silver', {})
  const live = await put('silver', {})
  const streamed = {
    mode: 'append' as const,
    properties: { 'lakebench.stream.bronze-ingest.run': 'a' },
  }
  for (let i = 0; i < 2; i++) await put('bronze', streamed)
  const before = readFileSync(join(place('bronze'), 'metadata/v2.metadata.json'))
  const [swept] = await cleanup(config)
  expect(swept!.removed).toEqual(expect.arrayContaining([join(root, '.lakebench/tmp'), replaced]))
  expect(existsSync(live)).toBe(true)
  expect(readFileSync(join(place('bronze'), 'metadata/v2.metadata.json'))).toEqual(before)
  expect(existsSync(join(place('bronze'), 'metadata/v3.metadata.json'))).toBe(false)
  expect(await cleanup(config)).toEqual([])
})

test('cleanup leaves a storage alone that a run holds', async () => {
  const root = tempFolder()
  const child = fork(
    join(import.meta.dirname, '../storage/hold-lease.ts'),
    [join(root, '.lakebench'), 'a run'],
    {
      execArgv: ['--import', 'tsx'],
    },
  )
  await new Promise(resolve => child.once('message', resolve))
  const left = leave(root)
  await expect(cleanup({ platform: { storage: { type: 'local', path: root } } })).rejects.toThrow(
    `in use by process ${child.pid}`,
  )
  expect(left.every(path => existsSync(path))).toBe(true)
  child.kill('SIGKILL')
})

test('a scratch folder is for one user, and takes those of dead processes away', () => {
  const parent = tempFolder()
  const dead = join(parent, `spark-${deadName()}`)
  mkdirSync(join(dead, 'local'), { recursive: true })
  mkdirSync(join(parent, 'spark-of-somebody'))
  const first = makeScratchFolder(parent, 'spark-')
  const second = makeScratchFolder(parent, 'spark-')
  expect(
    readdirSync(parent)
      .map(name => join(parent, name))
      .sort(),
  ).toEqual([join(parent, 'spark-of-somebody'), first, second].sort())
})
