import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
import { fakeParts, tempDir } from '../support/fake-parts'

const dir = tempDir()
const done = (name: string) => new Stage(name, async () => ({}))

/** A run whose record can be written until this happens, and then not any more. */
async function run(stages: readonly Stage[], when: 'run:phase' | 'stage:start', block: (path: string) => void) {
  const pipeline = new Pipeline(fakeParts(), stages)
  pipeline.on(when, ({ run_id }) => block(`${dir}/runs/run-${run_id}/metrics.json`))
  return pipeline.run({ outputDir: dir, reject: false })
}

test('a final record that cannot be written: what is told is what the record on disk says', async () => {
  let before = ''
  const { metrics, paths, error } = await run([done('one'), done('two')], 'run:phase', path => {
    before = readFileSync(path, 'utf8')
    // Nothing can be renamed over a folder.
    rmSync(path)
    mkdirSync(`${path}/full`, { recursive: true })
  })
  expect(metrics).toMatchObject({ status: 'aborted', success: false, verdict: 'INTERRUPTED' })
  expect(metrics.verdict).toBe(JSON.parse(before).verdict)
  expect(metrics.error_message).toContain(`Cannot write ${paths.metrics}`)
  expect(error?.message).toContain('Cannot write')
})

test('a run without any record failed', async () => {
  const { metrics } = await run([done('alone')], 'stage:start', path => mkdirSync(`${path}/full`, { recursive: true }))
  expect(metrics).toMatchObject({ status: 'failed', success: false, verdict: 'FAILED' })
})
