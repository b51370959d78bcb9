import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { tempDir } from '../support/fake-parts'
import { windowRun } from '../support/short-window'
import { leavesOf } from './audit'
import { TABLES } from './batch-facts'
import { unnoticed } from './mutations'
import { checkReport } from './report-checks'
import { auditWindow } from './stream-checks'
import { readStreamFacts, type StreamFacts } from './stream-facts'
import { TableCopy } from './table-copy'

/** A machine that others use may be slow. */
const PATIENCE = 300_000
const dir = tempDir()
const WINDOW = { start: '2024-01-01T00:00:00.000Z', end: '2025-01-01T00:00:00.000Z' }
let documents: { metrics: RunMetrics; plan: Record<string, unknown> }
let facts: StreamFacts

beforeAll(async () => {
  const [data, copy] = [join(dir, 'data'), join(dir, 'copy')]
  const tables = new TableCopy(data, copy, Object.values(TABLES))
  tables.start()
  const { paths } = await windowRun(dir, { continuous: { run_duration: 22 } }, { reject: true })
  await tables.stop()
  const read = (name: string) => JSON.parse(readFileSync(join(paths.run_dir, name), 'utf8'))
  documents = { metrics: read('metrics.json'), plan: read('plan.json') }
  const places = { data, copy, run_dir: paths.run_dir, window: WINDOW, clock: '2025-01-01' }
  facts = await readStreamFacts(places, await tables.gone())
}, PATIENCE)

test('every number of the record is that of the files, the commits and the events', () => {
  const audit = auditWindow(documents, facts)
  audit.conclude()
})

test('the report shows the numbers of the record', () => {
  const audit = auditWindow(documents, facts)
  checkReport(audit, documents.metrics, facts.report)
  audit.conclude()
})

test('the audit names whatever number is changed', () => {
  const { plan, metrics } = documents
  const numbers = [...leavesOf({ ...metrics, plan })].filter(([, leaf]) => typeof leaf === 'number')
  const missed = unnoticed(
    { ...metrics, plan },
    numbers.map(([path]) => path),
    ({ plan: changed, ...rest }) =>
      auditWindow({ metrics: rest as RunMetrics, plan: changed }, facts),
  )
  expect(missed).toEqual([])
})
