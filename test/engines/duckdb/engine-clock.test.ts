import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { DuckDbQueryEngine } from '../../../src/engines/duckdb/query-engine'
import { Relations } from '../../../src/engines/duckdb/relations'
import { DuckDbSession } from '../../../src/engines/duckdb/session'
import { tempDir } from '../../support/fake-parts'

test('the clock of a query runs while its snapshot and its files are looked up', async () => {
  const dir = tempDir()
  const session = await DuckDbSession.open(join(dir, 'scratch'))
  onTestFinished(() => session.close())
  const lookUp = 0.3
  const relations = new Relations({
    silver: join(dir, 'silver'),
    gold: join(dir, 'gold'),
    bronze: async () => {
      await setTimeout(lookUp * 1000)
      return 'range(3)'
    },
  })
  const engine = new DuckDbQueryEngine(session, relations)
  const { rows, engine_seconds } = await engine.query('SELECT count(*) FROM {bronze}', {
    signal: new AbortController().signal,
  })
  expect(rows).toEqual([[3n]])
  // Timers of Node may be a millisecond early.
  expect(engine_seconds).toBeGreaterThan(lookUp - 0.01)
})
