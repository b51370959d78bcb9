import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LakebenchError } from '../../src/contracts/errors'
import type { RunMetrics } from '../../src/contracts/metrics'
import { readEarlier } from '../../src/pipeline/resume'
import { renderReport } from '../../src/report/report'
import { baselineText, parseBaseline } from '../../src/results/compare/baseline'
import { compareFacts } from '../../src/results/compare/compare-runs'
import { judgeGate } from '../../src/results/compare/gate'
import { compareRuns, loadRun, runFacts } from '../../src/results/load-run'
import { parseMetrics } from '../../src/results/scorecard/parse-metrics'
import { Scorecard } from '../../src/results/scorecard/scorecard'
import { facts } from '../results/compare/facts'
import { Noise } from '../results/compare/noise'
import { fakeParts, tempDir } from '../support/fake-parts'
import { below, fuzz, mutateBytes, mutateTree, pick, type Random } from './inputs'

const dir = tempDir()
const OLD = join(import.meta.dirname, '../results/scorecard/records-of-old')
const records = readdirSync(OLD).map(name => JSON.parse(readFileSync(join(OLD, name), 'utf8')))
const sound = parseMetrics(records.at(-1))

/** What a document that is none may end in: an error of ours, in a message of few lines. */
async function orRefused<T>(work: () => Promise<T> | T): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LakebenchError)) throw error
    expect(error.message).not.toMatch(/\n\s+at |Cannot read propert|is not a function|of undefined/)
    return null
  }
}

/** The text of a document with faults: of its tree, of its bytes, or of both. */
function faulty(document: unknown, random: Random): Buffer {
  let tree = document
  for (let i = below(random, 3); i >= 0; i--) tree = mutateTree(tree, random)
  const text = Buffer.from(JSON.stringify(tree) ?? '')
  return random() < 0.2 ? mutateBytes(text, random) : text
}

/** A run that did not come to its end, or of which the rules say otherwise, is not called passed. */
function expectNoFalsePass(run: RunMetrics, text: string): void {
  if (run.verdict !== 'PASSED') return
  expect(run).toMatchObject({ status: 'succeeded', success: true, error_message: null })
  expect(run.jobs.map(job => job.success)).not.toContain(false)
  expect(run.pipeline_benchmark.stages.filter(stage => stage.status !== 'succeeded')).toEqual([])
  expect(run.validity.filter(rule => !rule.passed)).toEqual([])
  expect(JSON.parse(text).verdict).toBe('PASSED')
  for (const score of Object.values(run.pipeline_benchmark.scores))
    if (score !== null) expect(Number.isFinite(score)).toBe(true)
}

test('a record with faults is refused, or judged by what it still says, by every door', async () => {
  const run_dir = join(dir, 'runs/run-fuzzed')
  mkdirSync(run_dir, { recursive: true })
  const path = join(run_dir, 'metrics.json')
  await fuzz(120, async random => {
    const text = faulty(pick(random, records), random).toString()
    writeFileSync(path, text)
    const run = await orRefused(() => loadRun(path))
    await orRefused(() => readEarlier(fakeParts(), 'fuzzed', dir))
    if (run === null) return
    expectNoFalsePass(run, text)
    expect(String(new Scorecard(run))).toContain(run.run_id)
    // A page is most of the time that one input takes.
    if (random() < 0.1) await orRefused(() => renderReport(run))
    await orRefused(() =>
      compareRuns([
        { name: 'A', runs: [sound] },
        { name: 'B', runs: [run] },
      ] as never),
    )
    const candidate = { name: 'B', runs: [runFacts(run)] }
    await orRefused(() =>
      judgeGate(compareFacts([{ name: 'A', runs: [runFacts(sound)] }, candidate]), candidate, {
        maxRegression: 0.1,
      }),
    )
  })
}, 3_600_000)

test('a baseline with faults is refused, or compared by what it still says', async () => {
  const noise = new Noise(1)
  const runs = Array.from({ length: 3 }, () => facts({ times: noise.times(3) }))
  const document = JSON.parse(baselineText({ name: 'main', runs }, new Date(0)))
  await fuzz(250, async random => {
    const text = faulty(document, random).toString()
    const arm = await orRefused(() => {
      let json: unknown
      try {
        json = JSON.parse(text)
      } catch {
        return null
      }
      return parseBaseline(json)
    })
    if (!arm) return
    const candidate = { name: 'B', runs }
    await orRefused(() =>
      judgeGate(compareFacts([arm, candidate]), candidate, { maxRegression: 0.1 }),
    )
  })
}, 3_600_000)
