import { mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leaseDir } from '../../src/iceberg/table-files'
import { publishWriterLease, removeUnwrittenLeases } from '../../src/iceberg/writer-lease'
import { type FileSystem, nodeFs } from '../../src/shared/file-system'
import { tempFolder } from '../iceberg/table-fixture'

const WRITER = '6f1f7c0e-3a51-4c5e-9f0a-0d8f6a0f4a11'

function leases(): string {
  const location = join(tempFolder(), 'table')
  mkdirSync(leaseDir(location), { recursive: true })
  return location
}

test('a lease whose process died while it wrote it is removed; what can be read stays', async () => {
  const location = leases()
  await publishWriterLease(nodeFs, location, WRITER)
  for (const content of ['', '{"pid": 12'])
    writeFileSync(join(leaseDir(location), `lease-${crypto.randomUUID()}.json.staged`), content)
  await removeUnwrittenLeases(nodeFs, location)
  expect(readdirSync(leaseDir(location))).toEqual([`lease-${WRITER}.json`])
})

test.each([1, 2])(
  'a living writer whose staged lease is taken before link %i stages anew',
  async taken => {
    const location = leases()
    let links = 0
    const fs: FileSystem = {
      ...nodeFs,
      link: (from, to) => {
        if (++links === taken) unlinkSync(from)
        return nodeFs.link(from, to)
      },
    }
    await publishWriterLease(fs, location, WRITER)
    expect(links).toBe(taken + 2)
    expect(readdirSync(leaseDir(location))).toEqual([`lease-${WRITER}.json`])
  },
)
