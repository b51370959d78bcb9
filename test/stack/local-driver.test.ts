import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { JobFailedError, PrerequisiteError } from '../../src/contracts/errors'
import type { JobCounters } from '../../src/engines/spark/submit/driver-progress'
import { type FoundSpark, findSpark } from '../../src/engines/spark/submit/find-spark'
import { sparkJars } from '../../src/engines/spark/submit/jars'
import { LocalDriver, type LocalDriverOptions } from '../../src/engines/spark/submit/local-driver'
import { tempDir } from '../support/fake-parts'
import { DRIVER_JOBS } from './driver-jobs'
import { servers } from './servers'
import { sessionMembers } from './session-members'

const CANARY = 'canary-4f9c/secret+value'
const MIB = 2 ** 20
const root = tempDir()
const { signal } = new AbortController()

/** A folder of job modules beside the real driver.py. */
const jobsFolder = join(root, 'jobs')
mkdirSync(jobsFolder)
copyFileSync(
  resolve(import.meta.dirname, '../../spark-jobs/driver.py'),
  join(jobsFolder, 'driver.py'),
)
for (const [name, text] of Object.entries(DRIVER_JOBS))
  writeFileSync(join(jobsFolder, `${name}.py`), text)

const find = (python: string) =>
  findSpark({ home: '', env: { ...process.env, PYSPARK_PYTHON: python } })

let spark: FoundSpark
beforeAll(async () => {
  spark = await find(servers.spark().python)
})

interface Case {
  readonly folder: string
  readonly log: string
  readonly states: string[]
  readonly options: Omit<LocalDriverOptions, 'signal'>
}

function newCase(more: Partial<LocalDriverOptions> = {}): Case {
  const folder = mkdtempSync(join(root, 'case-'))
  const states: string[] = []
  const options: Case['options'] = {
    spark,
    jars: [],
    jobsFolder,
    conf: { 'spark.hadoop.fs.s3a.secret.key': CANARY },
    env: { LAKE_SECRET: CANARY },
    cores: 2,
    memory: 512 * MIB,
    outputFolder: join(folder, 'output'),
    scratchFolder: join(folder, 'scratch of the run'),
    onState: state => states.push(state),
    ...more,
  }
  return { folder, log: join(folder, 'output/driver.log'), states, options }
}

/** Stopped when the test is over, however it ends. */
async function started(given: Case): Promise<LocalDriver> {
  const driver = await LocalDriver.start({ ...given.options, signal })
  onTestFinished(() => driver.stop())
  return driver
}

const appears = (path: string) =>
  expect.poll(() => existsSync(path), { timeout: 60_000 }).toBe(true)
const leftIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

/** Command lines of everything in a session. */
const commands = (leader: number): string[] =>
  sessionMembers(leader).map(pid =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
  )

/** Python workers end with their Java, a moment after it. */
const nothingRuns = (driver: LocalDriver) =>
  expect.poll(() => sessionMembers(driver.pid!), { timeout: 2_000 }).toEqual([])

/** The error of a job that must fail, with what every such error has to keep to. */
async function failure(running: Promise<void>): Promise<JobFailedError> {
  const error = await running.then(() => null).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(JobFailedError)
  const { message, cause } = error as JobFailedError
  expect(`${message} ${(cause as Error | undefined)?.stack}`).not.toContain(CANARY)
  return error as JobFailedError
}

describe('one driver', () => {
  let given: Case
  let driver: LocalDriver
  beforeAll(async () => {
    given = newCase()
    driver = await LocalDriver.start({ ...given.options, signal })
  })
  afterAll(() => driver.stop())
  const run = (module: string, job = 'none') => driver.run({ module, job }, { signal })

  test('carries out jobs one after the other in one process, with what the plan grants', async () => {
    const facts = []
    for (const name of ['first.json', 'second.json']) {
      await run('where_am_i', join(given.folder, name))
      facts.push(JSON.parse(readFileSync(join(given.folder, name), 'utf8')))
    }
    const [first, second] = facts
    expect(second).toEqual(first)
    expect(first).toMatchObject({ cores: 2, memory: 512 * MIB, secret: CANARY })
    expect(first.conf).toMatchObject({
      'spark.master': 'local[2]',
      'spark.driver.host': '127.0.0.1',
      'spark.ui.enabled': 'false',
    })
    const [scratch] = readdirSync(given.options.scratchFolder)
    const own = join(given.options.scratchFolder, scratch!)
    expect(first).toMatchObject({ cwd: own, tmp: join(own, 'tmp') })
    expect(statSync(own).mode & 0o777).toBe(0o700)
    expect(driver.versions).toMatchObject({ spark: spark.version })
    expect(given.states).toEqual(['starting', 'ready'])
  })

  test('shows no secret to who lists processes, and keeps none in a file', () => {
    const seen = commands(driver.pid!)
    expect(seen.some(line => line.includes('org.apache.spark.deploy.SparkSubmit'))).toBe(true)
    expect(seen.join('\n')).not.toContain(CANARY)
    for (const name of readdirSync(given.folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(given.folder, name)
      if (name.endsWith('second.json') || name.endsWith('first.json') || !statSync(path).isFile())
        continue
      expect(readFileSync(path, 'utf8'), name).not.toContain(CANARY)
    }
  })

  test('reports how far it is', async () => {
    const seen: JobCounters[] = []
    const onProgress = (progress: JobCounters) => {
      seen.push(progress)
      throw new Error('a listener that throws ends no job')
    }
    await driver.run(
      { module: 'count', job: `file:${join(given.folder, 'numbers')}` },
      { signal, onProgress },
    )
    expect(seen[0]).toMatchObject({ rows: null, rows_total: 6000, tasks: null })
    const last = seen.at(-1)!
    expect(last).toMatchObject({ rows: 6000, rows_total: 6000, fraction: 1 })
    expect(last.bytes).toBeGreaterThan(0)
    expect(last.bytes_written).toBeGreaterThan(0)
    expect(last.tasks).toBe(last.tasks_total)
    const counts = seen.map(progress => progress.tasks ?? 0)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(new Set(counts).size).toBeGreaterThan(2)
  })

  test('takes one job at a time', async () => {
    const running = run('count', `file:${join(given.folder, 'more-numbers')}`)
    await expect(run('count')).rejects.toThrow('The driver is busy with count')
    await running
  })

  test.each([
    ['python_fails', 'none', 'ValueError: the document at http://***@store/x?token=*** is empty.'],
    ['calls_exit', 'none', 'SystemExit: 3.'],
    ['java_fails', 'none', 'row '],
    ['no_such_module', 'none', "ModuleNotFoundError: No module named 'no_such_module'."],
    ['../driver', 'none', "'../driver' is no name of a job module"],
    ['reads_s3', 's3a://bucket/x', 'S3AFileSystem not found. A jar is missing'],
    ['uses_iceberg', 'lake.silver', 'The Iceberg jar is missing'],
    ['reads_s3', '/no/such/folder', 'does not exist'],
  ])('outlives a job that fails: %s(%s)', async (module, job, message) => {
    const error = await failure(run(module, job))
    expect(error.message).toContain(`The Spark job ${module} failed: `)
    expect(error.message).toContain(message)
    expect(error.message).toContain(`Log: ${given.log}`)
    expect(error.message.split('\n')).toHaveLength(1)
    expect(readFileSync(given.log, 'utf8')).toContain(`lakebench: ${module} failed`)
    expect(driver.alive).toBe(true)
  })

  test('keeps secrets out of its log however they are printed, and of the error', async () => {
    const error = await failure(run('prints_much'))
    expect(error.message).toContain('RuntimeError: with *** in it.')
    // Two pipes bring it, neither of which waits for the answer. Lines are told apart, since the whole is megabytes.
    const shown = (line: string) => readFileSync(given.log, 'utf8').split('\n').includes(line)
    for (const line of ['in Java: ***', 'secret: ***', 'Authorization: ***']) {
      await expect.poll(() => shown(line), { timeout: 10_000 }).toBe(true)
    }
    const log = readFileSync(given.log, 'utf8')
    expect(log.includes(CANARY)).toBe(false)
    expect(shown(`line 19999 ${'x'.repeat(200)}`)).toBe(true)
    expect(Math.max(...log.split('\n').map(line => line.length))).toBeLessThan(20_000)
  })

  test('leaves nothing behind when it is stopped', async () => {
    await Promise.all([driver.stop(), driver.stop()])
    await nothingRuns(driver)
    expect(leftIn(given.options.scratchFolder)).toEqual([])
    expect(given.states).toEqual(['starting', 'ready', 'stopped'])
    const error = await failure(run('count'))
    expect(error.message).toContain('ended with exit code 0 before count could start')
  })
})

test('Spark 3.5 does the same, with its own jars', async () => {
  const { python, jars } = servers.oldSpark()
  const old = await find(python)
  const env = {}
  const given = newCase({
    spark: old,
    jars: await sparkJars({ jars, packages: null, spark: old, s3: false, conf: {}, env, signal }),
  })
  const driver = await started(given)
  expect(driver.versions.spark).toMatch(/^3\.5\./)
  const seen: JobCounters[] = []
  const job = `file:${join(given.folder, 'numbers')}`
  await driver.run(
    { module: 'count', job },
    { signal, onProgress: progress => seen.push(progress) },
  )
  expect(seen.at(-1)).toMatchObject({ rows: 6000, fraction: 1 })
  const error = await failure(driver.run({ module: 'uses_iceberg', job: '/no/table' }, { signal }))
  expect(error.message).not.toContain('The Iceberg jar is missing')
  expect((error.cause as Error).stack).toContain('org.apache.iceberg.')
})

test('aborting a job ends everything of the driver, workers included', async () => {
  const given = newCase()
  const driver = await started(given)
  const stop = new AbortController()
  const mark = join(given.folder, 'running')
  const running = driver.run({ module: 'sleeps', job: mark }, { signal: stop.signal })
  const ended = expect(running).rejects.toThrow('enough')
  await appears(mark)
  const workers = commands(driver.pid!).filter(line => line.includes('pyspark.daemon'))
  expect(workers.length).toBeGreaterThan(0)
  stop.abort(new Error('enough'))
  await ended
  await nothingRuns(driver)
  expect(leftIn(given.options.scratchFolder)).toEqual([])
  expect(driver.alive).toBe(false)
  expect(given.states.at(-1)).toBe('stopped')
})

test('a timeout ends a job that is deaf to its cancelling', async () => {
  const given = newCase()
  const driver = await started(given)
  const mark = join(given.folder, 'running')
  const stop = new AbortController()
  const running = driver.run({ module: 'sleeps_in_python', job: mark }, { signal: stop.signal })
  const ended = expect(running).rejects.toMatchObject({ name: 'TimeoutError' })
  await appears(mark)
  stop.abort(new DOMException('over', 'TimeoutError'))
  await ended
  await nothingRuns(driver)
})

test.each(['sleeps', 'sleeps_in_python'])(
  'nothing outlives lakebench when it is killed during %s',
  async module => {
    const given = newCase()
    const mark = join(given.folder, 'running')
    const program = join(import.meta.dirname, 'programs/start-driver.ts')
    const args = ['--import', 'tsx', program, JSON.stringify(given.options), module, mark]
    const lakebench = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(lakebench.stdout, 'data')
    const leader = Number(line)
    await appears(mark)
    expect(commands(leader).some(text => text.includes('SparkSubmit'))).toBe(true)
    lakebench.kill('SIGKILL')
    await once(lakebench, 'exit')
    await expect.poll(() => commands(leader), { timeout: 15_000, interval: 200 }).toEqual([])
    expect(leftIn(given.options.scratchFolder)).toEqual([])
  },
)

test('a Java that is killed is named with its signal', async () => {
  const given = newCase()
  const driver = await started(given)
  const mark = join(given.folder, 'running')
  const running = failure(driver.run({ module: 'sleeps', job: mark }, { signal }))
  await appears(mark)
  const java = sessionMembers(driver.pid!).find(pid =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('deploy.SparkSubmit'),
  )!
  process.kill(java, 'SIGKILL')
  const { message } = await running
  expect(message).toContain(
    "Spark's driver (spark-submit) ended with signal SIGKILL while sleeps ran",
  )
  expect(message).toContain('lower platform.compute.spark.driver_memory')
  expect(driver.alive).toBe(false)
  await nothingRuns(driver)
  await expect.poll(() => leftIn(given.options.scratchFolder)).toEqual([])
  expect(given.states.at(-1)).toBe('failed')
})

test('a job that fills the heap ends with what to raise', async () => {
  const given = newCase()
  const driver = await started(given)
  const { message } = await failure(driver.run({ module: 'fills_heap', job: 'none' }, { signal }))
  expect(message).toContain('java.lang.OutOfMemoryError: Java heap space')
  expect(message).toContain('Raise platform.compute.spark.driver_memory')
  expect(driver.alive).toBe(false)
})

test('a job that ends the process is told with its last lines', async () => {
  const given = newCase()
  const driver = await started(given)
  const { message } = await failure(driver.run({ module: 'ends_process', job: 'none' }, { signal }))
  expect(message).toContain('ended with exit code 7 while ends_process ran')
  expect(message).toContain('Last lines:\n')
  expect(message).toContain('about to go')
  await nothingRuns(driver)
})

test('a driver that does not start is told with its last lines', async () => {
  const given = newCase({ conf: { 'spark.driver.extraJavaOptions': '-agentlib:nosuchagent' } })
  const error = await LocalDriver.start({ ...given.options, signal }).catch(
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(JobFailedError)
  expect((error as Error).message).toMatch(
    /ended with exit code 1 before it was ready: .* it said last: .*nosuchagent/,
  )
  expect(leftIn(given.options.scratchFolder)).toEqual([])
})

test('a driver that is not ready in time, and one that is not wanted any more, are ended', async () => {
  const late = newCase({ startSeconds: 0.5 })
  const starting = LocalDriver.start({ ...late.options, signal })
  await expect(starting).rejects.toThrow(/not ready within 0\.5 s and was ended/)
  expect(leftIn(late.options.scratchFolder)).toEqual([])
  const stop = new AbortController()
  const given = newCase({ onState: () => stop.abort(new Error('enough')) })
  await expect(LocalDriver.start({ ...given.options, signal: stop.signal })).rejects.toThrow(
    'enough',
  )
  expect(leftIn(given.options.scratchFolder)).toEqual([])
})

test('a missing jar and a missing driver are named before anything starts', async () => {
  const noJar = newCase({ jars: [join(root, 'gone.jar')] })
  const jar = LocalDriver.start({ ...noJar.options, signal })
  await expect(jar).rejects.toThrow(PrerequisiteError)
  await expect(jar).rejects.toThrow(`Spark needs ${join(root, 'gone.jar')}, which is missing`)
  const noDriver = newCase({ jobsFolder: join(root, 'nowhere') })
  await expect(LocalDriver.start({ ...noDriver.options, signal })).rejects.toThrow(
    'install the package again',
  )
  expect(noJar.states).toEqual([])
})

test('a wrong SPARK_HOME is named', async () => {
  const env = { ...process.env, SPARK_HOME: join(root, 'no-spark') }
  await expect(findSpark({ home: '', env })).rejects.toThrow(
    `SPARK_HOME is ${join(root, 'no-spark')}`,
  )
})
