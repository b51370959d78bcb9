import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type RunMetrics, RunMetricsSchema } from '../../src/contracts/metrics'
import { formatByteRate, formatCount } from '../../src/shared/format'
import { tempDir } from '../support/fake-parts'
import { type Ended, lakebench as ownProcess, start } from './process'
import { lakebench } from './resident'

const cwd = tempDir()
const RAW = join(cwd, 'lakebench-data/bronze/customer/interactions')
const runs = () => readdirSync(join(cwd, 'lakebench-output/runs')).sort()
const latest = () => join(cwd, 'lakebench-output/runs', runs().at(-1)!)
let first: Ended

beforeAll(async () => {
  // A second for each query, the default, would add eight to every run.
  writeFileSync(
    join(cwd, 'lakebench.yaml'),
    'architecture: { benchmark: { iterations: 1, min_seconds: 0 } }\n',
  )
  first = await ownProcess(['run', '--generate', '--scale', '0.001'], { cwd })
})

test('one line runs everything and ends with the verdict and the paths', () => {
  expect(first.stderr).toMatch(/^\d\d:\d\d:\d\dZ silver-build: done in .* rows/m)
  expect(first.code).toBe(0)
  const [verdict, metrics, report] = first.stdout.trimEnd().split('\n').slice(-3)
  expect(verdict).toMatch(/^PASSED in .*power QpH \(.*too-short-to-rank\)$/)
  expect(existsSync(metrics!.replace(/^metrics +/, ''))).toBe(true)
  expect(existsSync(report!.replace(/^report +/, ''))).toBe(true)
  for (const query of ['Q1', 'Q9']) expect(first.stdout).toMatch(new RegExp(`^${query} `, 'm'))
})

test('closing lines have the rows and speeds of the record', () => {
  const { jobs } = JSON.parse(readFileSync(join(latest(), 'metrics.json'), 'utf8')) as RunMetrics
  expect(jobs.map(j => j.job_name)).toEqual([
    'datagen',
    'bronze-verify',
    'silver-build',
    'gold-finalize',
  ])
  for (const {
    job_name,
    output_rows,
    input_rows,
    bytes_read,
    throughput_gb_per_second: gib,
  } of jobs) {
    const line = first.stderr.split('\n').find(text => text.includes(`${job_name}: done in`))!
    const rate = gib
      ? `, ${formatByteRate(gib * 2 ** 30)} ${bytes_read === null ? 'written' : 'read'}`
      : ''
    expect(line).toMatch(/: done in [^,]*, /)
    expect(line.split(/: done in [^,]*/)[1]).toBe(
      `, ${formatCount(output_rows ?? input_rows)} rows${rate}`,
    )
  }
})

test('--json is the record and nothing else; progress goes to stderr', async () => {
  const { code, stdout, stderr } = await ownProcess(
    ['run', '--json', '--scale', '0.001', '--skip-benchmark'],
    { cwd },
  )
  expect(code).toBe(0)
  const metrics = RunMetricsSchema.parse(JSON.parse(stdout))
  expect(metrics).toEqual(JSON.parse(readFileSync(join(latest(), 'metrics.json'), 'utf8')))
  expect(metrics.benchmark).toBeNull()
  expect(stderr).toContain('bronze-verify: started (1 of 3)')
})

test('--quiet is the verdict and the paths', async () => {
  const { code, stdout, stderr } = await lakebench(
    ['run', '-q', '--scale', '0.001', '--skip-benchmark'],
    { cwd },
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe(
    `PASSED\n${join(latest(), 'metrics.json')}\n${join(latest(), 'report.html')}\n`,
  )
})

test('a resumed run keeps its finished stages and does the rest', async () => {
  const id = runs().at(-1)!.replace('run-', '')
  const before = JSON.parse(readFileSync(join(latest(), 'metrics.json'), 'utf8'))
  const { code, stdout } = await lakebench(['run', '--json', '--scale', '0.001', '--resume', id], {
    cwd,
  })
  const after = JSON.parse(stdout)
  // Seconds since the start of the run are of the clock of the process that ended.
  const jobs = before.jobs.map((job: object) => ({ ...job, started_after_seconds: null }))
  expect(after).toMatchObject({ run_id: id, jobs, benchmark: { valid: true } })
  expect({
    code,
    verdict: after.verdict,
    validity: after.validity.filter((r: { passed: boolean }) => !r.passed),
  }).toEqual({
    code: 0,
    verdict: 'PASSED',
    validity: [],
  })
})

test('one stage alone', async () => {
  const { code, stdout } = await lakebench(
    ['run', '--json', '--scale', '0.001', '-s', 'gold-finalize'],
    { cwd },
  )
  expect(code).toBe(0)
  expect(JSON.parse(stdout).jobs.map((j: { job_name: string }) => j.job_name)).toEqual([
    'gold-finalize',
  ])
})

test('generate reuses and verifies what is there', async () => {
  const again = await lakebench(['generate', '--json', '--scale', '0.001'], { cwd })
  expect(again.code).toBe(0)
  const made = JSON.parse(
    readFileSync(join(cwd, 'lakebench-output/runs', runs()[0]!, 'metrics.json'), 'utf8'),
  )
  expect(JSON.parse(again.stdout).corpus.digest).toBe(made.corpus.digest)
  expect((await lakebench(['generate', '--verify', '-q', '--scale', '0.001'], { cwd })).code).toBe(
    0,
  )
})

test('benchmark alone takes its flags from the command line', async () => {
  const { code, stdout } = await lakebench(
    [
      'benchmark',
      '--json',
      '--iterations',
      '2',
      '--min-seconds',
      '0',
      '--class',
      'filter/prune',
      '--class',
      'scan',
    ],
    { cwd },
  )
  expect(code).toBe(0)
  const { benchmark } = JSON.parse(stdout)
  expect(benchmark).toMatchObject({
    iterations: 2,
    min_seconds: 0,
    mode: 'power',
    valid: true,
    qph: null,
  })
  expect(benchmark.queries.map((q: { name: string }) => q.name).sort()).toEqual(['Q1', 'Q2', 'Q4'])
})

test('report draws the latest run anew, finds runs by id, and lists them', async () => {
  const report = join(latest(), 'report.html')
  rmSync(report)
  const drawn = await lakebench(['report'], { cwd })
  expect(drawn).toMatchObject({ code: 0, stdout: `${report}\n`, stderr: '' })
  expect(readFileSync(report, 'utf8')).toContain('<!doctype html>')
  const id = runs()[0]!.replace('run-', '')
  expect(JSON.parse((await lakebench(['report', id, '--json'], { cwd })).stdout)).toMatchObject({
    run_id: id,
    verdict: 'PASSED',
  })
  const listed = await lakebench(['report', '--list'], { cwd })
  for (const name of runs()) expect(listed.stdout).toContain(name.replace('run-', ''))
  expect(
    JSON.parse((await lakebench(['report', '--list', '--json'], { cwd })).stdout),
  ).toMatchObject({
    runs: runs().map(name => ({ run_id: name.replace('run-', ''), problem: null })),
    series: [],
  })
  expect((await lakebench(['report', 'latest'], { cwd })).stdout).toBe(`${report}\n`)
})

test('metrics that cannot be read are refused with 2, and listed as such', async () => {
  const path = join(latest(), 'metrics.json')
  const whole = readFileSync(path)
  truncateSync(path, 100)
  const { code, stderr } = await lakebench(['report'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain(path)
  expect((await lakebench(['report', '--list'], { cwd })).stdout).toContain('unreadable')
  writeFileSync(path, whole)
})

test('raw data that does not pass ends with 1, names the file, and leaves a record and a report', async () => {
  const file = join(RAW, readdirSync(RAW).filter(name => name.endsWith('.parquet'))[0]!)
  const whole = readFileSync(file)
  truncateSync(file, 1000)
  const { code, stdout } = await ownProcess(['run', '--scale', '0.001'], { cwd })
  writeFileSync(file, whole)
  expect(code).toBe(1)
  expect(stdout).toMatch(/^FAILED in /m)
  expect(stdout).toContain('part-000000.parquet')
  expect(readFileSync(join(latest(), 'report.html'), 'utf8')).toContain('FAILED')
})

test('a reader that goes away is no failure', async () => {
  const { child, ended } = start(['report', '--list'], { cwd })
  child.stdout!.destroy()
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
})
