import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import type { ObjectStore } from '../../src/contracts/ports'
import type { CorpusTarget } from '../../src/datagen/location'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { PartMaker } from '../../src/datagen/make-part'
import type { Manifest } from '../../src/datagen/manifest'
import { localParts, type PartSink } from '../../src/datagen/part-sink'
import { corpusParameters, partPlan } from '../../src/datagen/plan'
import { readCorpus } from '../../src/datagen/read-corpus'
import { localPlace } from '../../src/platforms/corpus-target'
import { explainDiskError } from '../../src/shared/disk-error'
import { localStore } from '../../src/storage/local-store'
import { smallDisk } from '../support/small-disk'
import { datagenConfig, generateIn, MIB, tempRoot } from './support'

test('a disk that fills up while writing: a clear error, whole files stay, the next call goes on', async ({
  skip,
}) => {
  const disk = smallDisk('size=16m')
  if (disk === null) return skip('this user may not mount a small disk')
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(4 * MIB))
  // The estimate finds 12 MiB free; after two files something else takes all but one of them.
  const onSaved = (manifest: Manifest) => {
    const { bavail, bsize } = statfsSync(disk)
    if (manifest.files.length === 2)
      writeFileSync(join(disk, 'thief'), Buffer.alloc(bavail * bsize - MIB))
  }
  const attempt = generateIn(savedAtOnce(disk, onSaved), { file_size: 2 * MIB })
  await expect(attempt).rejects.toThrow(PrerequisiteError)
  await expect(attempt).rejects.toThrow(/part-\d{6}\.parquet.*disk is full/)
  expect(existsSync(join(disk, 'bronze/_lakebench/unfinished'))).toBe(false)
  const record = (await readCorpus(localStore(disk), PAGE_LOCATION))!
  expect(record.parameters.complete).toBe(false)
  expect(record.files).toBe(2)
  expect(readdirSync(join(disk, 'bronze/customer/interactions'))).toHaveLength(2)
  for (const name of ['ballast', 'thief']) execFileSync('rm', [join(disk, name)])
  const resumed = await generateIn(disk, { file_size: 2 * MIB })
  expect(resumed.reused_files).toBe(record.files)
  expect(resumed.corpus.digest).toBe(
    (await generateIn(tempRoot(), { file_size: 2 * MIB })).corpus.digest,
  )
})

/** A place whose manifest is saved before the next file is begun, not beside it, where both want the last page of a disk. */
function savedAtOnce(root: string, onSaved: (manifest: Manifest) => void): CorpusTarget {
  const place = localPlace(root)
  const put: ObjectStore['put'] = async (key, body) => {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), body)
    onSaved(JSON.parse(String(body)))
    return true
  }
  return { ...place, store: Object.assign(Object.create(place.store), { put }) }
}

test('too small a disk is refused before anything is written', async ({ skip }) => {
  const disk = smallDisk('size=4m')
  if (disk === null) return skip('this user may not mount a small disk')
  await expect(generateIn(disk)).rejects.toThrow(
    /needs 0\.01 GiB, and the disk of .* has 0\.00 GiB free/,
  )
  expect(readdirSync(disk)).toEqual([])
})

test('a read-only disk: a clear error', async ({ skip }) => {
  const disk = smallDisk('size=64m,ro')
  if (disk === null) return skip('this user may not mount a small disk')
  const attempt = generateIn(disk)
  await expect(attempt).rejects.toThrow(PrerequisiteError)
  await expect(attempt).rejects.toThrow(/read-only/)
})

test('a write that fails at any piece of the file leaves nothing under any name', async () => {
  const p = corpusParameters(datagenConfig())
  const part = partPlan(p, 0, PAGE_LOCATION.prefix)
  for (const failAt of [0, 1, 3]) {
    const root = tempRoot()
    mkdirSync(root, { recursive: true })
    const open = (key: string): PartSink => {
      const sink = localParts(root)(key)
      let calls = 0
      return {
        ...sink,
        write(bytes) {
          if (calls++ === failAt)
            throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
          sink.write(bytes)
        },
      }
    }
    await expect(new PartMaker(p, open).make(part, () => undefined)).rejects.toThrow(/ENOSPC/)
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(e =>
      e.isFile(),
    )
    expect(files).toEqual([])
  }
})

test('a folder in a file’s place is named', async () => {
  const root = tempRoot()
  mkdirSync(join(root, 'bronze/customer/interactions/part-000001.parquet/x'), { recursive: true })
  const attempt = generateIn(root)
  await expect(attempt).rejects.toThrow(PrerequisiteError)
  await expect(attempt).rejects.toThrow(/part-000001\.parquet.*a folder has that name/)
})

test('what is no disk error passes unchanged', () => {
  const error = new TypeError('a bug')
  expect(explainDiskError(error, 'write x')).toBe(error)
  expect(
    explainDiskError(Object.assign(new Error('x'), { code: 'ENOSPC' }), 'write x').message,
  ).toMatch(/^Cannot write x: the disk is full; .*\(ENOSPC\)\.$/)
})
