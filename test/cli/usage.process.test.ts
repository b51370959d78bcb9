import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { MAIN, lakebench as ownProcess } from './process'
import { lakebench } from './resident'

const root = tempDir()
let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'))
})

test('help names every command and the exit codes', async () => {
  const { code, stdout, stderr } = await ownProcess(['--help'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const name of [
    'run',
    'generate',
    'benchmark',
    'ab',
    'compare',
    'gate',
    'report',
    'validate',
    'recommend',
    'init',
  ])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  expect(stdout).toContain('130 interrupted')
})

test('help reads nothing but commander', () => {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const follow = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, target] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\s(?:[^'"]*from\s*)?["']([^"']+)["']/gm,
    )) {
      if (target!.startsWith('.')) follow(resolve(dirname(file), target!))
      else if (!isBuiltin(target!)) packages.add(target!)
    }
  }
  follow(MAIN)
  expect([...packages]).toEqual(['commander'])
})

test('the version is the package’s', async () => {
  const { version } = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'),
  )
  expect((await ownProcess(['--version'], { cwd })).stdout).toBe(`${version}\n`)
})

test.each([
  [['rnu'], /unknown command 'rnu'[\s\S]*Did you mean run\?/],
  [['run', '--genrate'], /unknown option '--genrate'[\s\S]*--generate/],
  [['run', '--timeout', 'soon'], /must be a number above 0/],
  [['run', '--scale', '-1'], /must be a number above 0/],
  [['benchmark', '--iterations', '1.5'], /whole number above 0/],
  [['benchmark', '--mode', 'fast'], /power, throughput, composite/],
  [['recommend', '--cores', '8'], /--cores and --memory together/],
  [['recommend', '--cores', '8', '--memory', 'lots'], /--memory is a size/],
  [['run', 'nowhere.yaml'], /nowhere\.yaml[\s\S]*no such file[\s\S]*lakebench init/],
  [['run', '--stage', 'platinum'], /no stage "platinum"[\s\S]*silver-build/],
  [['benchmark', '--class', 'scans'], /architecture\.benchmark\.classes/],
  [['report', '--output-dir', 'none'], /There are no runs in/],
])('%j is refused with 2 and nothing is left behind', async (args, message) => {
  const { code, stdout, stderr } = await lakebench(args, { cwd })
  expect(stderr).toMatch(message)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(readdirSync(cwd)).toEqual([])
})

test('a wrong config gets every problem at once, with the nearest key, and nothing is started', async () => {
  writeFileSync(
    join(cwd, 'lakebench.yaml'),
    'architecture:\n  workload: { datagen: { scael: 1, seed: many } }\n  benchmark: { mode: fastest }\n',
  )
  const { code, stdout, stderr } = await lakebench(['run', '--generate'], { cwd })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/3 problems/)
  expect(stderr).toMatch(/architecture\.workload\.datagen\.scael.*Did you mean `[\w.]*scale`\?/)
  expect(stderr).toContain('architecture.workload.datagen.seed')
  expect(stderr).toContain('architecture.benchmark.mode')
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(readdirSync(cwd)).toEqual(['lakebench.yaml'])
  const json = JSON.parse((await lakebench(['run', '--json'], { cwd })).stdout)
  expect(json.error).toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining('3 problems'),
  })
  expect(json.error.issues.map((i: { path: string }) => i.path)).toContain(
    'architecture.benchmark.mode',
  )
})

test('wrong usage with --json is one document too', async () => {
  const { code, stdout } = await lakebench(['run', '--json', '--timeout', 'soon'], { cwd })
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'USAGE', message: expect.stringContaining('--timeout') },
  })
})

test.each([
  [['--duration', '60'], 'add --continuous'],
  [['--continuous', '--stage', 'silver-build'], 'leave out --stage'],
  [['--continuous', '--timeout', '60'], 'leave out --timeout'],
  [['--continuous', '--repeat', '2'], 'leave out --repeat'],
  [['--continuous', '--calibrate'], 'belongs to a batch run'],
])('flags of the other mode (%j) are refused, not ignored', async (flags, told) => {
  const { code, stderr } = await lakebench(['run', ...flags], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain(told)
  expect(readdirSync(cwd)).toEqual([])
})

test('continuous mode where there is no Spark is a missing prerequisite', async () => {
  const config =
    'preset: local-spark\nplatform: { storage: { type: local, path: ./data }, compute: { spark: { home: ./none } } }\n'
  writeFileSync(join(cwd, 'spark.yaml'), config)
  const { code, stdout } = await ownProcess(['run', 'spark.yaml', '--continuous'], { cwd })
  expect(code).toBe(3)
  expect(stdout).toContain('that folder is no Spark')
})

test('stacks are for those who ask', async () => {
  writeFileSync(join(cwd, 'k8s.yaml'), 'preset: kubernetes\n')
  const { stderr } = await lakebench(['run', 'k8s.yaml'], { cwd, env: { LAKEBENCH_DEBUG: '1' } })
  expect(stderr).toMatch(/PrerequisiteError[\s\S]*^\s+at /m)
})

test('init writes a config that validates, and never overwrites one', async () => {
  const first = await ownProcess(['init'], { cwd })
  expect(first.code).toBe(0)
  const written = readFileSync(join(cwd, 'lakebench.yaml'), 'utf8')
  writeFileSync(join(cwd, 'lakebench.yaml'), `${written}# mine\n`)
  const second = await ownProcess(['init'], { cwd })
  expect(second.code).toBe(2)
  expect(second.stderr).toContain('left as it is')
  expect(readFileSync(join(cwd, 'lakebench.yaml'), 'utf8')).toBe(`${written}# mine\n`)
  const valid = await lakebench(['validate'], { cwd })
  expect(valid).toMatchObject({ code: 0, stderr: '' })
  expect(valid.stdout).toContain('about 1.00 GiB of raw data')
})

test('validate tells a config that is wrong from one that cannot run here', async () => {
  writeFileSync(
    join(cwd, 'k8s.yaml'),
    'preset: kubernetes\nplatform: { storage: { s3: { secret_key: hush } } }\n',
  )
  const { code, stdout } = await lakebench(['validate', 'k8s.yaml', '--json'], { cwd })
  expect(code).toBe(3)
  const document = JSON.parse(stdout)
  expect(document).toMatchObject({ valid: true, runnable: false, config: { preset: 'kubernetes' } })
  expect(stdout).not.toContain('hush')
})

test('recommend alone shows the page’s tiers and the plan for this machine', async () => {
  const { code, stdout, stderr } = await lakebench(['recommend'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^up to 50 +balanced +4 – 8 +max\(4, min\(8, scale \/\/ 6\)\)$/m)
  expect(stdout).toMatch(/^this machine +\d+ cores, /m)
  expect(stdout).toMatch(/^ {2}embedded engine +\d+ threads?, /m)
  const json = JSON.parse((await lakebench(['recommend', '--json'], { cwd })).stdout)
  expect(json.tiers.extreme).toMatchObject({ least: 16, most: 32 })
  expect(json.this_machine.embedded.threads).toBeLessThanOrEqual(json.this_machine.cores)
})

test('recommend answers for a scale and for a cluster', async () => {
  const scale = await lakebench(['recommend', '--scale', '60'], { cwd })
  expect(scale).toMatchObject({ code: 0, stderr: '' })
  expect(scale.stdout).toMatch(/performance/)
  expect(scale.stdout).toMatch(/^this machine /m)
  const cluster = JSON.parse(
    (await lakebench(['recommend', '--cores', '64', '--memory', '512gb', '--json'], { cwd }))
      .stdout,
  )
  expect(cluster.scale).toBeGreaterThan(1)
  expect((await lakebench(['recommend', '--cores', '1', '--memory', '1gb'], { cwd })).code).toBe(3)
})
