import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import type { JobProgress } from '../../src/contracts/jobs'
import { verifyCorpus } from '../../src/datagen/check-files'
import { generateCorpus } from '../../src/datagen/corpus'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { readManifest } from '../../src/datagen/manifest'
import { corpusFacts, readCorpus } from '../../src/datagen/read-corpus'
import { localPlace } from '../../src/platforms/corpus-target'
import { localStore } from '../../src/storage/local-store'
import { datagenConfig, duckdb, generateIn, MIB, rawFiles, tempRoot } from './support'

const CONFIG = { scale: 0.01, file_size: 10 * MIB, workers: 2 }
const FILES = 11
const signal = new AbortController().signal

const unfinished = (root: string) => {
  const folder = join(root, 'bronze/_lakebench/unfinished')
  return existsSync(folder) ? readdirSync(folder) : []
}
const finished = (root: string) => {
  const folder = join(root, 'bronze/customer/interactions')
  return existsSync(folder) ? readdirSync(folder) : []
}

/**
 * Start generation in a process of its own and kill -9 it once so many files are in place and another is being written. It is looked
 * at once more while it stands still: between a look and a kill it could have put that file in its place.
 */
async function killWhen(root: string, files: number): Promise<void> {
  const program = join(import.meta.dirname, 'programs/generate.ts')
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', program, root, JSON.stringify(datagenConfig(CONFIG))],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  const isThere = () => finished(root).length >= files && unfinished(root).length > 0
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the child ended by itself (${child.exitCode})`)
    if (isThere()) {
      child.kill('SIGSTOP')
      await sleep(20)
      if (isThere()) break
      child.kill('SIGCONT')
    }
    await sleep(2)
  }
  child.kill('SIGKILL')
  const [, how] = await ended
  expect(how).toBe('SIGKILL')
}

test('killed with kill -9, twice, then resumed: the same corpus as an undisturbed one', async () => {
  const root = tempRoot()
  await killWhen(root, 2)
  const after = finished(root)
  expect(after.length).toBeGreaterThanOrEqual(2)
  expect(after.length).toBeLessThan(FILES)
  expect(unfinished(root).length).toBeGreaterThan(0)
  // What is there under its own name is whole.
  await duckdb(`select sum(length(interaction_payload)) from read_parquet(${rawFiles(root)})`)
  expect((await readCorpus(localStore(root), PAGE_LOCATION))!.parameters.complete).toBe(false)
  await expect(corpusFacts(localStore(root), PAGE_LOCATION)).rejects.toThrow(/not finished/)

  await killWhen(root, after.length + 1)
  const known = (await readManifest(localStore(root), PAGE_LOCATION))!.files.length
  const resumed = await generateIn(root, CONFIG)
  expect(resumed.reused_files).toBeGreaterThanOrEqual(known)
  expect(resumed.reused_files).toBeGreaterThan(0)
  expect(resumed.generated_files).toBe(FILES - resumed.reused_files)
  expect(unfinished(root)).toEqual([])
  const undisturbed = await generateIn(tempRoot(), CONFIG)
  expect(resumed.corpus).toEqual(undisturbed.corpus)
  expect((await verifyCorpus(localStore(root), PAGE_LOCATION, { signal })).findings).toEqual([])
})

test('an abort ends the workers, leaves whole files only, and the next call goes on', async () => {
  const root = tempRoot()
  const stop = new AbortController()
  const reason = new Error('enough')
  const onProgress = (progress: JobProgress) => {
    if (progress.rows! > 5_000) stop.abort(reason)
  }
  await expect(generateIn(root, CONFIG, { signal: stop.signal, onProgress })).rejects.toBe(reason)
  expect(unfinished(root)).toEqual([])
  const kept = finished(root).length
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThan(FILES)
  const known = (await readManifest(localStore(root), PAGE_LOCATION))!.files.length
  // A worker may be ended between its file's coming into place and its word of it.
  expect(kept - known).toBeGreaterThanOrEqual(0)
  expect(kept - known).toBeLessThanOrEqual(CONFIG.workers)
  const resumed = await generateIn(root, CONFIG)
  expect(resumed.reused_files).toBe(known)
  expect((await verifyCorpus(localStore(root), PAGE_LOCATION, { signal })).findings).toEqual([])
})

test('aborted before it starts, nothing is touched', async () => {
  const root = join(tempRoot(), 'never')
  await expect(
    generateIn(root, {}, { signal: AbortSignal.abort(new Error('no')) }),
  ).rejects.toThrow('no')
  expect(existsSync(root)).toBe(false)
})

test('a file that is gone, cut or grown is made again, the others stay', async () => {
  const root = tempRoot()
  const made = await generateIn(root)
  const path = (n: number) => join(root, `bronze/customer/interactions/part-00000${n}.parquet`)
  writeFileSync(path(1), 'cut')
  const again = await generateIn(root)
  expect(again).toMatchObject({ reused_files: 2, generated_files: 1, corpus: made.corpus })
  expect((await verifyCorpus(localStore(root), PAGE_LOCATION, { signal })).findings).toEqual([])
})

test('progress counts real rows and bytes up to the whole', async () => {
  const seen: JobProgress[] = []
  const { corpus } = await generateIn(tempRoot(), CONFIG, {
    onProgress: p => seen.push(p),
  })
  const last = seen.at(-1)!
  expect(last).toMatchObject({ rows: corpus.rows, rows_total: corpus.rows, fraction: 1 })
  // Footers come after the last row group.
  expect(last.bytes! / corpus.bytes).toBeGreaterThan(0.99)
  expect(last.bytes! / corpus.bytes).toBeLessThanOrEqual(1)
  for (let i = 1; i < seen.length; i++) {
    expect(seen[i]!.rows!).toBeGreaterThanOrEqual(seen[i - 1]!.rows!)
    expect(seen[i]!.bytes!).toBeGreaterThanOrEqual(seen[i - 1]!.bytes!)
  }
})

test('a path that cannot be a folder is named, with a remedy', async () => {
  const file = join(tempRoot(), 'file')
  writeFileSync(file, '')
  const attempt = generateIn(join(file, 'data'))
  await expect(attempt).rejects.toThrow(PrerequisiteError)
  await expect(attempt).rejects.toThrow(/platform\.storage\.path/)
})

test('a corpus larger than the disk is refused before a byte is written', async () => {
  const root = join(tempRoot(), 'big')
  const attempt = generateCorpus({
    place: localPlace(root),
    config: datagenConfig({ scale: 900_000, file_size: 2 ** 40 }),
    signal,
  })
  await expect(attempt).rejects.toThrow(/needs \d+.* GiB, and the disk .* free/)
  expect(existsSync(root)).toBe(false)
})
