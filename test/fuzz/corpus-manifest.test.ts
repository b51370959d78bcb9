import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { LakebenchError } from '../../src/contracts/errors'
import { verifyCorpus } from '../../src/datagen/check-files'
import { PAGE_LOCATION as AT } from '../../src/datagen/location'
import { PartMaker } from '../../src/datagen/make-part'
import { buildManifest, type ManifestFile, writeManifest } from '../../src/datagen/manifest'
import { localParts } from '../../src/datagen/part-sink'
import { corpusParameters, fileCount, partPlan } from '../../src/datagen/plan'
import { corpusFacts, locateData, lookAtCorpus, readCorpus } from '../../src/datagen/read-corpus'
import { localStore } from '../../src/storage/local-store'
import { datagenConfig } from '../datagen/support'
import { tempDir } from '../support/fake-parts'
import { fuzz, mutateBytes, mutateTree, pick, type Random } from './inputs'

const dir = tempDir()
const root = join(dir, 'data')
const path = join(root, AT.manifest)
const store = localStore(root)
const parameters = corpusParameters(datagenConfig({ scale: 0.00002, file_size: 64 * 1024 }))
const signal = new AbortController().signal

/** What a run takes from the manifest, and what its check finds. */
async function answers() {
  await locateData(store, [parameters])
  const { changed, window, ...facts } = await corpusFacts(store, AT)
  const instants = window && [Date.parse(window.start), Date.parse(window.end)]
  const { findings } = await verifyCorpus(store, AT, { signal })
  const record = await readCorpus(store, AT)
  await lookAtCorpus(store, AT)
  const { rows, digest } = record ?? {}
  return { facts, instants, rows, digest, faults: changed.length + findings.length }
}

let whole: Buffer
let truth: Awaited<ReturnType<typeof answers>>
let raw: readonly string[]
const rawFiles = () => readdirSync(join(root, AT.prefix)).sort()

beforeAll(async () => {
  mkdirSync(root, { recursive: true })
  const maker = new PartMaker(parameters, localParts(root))
  const files: ManifestFile[] = []
  for (let index = 0; index < fileCount(parameters); index++) {
    const plan = partPlan(parameters, index, AT.prefix)
    files.push({ ...plan, ...(await maker.make(plan, () => {})) })
  }
  await writeManifest(store, AT, buildManifest(parameters, files))
  whole = readFileSync(path)
  truth = await answers()
  raw = rawFiles()
})

function expectClear(error: unknown): null {
  expect(error).toBeInstanceOf(LakebenchError)
  expect((error as Error).message).not.toMatch(
    /\n\s+at |is not a function|Cannot read prop|call stack|Invalid array/,
  )
  expect((error as Error).message.length).toBeLessThan(4000)
  return null
}

function spoil(random: Random): void {
  rmSync(path, { recursive: true, force: true })
  const kind = random()
  if (kind < 0.45)
    writeFileSync(path, JSON.stringify(mutateTree(JSON.parse(whole.toString()), random)) ?? '')
  else if (kind < 0.95) writeFileSync(path, mutateBytes(whole, random))
  else
    pick(random, [
      () => mkdirSync(path),
      () => execFileSync('mkfifo', [path]),
      () => symlinkSync('/dev/zero', path),
    ])()
}

test('a corpus manifest with a fault is an error, a finding, or the same rows; no raw file is touched', async () => {
  expect(truth).toMatchObject({ faults: 0, rows: parameters.rows })
  await fuzz(500, async random => {
    spoil(random)
    const found = await answers().catch(expectClear)
    // Without a manifest the files are foreign data, which makes no promise.
    if (found && found.facts.files !== null && found.faults === 0) expect(found).toEqual(truth)
    expect(rawFiles()).toEqual(raw)
    expect(existsSync(join(dir, 'victim'))).toBe(false)
  })
})
