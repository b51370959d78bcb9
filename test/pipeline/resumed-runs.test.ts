import { expect, test } from 'vitest'
import type { WindowRecord } from '../../src/contracts/continuous-metrics'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
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
  open: async () => ({ ...(await parts.open()), preflight: () => Promise.reject(new Error('Trino does not answer')) }),
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
  expect(unbegun.metrics.pipeline_benchmark.stages.map(s => s.status)).toEqual(['succeeded', 'skipped'])
  const last = await new Pipeline(fakeParts(), stages).run({ ...options, resume })
  expect(last.metrics.status).toBe('succeeded')
  expect(ran).toEqual(['long', 'second'])
})

test('a window that is resumed and does not begin stays in the record; what it begins with replaces its benchmark too', async () => {
  const options = { outputDir: tempDir(), reject: false }
  const record: WindowRecord = { streaming: [], benchmark_rounds: [], continuous: window({ drained: false }) }
  const benchmark = { valid: true, qph: 7 } as never
  const begins = (kept: object) =>
    new Stage('window', async ctx => {
      await ctx.keepRecord(kept)
      throw new Error('lost')
    })
  const first = await new Pipeline(fakeParts(), [begins({ window: record, benchmark })]).run(options)
  const resume = first.metrics.run_id
  for (const parts of [unready(fakeParts()), fakeParts()]) {
    const { metrics } = await new Pipeline(parts, [fails('window')]).run({ ...options, resume })
    expect(metrics).toMatchObject({ continuous: record.continuous, benchmark: { qph: 7 } })
  }
  const again = { ...record, continuous: window({ drained: false, resumed: 1 }) }
  const { metrics } = await new Pipeline(fakeParts(), [begins({ window: again })]).run({ ...options, resume })
  expect(metrics).toMatchObject({ continuous: again.continuous, benchmark: null })
})
