import { expect, test } from 'vitest'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
import { FakeQueryEngine } from '../../src/testing/fakes'
import { fakeParts, tempDir } from '../support/fake-parts'

const dir = tempDir()
const stage = (name: string) => new Stage(name, async () => ({}))
const pipeline = new Pipeline(fakeParts(), [stage('a'), stage('b')])
const names = (p: { stages: readonly Stage[] }) => p.stages.map(s => s.name).join(' ')

test('insert, replace, remove and only give new pipelines and leave the old one alone', () => {
  expect(names(pipeline.insertAfter('a', stage('x')))).toBe('a x b')
  expect(names(pipeline.insertBefore('a', stage('x')))).toBe('x a b')
  expect(names(pipeline.append(stage('x')))).toBe('a b x')
  expect(names(pipeline.replace('a', stage('x')))).toBe('x b')
  expect(names(pipeline.remove('a'))).toBe('b')
  expect(names(pipeline.only('b'))).toBe('b')
  expect(names(pipeline)).toBe('a b')
})

test('an unknown stage is named together with those that are there', () => {
  expect(() => pipeline.remove('z')).toThrow('There is no stage "z"; this pipeline has a, b.')
  expect(() => pipeline.append(stage('a'))).toThrow('Two stages are called a')
  expect(() => stage('no spaces')).toThrow('letters, digits, - and _')
})

test('a custom stage sees earlier results and asks the query engine; what it returns is recorded', async () => {
  const queryEngine = new FakeQueryEngine(() => ({ columns: ['n'], rows: [[42n]] }))
  const count = new Stage('count', async ctx => ({
    silver_rows: await ctx.query('select count(*) from {silver}'),
    earlier: ctx.results.get('a'),
  }))
  const run = await new Pipeline(fakeParts({ queryEngine }), [stage('a'), count]).run({
    outputDir: dir,
  })
  expect(run.metrics.jobs[1]).toMatchObject({
    job_name: 'count',
    job_type: 'custom',
    measurements: { silver_rows: 42, earlier: {} },
  })
  expect(queryEngine.asked).toEqual(['select count(*) from {silver}'])
})

test('a resumed run keeps finished stages and runs the rest', async () => {
  let broken = true
  let firstRuns = 0
  const first = new Stage('first', async () => ({ runs: ++firstRuns }))
  const second = new Stage('second', async () => {
    if (broken) throw new Error('not yet')
    return {}
  })
  const two = new Pipeline(fakeParts(), [first, second])
  const failed = await two.run({ outputDir: dir, reject: false })
  broken = false
  const resumed = await two.run({ outputDir: dir, resume: failed.metrics.run_id })
  expect(firstRuns).toBe(1)
  expect(resumed.metrics.run_id).toBe(failed.metrics.run_id)
  expect(resumed.metrics.jobs.map(j => [j.job_name, j.success])).toEqual([
    ['first', true],
    ['second', true],
  ])
  expect(resumed.metrics.warnings.join()).toContain('resumed')
})
