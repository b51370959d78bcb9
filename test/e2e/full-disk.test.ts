import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadTable } from '../../src/iceberg/table'
import { tempDir } from '../support/fake-parts'
import { smallDisk } from '../support/small-disk'
import { freshRun, smallRun } from '../support/small-run'

const output = tempDir()
const SILVER = 'data/silver/warehouse/silver/customer_interactions_enriched'

test('a disk that is full when silver is rebuilt: a clear error, the earlier table whole, nothing half-written', async ({
  skip,
}) => {
  const disk = smallDisk('size=40m')
  if (disk === null) return skip('this user may not mount a small disk')
  const first = await smallRun(disk, {}, { outputDir: output })
  expect(first.error).toBeNull()
  const before = (await loadTable(join(disk, SILVER)))!
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize - 2 ** 21))

  const second = await smallRun(disk, {}, { outputDir: output, generate: false })
  expect(second.metrics.status).toBe('failed')
  expect(second.metrics.error_message).toMatch(
    /^silver-build: .*The disk is full: free space or set platform\.storage\.path/,
  )
  expect(JSON.parse(readFileSync(second.paths.metrics, 'utf8')).verdict).toBe('FAILED')
  const after = (await loadTable(join(disk, SILVER)))!
  expect(after.snapshotId).toBe(before.snapshotId)
  const live = new Set(after.files.map(f => f.path))
  const found = readdirSync(join(disk, SILVER, 'data'), {
    recursive: true,
    encoding: 'utf8',
  }).filter(f => f.endsWith('.parquet'))
  expect(found.filter(f => !live.has(join(disk, SILVER, 'data', f)))).toEqual([])

  execFileSync('rm', [join(disk, 'ballast')])
  const third = await smallRun(disk, {}, { outputDir: output, generate: false })
  expect(third.error).toBeNull()
})

test('a read-only disk: a clear error before anything runs', async ({ skip }) => {
  const disk = smallDisk('size=4m,ro')
  if (disk === null) return skip('this user may not mount a small disk')
  const refused = await freshRun(disk, {}, { outputDir: output }).catch(error => error)
  expect(refused.code).toBe('PREREQUISITE')
  expect(refused.message).toMatch(/read-only/i)
})
