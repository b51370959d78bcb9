import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig, loadRun, runBatch } from '../../src/index'
import { contradictionOf } from '../../src/results/scorecard/judge'
import { lakebench } from '../cli/resident'
import { tempDir } from '../support/fake-parts'
import { BRIEF, SMALL } from '../support/small-run'

const dir = tempDir()
// biome-ignore lint/suspicious/noTemplateCurlyInString: references are what is tested
const NAME = 'literal ${X}'
const input = {
  name: NAME.replace('${', () => '$${'),
  storage: join(dir, 'data'),
  architecture: { benchmark: BRIEF, workload: { datagen: SMALL.datagen } },
}

test('a name with a literal ${ runs from the library: resolved, as a copy, from JSON and resumed', async () => {
  const outputDir = join(dir, 'output')
  const config = await loadConfig(input)
  const first = await runBatch(config, { generate: true, outputDir })
  expect(first.metrics.name).toBe(NAME)
  for (const copy of [{ ...config }, JSON.parse(JSON.stringify(config))])
    expect((await runBatch(copy, { outputDir, skipBenchmark: true })).metrics.name).toBe(NAME)
  const resumed = await runBatch(config, { outputDir, resume: first.metrics.run_id })
  expect(resumed.metrics).toMatchObject({ name: NAME, verdict: 'PASSED' })
  // What a run wrote is what its content gives.
  expect(contradictionOf(await loadRun(first.metrics.run_id, { outputDir }))).toBeNull()
})

test('and from the command line: validate, run, ab', async () => {
  const file = join(dir, 'lakebench.yaml')
  writeFileSync(file, JSON.stringify({ ...input, storage: join(dir, 'cli-data') }))
  expect((await lakebench(['validate', file], { cwd: dir })).code).toBe(0)
  const run = await lakebench(['run', file, '--generate', '--skip-benchmark', '--json'], {
    cwd: dir,
  })
  expect(run.code, run.stderr).toBe(0)
  expect(JSON.parse(run.stdout).name).toBe(NAME)
  const { run_id } = JSON.parse(run.stdout)
  expect(
    (await lakebench(['run', file, '--skip-benchmark', '--resume', run_id], { cwd: dir })).code,
  ).toBe(0)
  const ab = await lakebench(['ab', file, file, '--rounds', '2', '--skip-benchmark', '--json'], {
    cwd: dir,
  })
  expect(ab.stderr).not.toMatch(/environment variable/)
})
