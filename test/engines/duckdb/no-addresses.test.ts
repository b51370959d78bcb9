import { expect, onTestFinished, test } from 'vitest'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { answeringServer } from '../../support/answering-server'
import { tempDir } from '../../support/fake-parts'

const dir = tempDir()

// A path of a manifest, a table's location or a raw file's name may be an address; DuckDB would load what opens it.
test.each(['read_parquet', 'read_csv', 'read_json', 'read_blob'])(
  '%s of an address asks nobody',
  async read => {
    const server = await answeringServer((_, response) => response.end('x'))
    const session = await DuckDbSession.open(dir)
    onTestFinished(() => session.close())
    const ask = (address: string) =>
      session.run(`SELECT * FROM ${read}('${address}')`, { signal: new AbortController().signal })
    await expect(ask(`${server.url}/part-0.parquet`)).rejects.toThrow(/httpfs/)
    await expect(ask('s3://bucket/part-0.parquet')).rejects.toThrow(/httpfs/)
    expect(server.requests).toEqual([])
  },
)
