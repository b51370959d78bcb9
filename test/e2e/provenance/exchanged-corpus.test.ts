import { cpSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load'
import { Stage } from '../../../src/pipeline/stage'
import { benchmark, presets, type RunResult } from '../../../src/run'
import { tempDir } from '../../support/fake-parts'
import { placeRaw, smallConfig, smallRun } from '../../support/small-run'

/** The rules that a run did not meet, with what they say. */
const unmet = ({ metrics }: RunResult) =>
  Object.fromEntries(metrics.validity.filter(r => !r.passed).map(r => [r.rule, r.detail]))

const bronze = (dir: string) => join(dir, 'data/bronze')
const output = (dir: string) => ({ outputDir: join(dir, 'output'), reject: false })
const OTHER = { seed: 7, scale: 0.002 }

/** Another corpus beside, to put in the place of the first. */
async function otherCorpus(): Promise<string> {
  const dir = tempDir()
  await placeRaw(dir, OTHER)
  return bronze(dir)
}

function exchange(dir: string, by: string): () => void {
  const aside = `${bronze(dir)}-aside`
  renameSync(bronze(dir), aside)
  cpSync(by, bronze(dir), { recursive: true })
  return () => {
    rmSync(bronze(dir), { recursive: true })
    renameSync(aside, bronze(dir))
  }
}

test('queries over the tables of one corpus beside another give no passed run of either', async () => {
  const dir = tempDir()
  const first = await smallRun(dir)
  expect(first.metrics.verdict).toBe('PASSED')
  exchange(dir, await otherCorpus())
  const config = smallConfig(dir, { datagen: OTHER })

  const queries = await benchmark(config, output(dir))
  expect(queries.metrics).toMatchObject({
    verdict: 'INVALID',
    corpus: { seed: 7 },
    tables: { silver: { corpus: first.metrics.corpus!.digest, run_id: first.metrics.run_id } },
  })
  expect(unmet(queries)).toEqual({
    'tables-of-this-corpus': expect.stringContaining(first.metrics.corpus!.digest.slice(0, 12)),
    'answers-agree': expect.stringContaining('bronze has'),
  })
  expect(queries.metrics.validity.find(r => r.rule === 'tables-of-this-run')).toMatchObject({
    passed: true,
    detail: expect.stringContaining(`silver was built by run ${first.metrics.run_id}`),
  })

  const gold = await smallRun(dir, { datagen: OTHER }, { generate: false, stage: 'gold-finalize' })
  expect(gold.metrics.verdict).toBe('INVALID')
  expect(Object.keys(unmet(gold))).toEqual(['tables-of-this-corpus', 'answers-agree'])
})

test('queries over tables of the corpus that lies there pass, and name the run that built them', async () => {
  const dir = tempDir()
  const first = await smallRun(dir)
  const queries = await benchmark(smallConfig(dir), output(dir))
  expect(unmet(queries)).toEqual({})
  expect(queries.metrics.verdict).toBe('PASSED')
  expect(queries.metrics.tables!.gold!.run_id).toBe(first.metrics.run_id)
  // Raw data that was taken away since changes no table.
  rmSync(bronze(dir), { recursive: true })
  const alone = await benchmark(smallConfig(dir), output(dir))
  expect(unmet(alone)).toEqual({})
  expect(alone.metrics).toMatchObject({
    corpus: null,
    lineage: { corpus_at_end: null, sums: { bronze: null } },
  })
})

test('a corpus exchanged between two stages, and exchanged back, is seen', async () => {
  const dir = tempDir()
  await placeRaw(dir)
  const other = await otherCorpus()
  let back = () => {}
  const config = await loadConfig(smallConfig(dir))
  const run = await presets
    .batch(config)
    .insertAfter(
      'bronze-verify',
      new Stage('there', async () => {
        back = exchange(dir, other)
      }),
    )
    .insertAfter('silver-build', new Stage('back', async () => back()))
    .run(output(dir))
  expect(run.metrics.verdict).toBe('INVALID')
  expect(unmet(run)['tables-of-this-corpus']).toContain('silver-build read corpus')
  expect(unmet(run)['answers-agree']).toContain('bronze has')
})

test('a corpus exchanged after the last stage that reads it is seen', async () => {
  const dir = tempDir()
  await placeRaw(dir)
  const other = await otherCorpus()
  const config = await loadConfig(smallConfig(dir))
  const swap = new Stage('swap', async () => void exchange(dir, other))
  const run = await presets.batch(config).insertAfter('silver-build', swap).run(output(dir))
  expect(run.metrics.verdict).toBe('INVALID')
  expect(unmet(run)['tables-of-this-corpus']).toContain('when the stages were over')
})

test('a file more than the manifest names is no corpus of that manifest', async () => {
  const dir = tempDir()
  await smallRun(dir)
  const raw = join(bronze(dir), 'customer/interactions')
  cpSync(join(raw, 'part-000000.parquet'), join(raw, 'zz.parquet'))
  const run = await smallRun(dir, {}, { generate: false, stage: 'silver-build' })
  expect(run.metrics.verdict).toBe('INVALID')
  expect(unmet(run)['tables-of-this-corpus']).toContain('silver was made from corpus')
})

test('resumed after another run took the tables, a run makes its own again', async () => {
  const dir = tempDir()
  const failing = async (ctx: { warn(text: string): void }) => {
    ctx.warn('stops here')
    throw new Error('stops here')
  }
  await placeRaw(dir)
  const config = await loadConfig(smallConfig(dir))
  const stopped = await presets
    .batch(config)
    .replace('gold-finalize', new Stage('gold-finalize', failing))
    .run(output(dir))
  expect(stopped.metrics.jobs.find(j => j.job_name === 'silver-build')!.success).toBe(true)

  const back = exchange(dir, await otherCorpus())
  const between = await smallRun(dir, { datagen: OTHER }, { generate: false, skipBenchmark: true })
  expect(between.metrics.verdict).toBe('PASSED')
  back()

  const resumed = await smallRun(dir, {}, { generate: false, resume: stopped.metrics.run_id })
  expect(unmet(resumed)).toEqual({})
  expect(resumed.metrics.verdict).toBe('PASSED')
  expect(resumed.metrics.warnings.join()).toContain(
    'silver is not as silver-build of this run left it',
  )
  expect(resumed.metrics.tables!.silver).toMatchObject({
    run_id: resumed.metrics.run_id,
    corpus: resumed.metrics.corpus!.digest,
  })
})
