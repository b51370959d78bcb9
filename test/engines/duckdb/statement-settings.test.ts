import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { tempDir } from '../../support/fake-parts'

const signal = new AbortController().signal
const ASK =
  "SELECT current_setting('partitioned_write_max_open_files')::BIGINT AS open FROM range(2000000) t(i) LIMIT 1"

test('settings are those of their statement, whatever runs beside it', async () => {
  const session = await DuckDbSession.open(join(tempDir(), 'scratch'))
  onTestFinished(() => session.close())
  const asked = Array.from({ length: 8 }, (_, i) => 100 + i)
  const answers = await Promise.all(
    asked.map(open =>
      session.rows(ASK, { signal, settings: { partitioned_write_max_open_files: open } }),
    ),
  )
  expect(answers.map(([row]) => Number(row!.open))).toEqual(asked)
})

test('a statement that is aborted while its settings are made never runs', async () => {
  const session = await DuckDbSession.open(join(tempDir(), 'scratch'))
  onTestFinished(() => session.close())
  const stop = new AbortController()
  const settings = { partitioned_write_max_open_files: 7 }
  const endless = 'SELECT sum(a.i * b.i) FROM range(1000000000) a(i), range(1000000000) b(i)'
  const running = session.rows(endless, { signal: stop.signal, settings })
  stop.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
})
