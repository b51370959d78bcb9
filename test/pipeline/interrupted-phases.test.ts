import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { RunSession } from '../../src/pipeline/parts'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
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

test.each<[string, Parameters<typeof interrupted>[0]]>([
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

test('an interrupt while the engines are opened is thrown, and what opens late is closed', async () => {
  const parts = fakeParts()
  const controller = new AbortController()
  let opened = () => {}
  const late = new Promise<void>(resolve => {
    opened = resolve
  })
  const open = () => {
    controller.abort(reason)
    return late.then(() => parts.open())
  }
  const run = new Pipeline({ ...parts, open }, [new Stage('one', async () => ({}))]).run({
    outputDir,
    signal: controller.signal,
  })
  await expect(run).rejects.toBe(reason)
  opened()
  await expect.poll(() => parts.opened).toEqual({ count: 1, closed: 1 })
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
