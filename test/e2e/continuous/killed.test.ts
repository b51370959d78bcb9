import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { loadTable } from '../../../src/iceberg/table'
import { lakebench, type Started, start } from '../../cli/process'
import { violations } from '../../iceberg/invariants'
import { tempDir } from '../../support/fake-parts'
import { recordIn } from '../../support/record-in'
import { fingerprints, wholeRun, windowConfig, windowRun } from '../../support/short-window'

const TABLES = [
  'data/bronze/warehouse/default/bronze_raw',
  'data/silver/warehouse/silver/customer_interactions_enriched',
  'data/gold/warehouse/gold/customer_executive_dashboard',
]
const ARGS = ['--continuous', '--skip-benchmark']

function prepared(): string {
  const dir = tempDir()
  const config = windowConfig(dir, {
    continuous: { run_duration: 6 },
    datagen: { rows_per_second: 500 },
  })
  writeFileSync(join(dir, 'lakebench.yaml'), stringify(config))
  return dir
}

const recordOf = (dir: string) => recordIn(dir)!

/** Begun, with a record that --resume goes on from. */
async function begun(dir: string): Promise<Started> {
  const run = start(['run', ...ARGS], { cwd: dir })
  while (recordIn(dir) === null) {
    expect(run.child.exitCode).toBeNull()
    await sleep(50)
  }
  return run
}

const prints = (metrics: RunMetrics) =>
  fingerprints({ metrics } as Parameters<typeof fingerprints>[0])

async function soundTables(dir: string): Promise<void> {
  for (const table of TABLES) {
    const location = join(dir, table)
    expect(violations(location)).toEqual([])
    await loadTable(location)
  }
}

test('killed again and again at random moments, and resumed, a run gives the tables of an undisturbed one', async () => {
  const calm = tempDir()
  const input = { continuous: { run_duration: 6 }, datagen: { rows_per_second: 500 } }
  const { metrics: expected } = await wholeRun(() =>
    windowRun(calm, input, { skipBenchmark: true }),
  )
  expect(expected.continuous!.drained).toBe(true)

  const dir = prepared()
  const first = await begun(dir)
  await sleep(Math.random() * 3000)
  first.child.kill('SIGKILL')
  expect((await first.ended).signal).toBe('SIGKILL')
  await soundTables(dir)
  const { run_id } = recordOf(dir)
  for (let kills = 0; kills < 4; kills++) {
    const again = start(['run', ...ARGS, '--resume', run_id], { cwd: dir })
    await again.says('continuous: started')
    await sleep(Math.random() * 2000)
    again.child.kill('SIGKILL')
    await again.ended
    await soundTables(dir)
  }
  const last = await lakebench(['run', ...ARGS, '--resume', run_id], { cwd: dir })
  expect(last.stderr).not.toMatch(/error/)
  expect(last.code).toBe(0)
  const resumed = recordOf(dir)
  expect(resumed.run_id).toBe(run_id)
  expect(resumed.continuous).toMatchObject({ drained: true })
  expect(resumed.corpus!.digest).toBe(expected.corpus!.digest)
  expect(prints(resumed)).toEqual(prints(expected))
  await soundTables(dir)
})

async function landed(dir: string, files: number): Promise<void> {
  const raw = join(dir, 'data/bronze/customer/interactions')
  while (!existsSync(raw) || readdirSync(raw).length < files) await sleep(50)
}

test('one SIGINT drains what landed and writes the record; the tables hold all of it', async () => {
  const dir = prepared()
  const run = await begun(dir)
  await landed(dir, 2)
  run.child.kill('SIGINT')
  expect((await run.ended).code).toBe(130)
  const metrics = recordOf(dir)
  expect(metrics).toMatchObject({ status: 'aborted', verdict: 'INTERRUPTED' })
  expect(metrics.continuous).toMatchObject({ ended_by: 'interrupt', drained: true })
  const { produced_rows } = metrics.continuous!.producer
  expect(produced_rows).toBeGreaterThan(0)
  expect(metrics.streaming.slice(0, 2).map(s => s.unique_rows_processed)).toEqual([
    produced_rows,
    produced_rows,
  ])
  await soundTables(dir)
})

test('two SIGINTs stop at once, and the tables are whole', async () => {
  const dir = prepared()
  const run = await begun(dir)
  await landed(dir, 2)
  run.child.kill('SIGINT')
  run.child.kill('SIGTERM')
  expect((await run.ended).code).toBe(130)
  await soundTables(dir)
})
