import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeContainer, encodeContainer } from '../../src/iceberg/avro'
import { benchmark } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { smallConfig, smallRun } from '../support/small-run'

const dir = tempDir()
const storage = join(dir, 'data')
const silver = join(storage, 'silver/warehouse/silver/customer_interactions_enriched')
const metadata = join(silver, 'metadata')

// biome-ignore lint/suspicious/noExplicitAny: raw documents are edited
type Json = Record<string, any>

function editAvro(path: string, edit: (rows: readonly Json[]) => readonly Json[]) {
  const container = decodeContainer(readFileSync(path))
  const header = Object.fromEntries(
    [...container.metadata].filter(([key]) => !key.startsWith('avro.')),
  )
  writeFileSync(path, encodeContainer(container.schema, edit(container.rows), header))
}

const list = () =>
  join(metadata, readdirSync(metadata).filter(name => name.startsWith('snap-'))[0]!)

test('a run over a table that somebody edited fails by the file’s name, answers nothing, and touches nothing outside', async () => {
  expect((await smallRun(dir)).metrics.verdict).toBe('PASSED')
  cpSync(silver, join(dir, 'whole'), { recursive: true })
  const restore = () => {
    rmSync(silver, { recursive: true })
    cpSync(join(dir, 'whole'), silver, { recursive: true })
  }
  const victim = join(dir, 'victim.parquet')
  writeFileSync(victim, 'precious')

  editAvro(list(), manifests =>
    manifests.map(manifest => {
      editAvro(manifest.manifest_path, entries =>
        entries.map(e => ({
          ...e,
          data_file: { ...e.data_file, file_path: `${silver}/../../../../../victim.parquet` },
        })),
      )
      return { ...manifest, manifest_length: BigInt(readFileSync(manifest.manifest_path).length) }
    }),
  )
  const outside = await smallRun(dir, {}, { generate: false })
  expect(outside.metrics).toMatchObject({ status: 'failed', verdict: 'FAILED' })
  expect(outside.error!.message).toMatch(
    /customer_interactions_enriched is damaged: .*victim\.parquet/,
  )
  expect(readFileSync(victim, 'utf8')).toBe('precious')

  restore()
  editAvro(list(), () => [])
  const cut = await benchmark(smallConfig(dir), { outputDir: join(dir, 'output'), reject: false })
  expect(cut.metrics.status).toBe('failed')
  expect(cut.error!.message).toMatch(/damaged: .*snap-.*total-data-files/)

  restore()
  renameSync(join(storage, 'silver'), join(dir, 'disk'))
  symlinkSync(join(dir, 'unmounted'), join(storage, 'silver'))
  const unmounted = await smallRun(dir, {}, { generate: false })
  expect(unmounted.error!.message).toContain(
    `${join(storage, 'silver')} is a link that leads nowhere`,
  )
  expect(existsSync(join(dir, 'unmounted'))).toBe(false)

  rmSync(join(storage, 'silver'))
  mkdirSync(join(dir, 'unmounted'))
  symlinkSync(join(dir, 'disk'), join(storage, 'silver'))
  expect((await smallRun(dir, {}, { generate: false })).metrics.verdict).toBe('PASSED')
})
