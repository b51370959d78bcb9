import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { WindowRecord } from '../../src/contracts/continuous-metrics'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
import { benchmark } from '../results/scorecard/records'
import { type FakeParts, fakeParts, tempDir } from '../support/fake-parts'
import { window } from '../support/window-records'

const works = (name: string, ran: string[]) => new Stage(name, async () => void ran.push(name))
const fails = (name: string) =>
  new Stage(name, async () => {
    throw new Error(`${name} is broken`)
  })
/** Parts of a run that cannot begin. */
const unready = (parts: FakeParts) => ({
  ...parts,
  open: async () => ({
    ...(await parts.open()),
    preflight: () => Promise.reject(new Error('Trino does not answer')),
  }),
})

test('a resumed run that cannot begin keeps what was there, and so does the next one', async () => {
  const options = { outputDir: tempDir(), reject: false }
  const ran: string[] = []
  const first = await new Pipeline(fakeParts(), [works('long', ran), fails('second')]).run(options)
  const resume = first.metrics.run_id
  const stages = [works('long', ran), works('second', ran)]
  const unbegun = await new Pipeline(unready(fakeParts()), stages).run({ ...options, resume })
  expect(unbegun.error!.message).toBe('Trino does not answer')
  expect(unbegun.metrics.jobs).toEqual([{ ...first.metrics.jobs[0], started_after_seconds: null }])
  expect(unbegun.metrics.pipeline_benchmark.stages.map(s => s.status)).toEqual([
    'succeeded',
    'skipped',
  ])
  const last = await new Pipeline(fakeParts(), stages).run({ ...options, resume })
  expect(last.metrics.status).toBe('succeeded')
  expect(ran).toEqual(['long', 'second'])
})

test('a window that is resumed and does not begin stays in the record; what it begins with replaces its benchmark too', async () => {
  const options = { outputDir: tempDir(), reject: false }
  const record: WindowRecord = {
    streaming: [],
    benchmark_rounds: [],
    continuous: window({ drained: false }),
  }
  const measured = benchmark({ engine: 'kept' })
  const begins = (kept: object) =>
    new Stage('window', async ctx => {
      await ctx.keepRecord(kept)
      throw new Error('lost')
    })
  const first = await new Pipeline(fakeParts(), [
    begins({ window: record, benchmark: measured }),
  ]).run(options)
  const resume = first.metrics.run_id
  for (const parts of [unready(fakeParts()), fakeParts()]) {
    const { metrics } = await new Pipeline(parts, [fails('window')]).run({ ...options, resume })
    expect(metrics).toMatchObject({ continuous: record.continuous, benchmark: { engine: 'kept' } })
  }
  const again = { ...record, continuous: window({ drained: false, resumed: 1 }) }
  const { metrics } = await new Pipeline(fakeParts(), [begins({ window: again })]).run({
    ...options,
    resume,
  })
  expect(metrics).toMatchObject({ continuous: again.continuous, benchmark: null })
})

/** A stage that counts how often it ran and was checked. */
function checked(name: string, did: string[], fingerprint = 'f00d'): Stage {
  return new Stage(name, async () => void did.push(`ran ${name}`), {
    check: async () => {
      did.push(`checked ${name}`)
      return { output_fingerprint: fingerprint }
    },
  })
}

/** A run that is killed when this happens: its record stays as it is on disk at that moment. */
async function killedAt(
  stages: readonly Stage[],
  options: { outputDir: string; resume?: string },
  phase: string,
) {
  const pipeline = new Pipeline(fakeParts(), stages)
  let record: string | null = null
  const look = (run_id: string) => {
    record ??= readFileSync(`${options.outputDir}/runs/run-${run_id}/metrics.json`, 'utf8')
  }
  pipeline.on('run:phase', e => e.phase === phase && look(e.run_id))
  pipeline.on('stage:start', e => e.stage === phase && look(e.run_id))
  const { paths, metrics } = await pipeline.run({ ...options, reject: false })
  writeFileSync(paths.metrics, record!)
  return metrics.run_id
}

test('killed in its checks, and again when it was resumed: kept stages are checked, and none runs twice', async () => {
  const outputDir = tempDir()
  const did: string[] = []
  const stages = () => [checked('one', did), checked('two', did)]
  const resume = await killedAt(stages(), { outputDir }, 'checking one')
  await killedAt(stages(), { outputDir, resume }, 'checking two')
  const { metrics } = await new Pipeline(fakeParts(), stages()).run({ outputDir, resume })
  const checks = ['checked one', 'checked two']
  expect(did).toEqual(['ran one', 'ran two', ...checks, ...checks, ...checks])
  expect(metrics.status).toBe('succeeded')
  expect(metrics.jobs.map(j => j.output_fingerprint)).toEqual(['f00d', 'f00d'])
})

test('a resumed run that is killed in its first stage has not lost the stages that it had yet to pass', async () => {
  const outputDir = tempDir()
  const did: string[] = []
  const resume = await killedAt(
    [checked('one', did), checked('two', did), works('three', did)],
    { outputDir },
    'three',
  )
  const stages = [checked('one', did), checked('two', did), works('three', did)]
  await killedAt(stages, { outputDir, resume }, 'three')
  const { metrics } = await new Pipeline(fakeParts(), stages).run({ outputDir, resume })
  expect(metrics.status).toBe('succeeded')
  expect(did.filter(what => what.startsWith('ran'))).toEqual(['ran one', 'ran two'])
})

test('a kept stage whose table has another fingerprint by now fails the run', async () => {
  const options = { outputDir: tempDir(), reject: false }
  const first = await new Pipeline(fakeParts(), [checked('one', [])]).run(options)
  const resume = first.metrics.run_id
  const { metrics, error } = await new Pipeline(fakeParts(), [checked('one', [], 'bad')]).run({
    ...options,
    resume,
  })
  expect(metrics).toMatchObject({
    status: 'failed',
    error_message: expect.stringMatching(/^one: its table was changed/),
  })
  expect(error?.message).toContain('the fingerprint was f00d, now it is bad. Start a new run.')
})
