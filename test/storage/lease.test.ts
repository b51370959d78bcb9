import { fork } from 'node:child_process'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  currentProcess,
  isProvenDead,
  type ProcessIdentity,
} from '../../src/shared/process-identity'
import { acquireLease } from '../../src/storage/lease'
import { tempFolder } from '../iceberg/table-fixture'

function contender(folder: string, purpose: string) {
  const child = fork(join(import.meta.dirname, 'hold-lease.ts'), [folder, purpose], {
    execArgv: ['--import', 'tsx'],
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  const answer = new Promise<{ held: boolean; message?: string }>(resolve =>
    child.once('message', m => resolve(m as never)),
  )
  return { child, ended, answer }
}

const leases = (folder: string) => readdirSync(folder).filter(n => n.startsWith('lease-'))

/** A lease as another process would have left it. */
function leave(folder: string, holder: Partial<ProcessIdentity>) {
  const record = {
    ...currentProcess(),
    ...holder,
    purpose: 'a test',
    since: '2026-01-01T00:00:00.000Z',
    released: false,
  }
  writeFileSync(join(folder, 'lease-1.json'), JSON.stringify(record))
}

test('a folder is held once, also within one process, and can be held again after its release', async () => {
  const folder = join(tempFolder(), 'made', 'on', 'demand')
  const lease = await acquireLease(folder, 'a run')
  await expect(acquireLease(folder, 'another run')).rejects.toMatchObject({
    name: 'PrerequisiteError',
    message: expect.stringMatching(
      new RegExp(
        `process ${process.pid} on ${hostname()} \\(a run, since 20.*delete ${lease.path}`,
      ),
    ),
  })
  await lease.release()
  await lease.release()
  const next = await acquireLease(folder, 'another run')
  expect(leases(folder)).toHaveLength(1)
  await next.release()
})

test("another process's lease is respected while it lives, and taken over once it was killed", async () => {
  const folder = tempFolder()
  const first = contender(folder, 'the first run')
  expect(await first.answer).toEqual({ held: true })
  await expect(acquireLease(folder, 'mine')).rejects.toThrow(`process ${first.child.pid} on`)
  // A stopped process is alive.
  first.child.kill('SIGSTOP')
  await expect(acquireLease(folder, 'mine')).rejects.toThrow('the first run')
  first.child.kill('SIGKILL')
  await first.ended
  const lease = await acquireLease(folder, 'mine')
  expect(leases(folder)).toHaveLength(1)
  await lease.release()
})

test("of several that take over a dead holder's lease, one wins", async () => {
  const folder = tempFolder()
  for (let round = 0; round < 2; round++) {
    const contenders = Array.from({ length: 4 }, (_, i) => contender(folder, `contender ${i}`))
    const answers = await Promise.all(contenders.map(c => c.answer))
    expect(answers.filter(a => a.held)).toHaveLength(1)
    for (const { child } of contenders) child.kill('SIGKILL')
    await Promise.all(contenders.map(c => c.ended))
  }
})

test('racers within one process: exactly one holds the folder at any time', async () => {
  const folder = tempFolder()
  leave(folder, { start_ticks: '1' })
  let holders = 0
  let held = 0
  const racer = async () => {
    for (let i = 0; i < 5; i++) {
      const lease = await acquireLease(folder, 'race').catch(() => null)
      if (lease === null) continue
      held++
      expect(++holders).toBe(1)
      await new Promise(resolve => setImmediate(resolve))
      holders--
      await lease.release()
    }
  }
  await Promise.all(Array.from({ length: 6 }, racer))
  expect(held).toBeGreaterThan(0)
  expect(leases(folder)).toHaveLength(1)
})

test.runIf(process.platform === 'linux').each([
  ['a process that ended', { pid: 2 ** 22 - 3, start_ticks: '5' }],
  ['an earlier process of the same number', { start_ticks: '1' }],
  ['a process before the last boot', { boot_id: 'another boot' }],
])('the lease of %s is taken over', async (_name, holder) => {
  const folder = tempFolder()
  leave(folder, holder)
  await (await acquireLease(folder, 'mine')).release()
})

test.each([
  ['on another machine', { host: 'elsewhere' }],
  ['in another container', { pid: 2 ** 22 - 3, pid_namespace: 'pid:[1]' }],
])('a holder %s cannot be proven dead, so the remedy is said', async (_name, holder) => {
  const folder = tempFolder()
  leave(folder, holder)
  await expect(acquireLease(folder, 'mine')).rejects.toThrow(/surely gone, delete .*lease-1\.json/)
})

test('a lease file that is none is not taken for a dead one', async () => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'lease-7.json'), 'garbage')
  await expect(acquireLease(folder, 'mine')).rejects.toThrow(/lease-7\.json is no lease/)
})

test('this process is alive to itself, and its lease says what it is for', async () => {
  expect(isProvenDead(currentProcess())).toBe(false)
  const lease = await acquireLease(tempFolder(), 'reading "odd" names')
  expect(JSON.parse(readFileSync(lease.path, 'utf8'))).toMatchObject({
    pid: process.pid,
    purpose: 'reading "odd" names',
  })
  await lease.release()
})

test('a file in the place of the folder is said in plain words', async () => {
  const path = join(tempFolder(), 'file')
  writeFileSync(path, '')
  await expect(acquireLease(path, 'mine')).rejects.toThrow(
    /Cannot lock .*a file stands where a folder is needed/,
  )
})

test.each(['9007199254740993', '9007199254740992', '5000000000000000', '9'.repeat(400)])(
  'a lease numbered %s is an error that names it, not a race without an end',
  async number => {
    const folder = tempFolder()
    writeFileSync(
      join(folder, `lease-${number.slice(0, 200)}.json`),
      JSON.stringify(currentProcess()),
    )
    await expect(acquireLease(folder, 'mine')).rejects.toThrow(
      /lease-\d+\.json is no lease of lakebench/,
    )
  },
)

test('a lease that is a link to nothing, and a folder that is a link, are errors that name them', async () => {
  const folder = tempFolder()
  symlinkSync(join(folder, 'nothing'), join(folder, 'lease-1.json'))
  await expect(acquireLease(folder, 'mine')).rejects.toThrow(
    'lease-1.json comes and goes, or is a link that leads nowhere',
  )
  const link = join(tempFolder(), 'link')
  symlinkSync(folder, link)
  await expect(acquireLease(link, 'mine')).rejects.toThrow(`${link} is a link.`)
})
