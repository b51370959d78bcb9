import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KNOWN_SCALES, measureAnswers } from '../../scripts/known-answers'
import { DuckDbSession } from '../../src/engines/duckdb/session'
import { writeTable } from '../../src/engines/duckdb/write-table'
import { requireTable } from '../../src/iceberg/table'
import { loadConfig, presets, Stage } from '../../src/index'
import { parseTableName, tableLocation } from '../../src/storage/table-name'
import { KNOWN_ANSWERS } from '../../src/workload/known-answers'
import { SILVER_COLUMNS } from '../../src/workload/silver-columns'
import { tempDir } from '../support/fake-parts'
import { BRIEF, SMALL } from '../support/small-run'

const dir = tempDir()

test('a run at scale 0.001 gives what the package says', async () => {
  expect(KNOWN_ANSWERS.map(({ scale }) => scale)).toEqual(KNOWN_SCALES)
  expect(await measureAnswers(0.001)).toEqual(KNOWN_ANSWERS[0])
})

/** Silver with the amount of one interaction changed, as the stage before left it otherwise. */
async function changeOneValue(root: string, table: string): Promise<void> {
  const location = tableLocation(root, 'silver', parseTableName(table))
  const { files, summary } = await requireTable(location)
  const session = await DuckDbSession.open(join(dir, 'scratch'))
  const signal = new AbortController().signal
  const rows = `read_parquet([${files.map(file => `'${file.path}'`).join(', ')}])`
  const columns = SILVER_COLUMNS.map(({ name }) => name)
  const changed = `CASE WHEN event_id = (SELECT min(event_id) FROM ${rows} WHERE transaction_amount > 0)
    THEN transaction_amount + 1 ELSE transaction_amount END`
  const select = `SELECT ${columns.map(name => (name === 'transaction_amount' ? `${changed} AS ${name}` : name)).join(', ')} FROM ${rows}`
  try {
    await writeTable(
      session,
      {
        location,
        columns: SILVER_COLUMNS,
        partitionBy: null,
        targetFileSize: 2 ** 27,
        layout: { rowGroupRows: 100_000, partitions: 1, waitingRows: null },
        properties: {},
      },
      [{ select }],
      {
        mode: 'replace',
        summary: Object.fromEntries(
          Object.entries(summary).filter(([key]) => key.startsWith('lakebench.')),
        ),
      },
      { signal },
    )
  } finally {
    await session.close()
  }
}

test('a stage of one’s own that changes one value of silver is INVALID, and named are silver, gold and the queries', async () => {
  const root = join(dir, 'data')
  const config = await loadConfig({
    storage: root,
    architecture: {
      benchmark: BRIEF,
      workload: { datagen: SMALL.datagen },
      pipeline: { silver_partitioning: 'none' },
    },
  })
  const standard = presets.batch(config, { generate: true })
  const builtIn = standard.stages.find(stage => stage.name === 'silver-build')!
  const own = new Stage('silver-build', async ctx => {
    await builtIn.run(ctx)
    await changeOneValue(root, config.architecture.tables.silver)
  })
  const outputDir = join(dir, 'output')
  const honest = await standard.run({ outputDir })
  const ruleOf = ({ metrics }: typeof honest) =>
    metrics.validity.find(({ rule }) => rule === 'known-answers')
  expect(ruleOf(honest)).toMatchObject({ passed: true })
  const tampered = await standard.replace('silver-build', own).run({ outputDir })
  expect(tampered.metrics.verdict).toBe('INVALID')
  const rule = ruleOf(tampered)!
  expect(rule.passed).toBe(false)
  // Q9 shows the first thirty dates, of which that of the changed row is none.
  for (const what of ['silver', 'gold', 'Q1', 'Q3'])
    expect(rule.detail).toMatch(new RegExp(`${what} is \\w+, known is`))
})
