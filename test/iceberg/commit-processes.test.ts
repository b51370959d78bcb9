import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
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

test('five processes append to one table: every acknowledged commit is in the history exactly once', async () => {
  const location = join(tempFolder(), 'table')
  const writers = Array.from({ length: 5 }, (_, i) => start(location, `p${i}`, 8, 'append'))
  expect(await Promise.all(writers.map(w => w.ended))).toEqual([0, 0, 0, 0, 0])
  const reports = writers.flatMap(w => w.reports)
  expect(reports).toHaveLength(40)
  const claims = claimsOf(reports)
  expect(violations(location, claims)).toEqual([])
  const table = (await loadTable(location))!
  expect(table.version).toBe(claims.acknowledged.length)
  expect(table.files).toHaveLength(claims.acknowledged.length)
  // Twenty retries are enough for five writers.
  expect(claims.acknowledged).toHaveLength(40)
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
    expect(readdirSync(join(location, 'metadata', '.lakebench'))).toEqual([])
  }
  const table = (await loadTable(location))!
  expect(table.files.every(f => existsSync(f.path))).toBe(true)
})

test("a clean-up leaves a living writer's files alone", async () => {
  const location = join(tempFolder(), 'table')
  const writer = start(location, 'held', 3, 'append,append,hold')
  while (writer.reports.at(-1)?.state !== 'written') await once(writer.child, 'message')
  const before = readdirSync(location, { recursive: true, encoding: 'utf8' }).sort()
  await expireReplaced(location)
  const after = new Set(readdirSync(location, { recursive: true, encoding: 'utf8' }))
  // The older snapshot's list goes; whatever the writer has not committed yet stays.
  const gone = before.filter(f => !after.has(f))
  expect(gone).toEqual([expect.stringMatching(/^metadata\/snap-/)])
  writer.child.send('commit')
  expect(await writer.ended).toBe(0)
  expect(writer.reports.at(-1)).toMatchObject({ op: 'held-2', state: 'committed' })
  expect(violations(location, claimsOf(writer.reports))).toEqual([])
})
