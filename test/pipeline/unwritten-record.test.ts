import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Pipeline } from '../../src/pipeline/pipeline'
import { Stage } from '../../src/pipeline/stage'
import { fakeParts, tempDir } from '../support/fake-parts'

const dir = tempDir()
const done = (name: string) => new Stage(name, async () => ({}))

/** A run whose record can be written until its stages are over, and then not any more. */
async function run(stages: readonly Stage[], block: (path: string) => void) {
  const pipeline = new Pipeline(fakeParts(), stages)
  pipeline.on('run:phase', ({ run_id }) => block(`${dir}/runs/run-${run_id}/metrics.json`))
  return pipeline.run({ outputDir: dir, reject: false })
}

test('a final record that cannot be written: what is told is what the record on disk says', async () => {
  let before = ''
  const { metrics, paths, error } = await run([done('one'), done('two')], path => {
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
  // Nothing can be renamed over a folder, and a rule is asked before each writing.
  const check = ({ run_id }: { run_id: string }) => {
    mkdirSync(`${dir}/runs/run-${run_id}/metrics.json/full`, { recursive: true })
    return null
  }
  const rules = [{ rule: 'blocks', check }]
  const pipeline = new Pipeline({ ...fakeParts(), rules }, [done('alone')])
  const { metrics } = await pipeline.run({ outputDir: dir, reject: false })
  expect(metrics).toMatchObject({ status: 'failed', success: false, verdict: 'FAILED' })
})
