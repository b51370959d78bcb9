import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { Pipeline } from '../../src/pipeline/pipeline'
import type { RunSession } from '../../src/pipeline/pipeline-options'
import { Stage } from '../../src/pipeline/stage'
import { untilAborted } from '../../src/shared/abort'
import { fakeParts, tempDir } from '../support/fake-parts'

const outputDir = tempDir()
const never = () => new Promise<never>(() => {})
const reason = new DOMException('Interrupted by SIGTERM.', 'AbortError')

/** A run with one part that is asked, and never answers; the interrupt comes while it is waited for. */
async function interrupted(
  change: (session: RunSession, stall: () => Promise<never>) => Partial<RunSession>,
) {
  const controller = new AbortController()
  const stall = () => {
    setTimeout(() => controller.abort(reason))
    return never()
  }
  const parts = fakeParts()
  const open = async () => {
    const session = await parts.open()
    return { ...session, ...change(session, stall) }
  }
  const stages = [
    new Stage('silver-build', async () => ({}), { needs: ['store'], check: async () => ({}) }),
  ]
  return new Pipeline({ ...parts, open }, stages).run({
    outputDir,
    signal: controller.signal,
    reject: false,
  })
}

test.concurrent.each<[string, Parameters<typeof interrupted>[0]]>([
  ['a part that does not answer before the first stage', (_, stall) => ({ preflight: stall })],
  ['the layout of the tables', (_, stall) => ({ layout: stall })],
  ['the sums over them', (_, stall) => ({ sums: stall })],
  [
    'the corpus at the end',
    ({ corpus }, stall) => ({ sums: async () => ({}) as never, look: stall, corpus }),
  ],
  ['the environment', (_, stall) => ({ environment: stall })],
  ['the closing of the engines', (_, stall) => ({ close: stall })],
])('an interrupt does not wait for %s', async (_, change) => {
  const { metrics, paths } = await interrupted(change)
  const saved = JSON.parse(readFileSync(paths.metrics, 'utf8'))
  expect(saved.status).toBe(metrics.status)
  expect(readFileSync(paths.report, 'utf8')).toContain(metrics.run_id)
})

test('an interrupt does not wait for a stage that does not heed it, nor for a check', async () => {
  for (const [run, check] of [
    [never, async () => ({})],
    [async () => ({}), never],
  ] as const) {
    const controller = new AbortController()
    const pipeline = new Pipeline(fakeParts(), [new Stage('deaf', run, { check })])
    pipeline.on('stage:start', () => setTimeout(() => controller.abort(reason), 50))
    const { metrics } = await pipeline.run({ outputDir, signal: controller.signal })
    expect(metrics).toMatchObject({
      status: 'aborted',
      error_message: expect.stringContaining('SIGTERM'),
    })
  }
})

test.concurrent.for(['open', 'capacity', 'prepare'] as const)(
  'an interrupt while %s is waited for leaves a record, and what opens late is closed',
  async (phase, { expect }) => {
    const parts = fakeParts()
    const controller = new AbortController()
    const stall = () => {
      setTimeout(() => controller.abort(reason))
      return never()
    }
    let opened = () => {}
    const late = new Promise<void>(resolve => {
      opened = resolve
    })
    const open = async () => {
      if (phase === 'open') {
        setTimeout(() => controller.abort(reason))
        await late
      }
      const session = await parts.open()
      const compute = phase === 'open' ? session.compute : { ...session.compute, [phase]: stall }
      return { ...session, compute }
    }
    const stages = [new Stage('one', async () => ({}))]
    const { metrics, paths, error } = await new Pipeline({ ...parts, open }, stages).run({
      outputDir,
      signal: controller.signal,
    })
    expect(error).toBeNull()
    const saved = JSON.parse(readFileSync(paths.metrics, 'utf8'))
    expect(saved).toMatchObject({
      run_id: metrics.run_id,
      status: 'aborted',
      verdict: 'INTERRUPTED',
      error_message: 'Interrupted by SIGTERM.',
    })
    expect(saved.pipeline_benchmark.stages).toMatchObject([
      { stage_name: 'one', status: 'skipped' },
    ])
    expect(readFileSync(paths.report, 'utf8')).toContain(metrics.run_id)
    opened()
    await expect.poll(() => parts.opened).toEqual({ count: 1, closed: 1 })
  },
)

test('a resumed run that is interrupted while it opens keeps what its earlier part found', async () => {
  const parts = fakeParts()
  const made = { output_rows: 7, snapshot_id: null } as never
  const one = new Stage('one', async () => ({ rows: 7 }), {
    record: () => ({ measurements: made }),
  })
  const two = new Stage('two', async () => {
    throw new Error('not yet')
  })
  const first = await new Pipeline(parts, [one, two]).run({ outputDir, reject: false })
  const controller = new AbortController()
  const open = () => {
    setTimeout(() => controller.abort(reason))
    return never()
  }
  const resume = first.metrics.run_id
  const again = await new Pipeline({ ...parts, open }, [one, two]).run({
    outputDir,
    resume,
    signal: controller.signal,
  })
  expect(again.metrics).toMatchObject({ status: 'aborted', resumed: 1 })
  expect(again.metrics.jobs.map(j => j.job_name)).toEqual(['one'])
  const finished = await new Pipeline(parts, [one, new Stage('two', async () => ({}))]).run({
    outputDir,
    resume,
  })
  expect(finished.metrics).toMatchObject({ status: 'succeeded', resumed: 2 })
})

test('what is waited for after an interrupt shares one deadline, however many parts do not answer', async () => {
  const controller = new AbortController()
  controller.abort(reason)
  const { setTimeout: timer } = globalThis
  const waits: number[] = []
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms: number) => {
    waits.push(ms)
    return timer(work, ms / 20)
  }) as never)
  vi.spyOn(performance, 'now').mockImplementation(() => waits.reduce((sum, ms) => sum + ms, 0))
  for (let part = 0; part < 20; part++)
    await untilAborted(never(), controller.signal, 1000).catch(() => {})
  vi.restoreAllMocks()
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(5500)
  expect(waits.slice(0, 4)).toEqual([1000, 1000, 1000, 1000])
})

test('a run has its record before anything is asked of its parts', async () => {
  const parts = fakeParts()
  const seen: string[] = []
  const open = async () => {
    const session = await parts.open()
    const preflight = async () => {
      seen.push(...pipelineRecords())
    }
    return { ...session, preflight }
  }
  let id = ''
  const pipelineRecords = () => [
    JSON.parse(readFileSync(`${outputDir}/runs/run-${id}/metrics.json`, 'utf8')).verdict,
  ]
  const pipeline = new Pipeline({ ...parts, open }, [new Stage('one', async () => ({}))])
  pipeline.on('run:start', e => {
    id = e.run_id
  })
  await pipeline.run({ outputDir })
  expect(seen).toEqual(['INTERRUPTED'])
})
