import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { tempDir } from '../../support/fake-parts'

const { signal } = new AbortController()

async function opened() {
  const dir = tempDir()
  const session = await DuckDbSession.open(join(dir, 'scratch'))
  onTestFinished(() => session.close())
  const file = join(dir, 'some.parquet')
  await session.run(
    `COPY (SELECT range i, hash(range) h FROM range(200000)) TO '${file}' (FORMAT parquet)`,
    { signal },
  )
  const read = () => session.run(`SELECT sum(h) FROM '${file}'`, { signal })
  const kept = async () => {
    const [row] = await session.rows(
      "SELECT sum(memory_usage_bytes)::BIGINT AS bytes FROM duckdb_memory() WHERE tag = 'EXTERNAL_FILE_CACHE'",
      { signal },
    )
    return Number(row!.bytes)
  }
  return { session, read, kept }
}

test('what is kept of files can be forgotten, and is kept again when they are read again', async () => {
  const { session, read, kept } = await opened()
  await read()
  expect(await kept()).toBeGreaterThan(0)
  await session.forgetFiles()
  expect(await kept()).toBe(0)
  await read()
  expect(await kept()).toBeGreaterThan(0)
})

test('for streams nothing of files is kept, whatever a flush between does', async () => {
  const { session, read, kept } = await opened()
  await read()
  await session.keepNoFiles()
  await read()
  expect(await kept()).toBe(0)
  await session.forgetFiles()
  await read()
  expect(await kept()).toBe(0)
})
