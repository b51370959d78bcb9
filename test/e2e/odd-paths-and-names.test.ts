import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError } from '../../src/contracts/errors'
import { tempDir } from '../support/fake-parts'
import { freshRun } from '../support/small-run'

const dir = tempDir()
const ODD = [
  "it's",
  'semi;colon--',
  'glob[1]*?',
  "dollar$'x$$y$&",
  '{gold}{silver}',
  'k=v',
  'sp ace "q"',
  'ünï 🙈',
]

test.each(ODD)('a storage folder called %s is a folder, never SQL', async name => {
  const run = await freshRun(join(dir, name), {}, {})
  expect(run.error).toBeNull()
  expect(run.metrics.verdict).toBe('PASSED')
})

test.each(["silver.x'; drop table y; --", 'silver."x"', 'a.b.c', 'silver.x y', 'plain', '.x'])(
  'a table called %s is refused',
  async silver => {
    const refused = await freshRun(dir, { tables: { silver } }).catch(error => error)
    expect(refused).toBeInstanceOf(ConfigError)
    expect(refused.message).toContain('architecture.tables.silver')
  },
)
