import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readFurtherDocuments } from '../../src/cli/run-documents'
import { ConfigError } from '../../src/contracts/errors'
import { findRun, readRecord, runFolders } from '../../src/results/load-run'
import { plan, succeededRun, verification } from '../report/fixtures'
import { tempDir } from '../support/fake-parts'

const output = join(tempDir(), 'lakebench-output')
const folder = (id: string) => join(output, 'runs', `run-${id}`)
const IDS = ['20260130-090000-aaaaaa', '20260131-120000-a1b2c3', '20260131-120001-d4e5f6']

beforeAll(() => {
  for (const id of IDS) {
    mkdirSync(folder(id), { recursive: true })
    writeFileSync(
      join(folder(id), 'metrics.json'),
      JSON.stringify({ ...succeededRun(), run_id: id }),
    )
  }
  writeFileSync(join(output, 'runs', 'run-notes.txt'), 'not a run')
})

test('nothing means the latest', async () => {
  expect(await findRun(undefined, output)).toBe(folder(IDS[2]!))
  expect(await runFolders(output)).toEqual(IDS.map(id => `run-${id}`))
})

test('a run is found by folder, file, id, folder name or the beginning of its id', async () => {
  const wanted = folder(IDS[0]!)
  for (const given of [wanted, join(wanted, 'metrics.json'), IDS[0]!, `run-${IDS[0]}`, '20260130'])
    expect(await findRun(given, output)).toBe(wanted)
})

test('what cannot be found says what would do', async () => {
  await expect(findRun('20260131', output)).rejects.toThrow(
    /beginning of 2 runs.*Give more of the id/,
  )
  await expect(findRun('2027', output)).rejects.toThrow(/There is no run 2027 .*report --list/)
  await expect(findRun(undefined, join(output, 'nowhere'))).rejects.toThrow(
    /There are no runs in .*run --generate/,
  )
})

test('metrics that cannot be read are refused by name', async () => {
  const dir = folder('20260201-000000-bad000')
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'metrics.json')
  await expect(readRecord(path)).rejects.toThrow(`There is no ${path}.`)
  writeFileSync(path, '{"schema_version": 1, "run_')
  await expect(readRecord(path)).rejects.toThrow(/is no JSON .*cut off/)
  writeFileSync(path, '{"schema_version": 99}')
  await expect(readRecord(path)).rejects.toThrow(/schema_version: is 99/)
  writeFileSync(path, '{"schema_version": 1}')
  await expect(readRecord(path)).rejects.toThrow(ConfigError)
})

test('the report does without documents that are missing or broken', async () => {
  const dir = folder(IDS[1]!)
  expect(await readFurtherDocuments(dir)).toEqual({ plan: null, verification: null, problems: [] })
  writeFileSync(join(dir, 'plan.json'), JSON.stringify(plan()))
  writeFileSync(join(dir, 'verification.json'), JSON.stringify({ ...verification(), rows: 'many' }))
  const found = await readFurtherDocuments(dir)
  expect(found.plan).toEqual(plan())
  expect(found.verification).toBeNull()
  expect(found.problems).toEqual([expect.stringContaining('verification.json')])
})
