import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expireReplaced, loadTable } from '../../src/iceberg/table'
import { violations } from './invariants'
import { tempFolder } from './table-fixture'

interface Report {
  readonly op: string
  readonly startedAt: string
  readonly endedAt: string
  readonly state: string
  readonly version: number | null
  readonly cause: string | null
}

function start(location: string, name: string, commits: number, kinds: string) {
  const child = fork(
    join(import.meta.dirname, 'writer-process.ts'),
    [location, name, String(commits), kinds],
    {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const reports: Report[] = []
  child.on('message', message => reports.push(message as Report))
  return { child, reports, ended: ended(child) }
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>(resolve => child.on('close', code => resolve(code)))

const claimsOf = (reports: readonly Report[]) => ({
  acknowledged: reports
    .filter(r => r.state === 'committed')
    .map(r => ({
      op: r.op,
      version: r.version!,
      startedAt: BigInt(r.startedAt),
      endedAt: BigInt(r.endedAt),
    })),
  failed: reports.filter(r => r.state === 'failed').map(r => r.op),
  unknown: reports.filter(r => r.state === 'unknown').map(r => r.op),
})

test('processes that should not be there: who meets a stranger’s commit is told so, and nothing is lost or half visible', async () => {
  const location = join(tempFolder(), 'table')
  const writers = Array.from({ length: 3 }, (_, i) => start(location, `p${i}`, 8, 'append'))
  expect(await Promise.all(writers.map(w => w.ended))).toEqual([0, 0, 0])
  const reports = writers.flatMap(w => w.reports)
  expect(reports).toHaveLength(24)
  const claims = claimsOf(reports)
  expect(claims.unknown).toEqual([])
  expect(claims.acknowledged.length).toBeGreaterThan(0)
  for (const { cause } of reports.filter(r => r.state === 'failed'))
    expect(cause).toBe('CommitConflictError')
  expect(violations(location, { ...claims, clean: true })).toEqual([])
  const table = (await loadTable(location))!
  expect(table.version).toBe(claims.acknowledged.length)
  expect(table.files).toHaveLength(claims.acknowledged.length)
})

test('writers killed at any moment leave a whole table, and the next clean-up removes their rests', async () => {
  const location = join(tempFolder(), 'table')
  const reports: Report[] = []
  for (let round = 0; round < 6; round++) {
    const writer = start(location, `round${round}`, 0, 'append,replace,append,expire')
    await new Promise(resolve => writer.child.once('message', resolve))
    await new Promise(resolve => setTimeout(resolve, Math.random() * 120))
    writer.child.kill('SIGKILL')
    await writer.ended
    reports.push(...writer.reports)
    expect(violations(location, claimsOf(reports))).toEqual([])
    await expireReplaced(location)
    expect(violations(location, { ...claimsOf(reports), clean: true })).toEqual([])
  }
  const table = (await loadTable(location))!
  expect(table.files.every(f => existsSync(f.path))).toBe(true)
})
