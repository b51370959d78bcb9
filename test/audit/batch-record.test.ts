import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { tempDir } from '../support/fake-parts'
import { freshRun } from '../support/small-run'
import { leavesOf } from './audit'
import { auditBatch, type BatchFacts, type Documents } from './batch-checks'
import { bytesBelow, readTableFacts, TABLES } from './batch-facts'
import { unnoticed } from './mutations'
import { checkReport } from './report-checks'
import { StageWatch } from './watch'

/** A machine that others use may be slow. */
const PATIENCE = 300_000
const dir = tempDir()
const WINDOW = { start: '2024-01-01T00:00:00.000Z', end: '2025-01-01T00:00:00.000Z' }
let documents: Documents
let facts: BatchFacts

beforeAll(async () => {
  const watch = new StageWatch()
  const { paths } = await freshRun(
    dir,
    { datagen: { scale: 0.002 }, benchmark: { mode: 'composite', iterations: 6, streams: 2 } },
    { on: watch.listeners, reject: true },
  )
  const read = (name: string) => JSON.parse(readFileSync(join(paths.run_dir, name), 'utf8'))
  documents = {
    metrics: read('metrics.json'),
    verification: read('verification.json'),
    plan: read('plan.json'),
  }
  const data = join(dir, 'data')
  const clock = documents.metrics.jobs.find(job => job.job_name === 'silver-build')!.measurements
    .data_clock
  const metadata = (table: string) => bytesBelow(join(data, table, 'metadata'))
  facts = {
    ...(await readTableFacts({
      data,
      run_dir: paths.run_dir,
      window: WINDOW,
      clock: String(clock),
    })),
    watch,
    metadata_bytes: { silver: metadata(TABLES.silver), gold: metadata(TABLES.gold) },
  }
}, PATIENCE)

test('every number of the record is that of the files, the tables and the events', () => {
  const audit = auditBatch(documents, facts)
  audit.conclude()
  expect(facts.silver.compared).toBeGreaterThan(75)
})

test('the report shows the numbers of the record', () => {
  const audit = auditBatch(documents, facts)
  checkReport(audit, documents.metrics, facts.report)
  audit.conclude()
})

test('the audit names whatever number is changed', () => {
  const all = [
    ...leavesOf({
      ...documents.metrics,
      verification: documents.verification,
      plan: documents.plan,
    }),
  ]
  const paths = all.filter(([, leaf]) => typeof leaf === 'number').map(([path]) => path)
  const whole = { ...documents.metrics, verification: documents.verification, plan: documents.plan }
  const missed = unnoticed(whole, paths, ({ verification, plan, ...metrics }) =>
    auditBatch({ metrics: metrics as RunMetrics, verification, plan }, facts),
  )
  expect(missed).toEqual([])
})
