import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { judge } from '../../src/results/scorecard/judge'
import { readXml } from '../results/compare/xml'
import { tempDir } from '../support/fake-parts'
import { type Ended, lakebench as ownProcess, start } from './process'
import { lakebench } from './resident'

const cwd = tempDir()
const series = () => readdirSync(join(cwd, 'lakebench-output/series')).sort()
const id = (index: number) => series().at(index)!.replace('series-', '')
const run = (...args: string[]) =>
  lakebench(args, { cwd, env: { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '' } })
let session: Ended
let repeated: Ended

beforeAll(async () => {
  const yaml = (name: string) =>
    `name: ${name}\narchitecture: { benchmark: { iterations: 3, min_seconds: 0 }, workload: { datagen: { scale: 0.001, workers: 1 } } }\n`
  writeFileSync(join(cwd, 'a.yaml'), yaml('arm-a'))
  writeFileSync(join(cwd, 'b.yaml'), yaml('arm-b'))
  session = await run('ab', 'a.yaml', 'b.yaml', '--rounds', '6', '--generate')
  repeated = await run('run', 'a.yaml', '--repeat', '2')
})

test('ab shows a line a run, a table, and the headlines last', () => {
  // Where other work on the machine comes with one arm, a control moves, and saying so is right.
  const moved = /the machine changed with the arms/.test(session.stdout)
  expect(session.code).toBe(moved ? 4 : 0)
  expect(session.stderr).toMatch(/^\d\d:\d\d:\d\dZ warm-up B PASSED in .* to go$/m)
  expect(session.stderr.match(/round \d of 6, [AB] PASSED/g)).toHaveLength(12)
  expect(session.stdout).toMatch(/^A +a\.yaml +6 runs/m)
  for (const name of ['bronze-verify', 'silver-build', 'gold-finalize', 'Q1', 'Q9'])
    expect(session.stdout).toMatch(new RegExp(`^${name} .* ${moved ? '!' : '[▲▼≈=?]'} `, 'm'))
  expect(session.stdout.trimEnd().split('\n').at(-1)).toMatch(/^pipeline, wall time: /)
})

test('compare says the same of the session, later, and as one document', async () => {
  const again = await run('compare', id(0))
  expect(again).toMatchObject({ code: session.code, stdout: session.stdout, stderr: '' })
  const { stdout, stderr } = await run('compare', `${id(0)}:A`, `${id(0)}:B`, '--json')
  expect(stderr).toBe('')
  const comparison = JSON.parse(stdout)
  expect(comparison.pairs[0]).toMatchObject({
    a: 'A',
    b: 'B',
    design: 'interleaved',
    differences: [],
  })
  expect(comparison.pairs[0].metrics).toHaveLength(11)
  expect((await run('compare', id(0), '-q')).stdout.split('\n')[0]).toMatch(
    /^B: 8 queries, geometric mean: /,
  )
})

test('the session has a page, which report draws anew, and the list names both series', async () => {
  const page = join(cwd, 'lakebench-output/series', series()[0]!, 'comparison.html')
  expect(session.stderr).toContain(page)
  const first = readFileSync(page, 'utf8')
  expect(first).toContain('B against A')
  rmSync(page)
  const drawn = await run('report', id(0))
  expect(drawn).toMatchObject({ code: 0, stdout: `${page}\n`, stderr: '' })
  expect(readFileSync(page, 'utf8')).toBe(first)
  const listed = await run('report', '--list')
  expect(listed.stdout).toMatch(
    new RegExp(`^${id(0)} .* a\\.yaml \\| b\\.yaml +complete +ab +6 of 6$`, 'm'),
  )
  expect(listed.stdout).toMatch(
    new RegExp(`^${id(-1)} .* a\\.yaml +complete +repeat +2 of 2$`, 'm'),
  )
  const alone = await run('report', id(-1))
  expect(alone.code).toBe(2)
  expect(alone.stderr).toContain('is one set of runs; comparing takes two or more')
})

test('two runs, or more, have a page beside each other', async () => {
  const names = readdirSync(join(cwd, 'lakebench-output/runs')).sort()
  const [a, b, c] = names.slice(-3).map(name => name.replace('run-', ''))
  const drawn = await run('report', a!, b!, c!, '--json')
  const { report, arms } = JSON.parse(drawn.stdout)
  expect(report).toBe(join(cwd, 'lakebench-output/comparison.html'))
  expect(arms.map(({ label }: { label: string }) => label)).toEqual([a, b, c])
  const page = readFileSync(report, 'utf8')
  expect(page).toContain('C against A')
  expect(page).toContain('One run against one run does not judge times')
  const html = join(cwd, 'pages', 'two.html')
  const compared = await run('compare', a!, b!, '--html', html)
  expect(compared).toMatchObject({ code: 0, stderr: `report  ${html}\n` })
  expect(readFileSync(html, 'utf8')).toContain('B against A')
})

test('one run against one judges no time, and evidence can be required', async () => {
  const { runs } = JSON.parse(
    readFileSync(join(cwd, 'lakebench-output/series', series()[0]!, 'series.json'), 'utf8'),
  )
  const [first, second] = runs.slice(2).map((of: { run_id: string }) => of.run_id)
  const one = await run('compare', first!, join('lakebench-output/runs', `run-${second}`), '--json')
  const { design, metrics } = JSON.parse(one.stdout).pairs[0]
  expect(metrics).toHaveLength(11)
  expect([design, ...metrics.map((m: { verdict: string }) => m.verdict)]).toEqual([
    'single',
    ...metrics.map(() => 'cannot tell'),
  ])
  expect(one.code).toBe(0)
  expect((await run('compare', first!, second!, '-q', '--require-evidence')).code).toBe(5)
})

test('run --repeat leaves a series and says how its times vary', async () => {
  expect(repeated.code).toBe(0)
  expect(repeated.stdout).toMatch(/^silver-build +.* %\s+.* %$/m)
  expect(repeated.stdout).toContain('2 runs passed')
  expect(readdirSync(join(cwd, 'lakebench-output/series', series().at(-1)!))).toEqual([
    'series.json',
  ])
  const again = await run('run', 'a.yaml', '--resume', id(-1), '--json')
  expect(again.code).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject({
    series: { status: 'complete', planned_rounds: 2 },
    summary: { runs: 2 },
  })
})

test('a baseline is written, and a gate against it leaves Markdown and JUnit', async () => {
  const written = await run('gate', `${id(0)}:A`, '--write-baseline', 'base.json')
  expect(written).toMatchObject({ code: 0, stdout: `${join(cwd, 'base.json')}\n` })
  expect(JSON.parse(readFileSync(join(cwd, 'base.json'), 'utf8'))).toMatchObject({
    kind: 'lakebench-baseline',
    runs: { length: 6 },
  })
  const { code, stdout } = await run(
    'gate',
    `${id(0)}:B`,
    '--baseline',
    'base.json',
    '--max-regression',
    '900%',
    '--junit',
    'gate.xml',
  )
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^PASSED \d+ within their limit, 0 over it/)
  expect(code).toBe(0)
  expect(readFileSync(join(cwd, 'lakebench-output/gate.md'), 'utf8')).toMatch(
    /^## lakebench gate: PASSED/,
  )
  expect(readXml(readFileSync(join(cwd, 'gate.xml'), 'utf8')).attributes).toMatchObject({
    tests: '13',
    failures: '0',
  })
})

test('a gate over a limit ends with 1, and tells GitHub', async () => {
  const summary = join(cwd, 'summary.md')
  const { code, stdout } = await ownProcess(
    ['gate', `${id(0)}:B`, '--limit', 'silver-build<0.1ms'],
    {
      cwd,
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
    },
  )
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /^::error title=lakebench gate::silver-build: median .* the limit is silver-build < 0\.1 ms$/m,
  )
  expect(readFileSync(summary, 'utf8')).toContain('## lakebench gate: FAILED')
  const json = await run('gate', `${id(0)}:B`, '--limit', 'silver-build<0.1ms', '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'FAILED', failures: { length: 1 } })
})

/** As on a machine where fixed work always takes the same time, and now B, now A takes half as long again as the other. */
function steadySession(): void {
  const paths = readdirSync(join(cwd, 'lakebench-output/runs')).map(name =>
    join(cwd, 'lakebench-output/runs', name, 'metrics.json'),
  )
  const records: RunMetrics[] = paths.map(path => JSON.parse(readFileSync(path, 'utf8')))
  for (const [i, own] of records.entries()) {
    if (own.series?.kind !== 'ab' || own.series.round === 0) continue
    const { round, arm, controls } = own.series
    for (const control of Object.keys(controls)) controls[control] = 0.01
    const a = records.find(
      ({ series }) => series?.kind === 'ab' && series.arm === 'A' && series.round === round,
    )!
    if (arm === 'B') takeTimesOf(a, own, round % 2 === 1 ? 1.5 : 1 / 1.5)
    writeFileSync(paths[i]!, JSON.stringify(judge(own)))
  }
}

function takeTimesOf(a: RunMetrics, own: RunMetrics, factor: number): void {
  const begun = Date.parse(a.start_time)
  const stretched = (time: string) =>
    new Date(begun + (Date.parse(time) - begun) * factor).toISOString()
  own.jobs = a.jobs.map((job, i) => ({
    ...own.jobs[i]!,
    start_time: stretched(job.start_time),
    end_time: stretched(job.end_time),
    started_after_seconds:
      job.started_after_seconds === null ? null : job.started_after_seconds * factor,
    elapsed_seconds: job.elapsed_seconds * factor,
  }))
  for (const query of own.benchmark!.queries) {
    const { samples } = a.benchmark!.queries.find(({ name }) => name === query.name)!
    query.samples = samples.map(sample => ({
      ...sample,
      engine_seconds: sample.engine_seconds * factor,
    }))
  }
}

test('an ab session is its own gate; 4 where it cannot be compared, 5 where evidence is required', async () => {
  steadySession()
  const strict = await run('gate', id(0), '--max-regression', '0.01%', '--require-evidence', '-q')
  expect([strict.code, strict.stdout]).toEqual([5, 'NO EVIDENCE\n'])
  const base = JSON.parse(readFileSync(join(cwd, 'base.json'), 'utf8'))
  base.common.corpus.digest = 'another'
  writeFileSync(join(cwd, 'other.json'), JSON.stringify(base))
  const other = await run('gate', `${id(0)}:B`, '--baseline', 'other.json')
  expect(other.code).toBe(4)
  expect(other.stdout).toMatch(/not comparable: corpus digest is another in A/)
  expect((await run('compare', 'other.json', `${id(0)}:B`)).code).toBe(4)
})

test.each([
  [['compare', 'nobody'], /There is no run nobody/],
  [['compare', '../../etc/nobody', 'x'], /There is no run \.\.\/\.\./],
  [['gate', '--max-regression', '10'], /share such as 10% or 0\.1/],
  [['gate', '--baseline', 'a.yaml'], /a\.yaml is no JSON/],
  [['gate', '--limit', 'Q3'], /is no limit such as/],
  [['compare', 'a.yaml', 'b.yaml', '--across', 'colour'], /engine or machine|is no JSON/],
  [['ab', 'a.yaml'], /two or more to compare; got 1/],
  [['ab', 'a.yaml', 'b.yaml', '--rounds', '7'], /7 is odd/],
  [['ab', 'a.yaml', 'b.yaml', '--resume', '../../x'], /series id looks like/],
  [['run', '--resume', '../../x'], /run id: looks like/],
  [['run', '--repeat', '2', '--stage', 'silver-build'], /leave out --stage/],
])('%j is refused with 2', async (args, message) => {
  const before = [series().length, existsSync(join(cwd, 'lakebench-output/runs'))]
  const { code, stdout, stderr } = await run(...args)
  expect(stderr).toMatch(message)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect([series().length, existsSync(join(cwd, 'lakebench-output/runs'))]).toEqual(before)
})

test('Ctrl-C leaves a session that goes on where it was', async () => {
  const { child, ended, says } = start(
    ['ab', 'a.yaml', 'b.yaml', '--rounds', '2', '--skip-benchmark'],
    { cwd },
  )
  await says('round 1 of 2, A PASSED')
  child.kill('SIGINT')
  const { code, stderr } = await ended
  expect(code).toBe(130)
  expect(stderr).toContain(`--resume ${id(-1)} completes it`)
  const whole = await run(
    'ab',
    'a.yaml',
    'b.yaml',
    '--skip-benchmark',
    '--resume',
    id(-1),
    '--json',
  )
  expect(whole.code).toBe(0)
  const document = JSON.parse(whole.stdout)
  expect(document.series).toMatchObject({ status: 'complete', planned_rounds: 2 })
  expect(document.comparison.pairs[0].metrics).toHaveLength(3)
})
