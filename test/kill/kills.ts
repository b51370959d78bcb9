import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { type Ended, lakebench, start } from '../cli/process'
import { violations } from '../iceberg/invariants'
import { tempDir } from '../support/fake-parts'

/** Kills of all scenarios together; a tenth in CI. */
const KILLS = Number(process.env.LAKEBENCH_KILLS ?? 200)
const SEED = Number(process.env.LAKEBENCH_SEED ?? 18)
/** Of a case whose data was not made whole. */
const MOST_TRIES = 5
/** How often what goes on after a kill is killed as well. */
const AGAIN = 0.3
const SETTLED =
  /^(c\.yaml|d\/\.lakebench\/lease-\d+\.json|d\/bronze\/checkpoints\/[^/]+\/bronze-ingest\/plans\/\d+\.json|d\/bronze\/(corpora\/[^/]+\/)?(_lakebench\/corpus\.json|customer\/interactions\/[^/]+\.parquet)|lakebench-output\/runs\/run-[^/]+\/(metrics\.json|plan\.json|verification\.json|report\.html|events\.jsonl)|lakebench-output\/series\/[^/]+\/(series\.json|comparison\.html))$/

/** A command that is killed, and what must come of it. */
export interface Scenario {
  /** Share of all kills. */
  readonly share: number
  prepare(dir: string): void
  /** What is run first. */
  readonly first: readonly string[]
  /** What is run after a kill, by what that left. */
  again(dir: string): readonly string[]
  /** Exit codes that are well; 0 unless told. */
  readonly codes?: readonly number[]
  /** Whether all of its data was made: a machine that stands still at the end of a window makes a file less, as it should. Then it is killed again. */
  whole?(dir: string): boolean
  /** What an undisturbed run leaves, to be equal: verdict, fingerprints, digests. */
  outcome(dir: string): unknown
}

/** Numbers from 0 to 1, the same for the same seed. */
function* draws(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ; ) {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    yield ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Kills a command at seeded moments; what goes on after it must leave what an undisturbed one leaves, and nothing beside. */
export function killed(name: string, scenario: Scenario): void {
  const kills = Math.max(1, Math.round(KILLS * scenario.share))
  test(`${name}: killed with -9 at ${kills} moments, it goes on to what an undisturbed one leaves`, async () => {
    const root = tempDir()
    const folder = () => {
      const dir = mkdtempSync(join(root, 'case-'))
      scenario.prepare(dir)
      return dir
    }
    const { codes = [0] } = scenario
    const expected = await undisturbed(folder, scenario)
    const next = draws(SEED)
    const faults: object[] = []
    for (let done = 0, tries = 1; done < kills; ) {
      const dir = folder()
      let args = scenario.first
      const moments: number[] = []
      for (let first = true; done < kills && (first || next.next().value < AGAIN); first = false) {
        const share = next.next().value
        if (!(await killAt(dir, args, share * expected.seconds * 1000))) break
        moments.push(share)
        done++
        args = scenario.again(dir)
      }
      const { code, stderr } = await lakebench(args, { cwd: dir })
      if (scenario.whole?.(dir) === false && tries++ < MOST_TRIES) {
        done -= moments.length
        rmSync(dir, { recursive: true })
        continue
      }
      tries = 1
      const found = {
        well: codes.includes(code!),
        outcome: scenario.outcome(dir),
        left: leftovers(dir),
      }
      if (!isDeepStrictEqual(found, { well: true, outcome: expected.outcome, left: [] }))
        faults.push({ seed: SEED, moments, of: expected.seconds, code, stderr, ...found })
      rmSync(dir, { recursive: true })
    }
    expect(faults, JSON.stringify(expected.outcome)).toEqual([])
  }, 7_200_000)
}

async function undisturbed(folder: () => string, scenario: Scenario) {
  let dir = folder()
  let seconds = await timed(dir, scenario)
  for (let tries = 1; scenario.whole?.(dir) === false && tries < MOST_TRIES; tries++) {
    dir = folder()
    seconds = await timed(dir, scenario)
  }
  expect(leftovers(dir)).toEqual([])
  return { outcome: scenario.outcome(dir), seconds }
}

/** Seconds that the command takes from its storage folder on. */
async function timed(dir: string, scenario: Scenario): Promise<number> {
  const run = start(scenario.first, { cwd: dir })
  await begun(dir, run.ended)
  const from = performance.now()
  const ended = await run.ended
  const seconds = (performance.now() - from) / 1000
  expect(scenario.codes ?? [0], ended.stderr).toContain(ended.code)
  return seconds
}

/** @returns whether it was still running then */
async function killAt(dir: string, args: readonly string[], ms: number): Promise<boolean> {
  const run = start(args, { cwd: dir })
  await begun(dir, run.ended)
  await Promise.race([sleep(ms), run.ended])
  run.child.kill('SIGKILL')
  return (await run.ended).signal === 'SIGKILL'
}

/** Nothing is to be seen of a command before it has its storage folder. */
async function begun(dir: string, ended: Promise<Ended>): Promise<void> {
  let over = false
  void ended.then(() => {
    over = true
  })
  while (!over && !existsSync(join(dir, 'd'))) await sleep(5)
}

/** Files that nothing living owns, and what is not as a table has to be. */
function leftovers(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(dir.length + 1))
  const tables = new Set(
    files.flatMap(file => /^(d\/\w+\/warehouse\/\w+\/\w+)\//.exec(file)?.[1] ?? []),
  )
  const stray = files.filter(
    file => !SETTLED.test(file) && ![...tables].some(table => file.startsWith(`${table}/`)),
  )
  return [...stray, ...[...tables].flatMap(table => violations(join(dir, table), { clean: true }))]
}

/** Every record below a folder, the latest last. */
export function records(dir: string): RunMetrics[] {
  const runs = join(dir, 'lakebench-output/runs')
  const paths = (existsSync(runs) ? readdirSync(runs).sort() : []).map(run =>
    join(runs, run, 'metrics.json'),
  )
  return paths.filter(existsSync).map(path => JSON.parse(readFileSync(path, 'utf8')) as RunMetrics)
}

/** What a passed run made of its data: its corpus, tables and answers. */
export function made({ verdict, corpus, jobs, streaming, benchmark }: RunMetrics) {
  const prints = [...jobs, ...streaming].map(({ job_name, output_fingerprint }) => ({
    job_name,
    output_fingerprint,
  }))
  return {
    verdict,
    corpus: corpus?.digest,
    tables: prints.filter(p => p.output_fingerprint !== null),
    answers: benchmark?.queries.map(q => q.fingerprint),
  }
}
