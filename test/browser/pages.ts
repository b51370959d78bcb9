import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import type { RunMetrics } from '../../src/contracts/metrics'
import { renderComparison, renderReport } from '../../src/report/report'
import { compareFacts } from '../../src/results/compare/compare-runs'
import type { FactsArm } from '../../src/results/compare/run-facts'
import { judge } from '../../src/results/scorecard/judge'
import {
  abortedRun,
  brokenVerification,
  emptyRun,
  failedRun,
  invalidBenchmarkRun,
  plan,
  succeededRun,
  verification,
} from '../report/fixtures'
import { facts, session } from '../results/compare/facts'
import { sample, window, windowInput } from '../support/window-records'

/** Every kind of page there is, by name. */
export async function allPages(): Promise<ReadonlyMap<string, string>> {
  const documents = { verification: verification(), plan: plan() }
  return new Map([
    ['batch', await renderReport(priced(succeededRun()), documents)],
    [
      'failed',
      await renderReport(failedRun(), { verification: brokenVerification(), plan: plan() }),
    ],
    ['invalid', await renderReport(invalidBenchmarkRun(), documents)],
    ['aborted', await renderReport(abortedRun())],
    ['empty', await renderReport(emptyRun())],
    ['hostile', await renderReport(hostileRun(), documents)],
    ['continuous', await renderReport(windowRun())],
    ['no-rounds', await renderReport(windowRun({ benchmark_rounds: [], benchmark: null }))],
    ['session', await pageOf(turns())],
    [
      'single',
      await pageOf([
        { name: 'A', runs: [facts()] },
        { name: 'B', runs: [facts({ times: { Q1: 2 } })] },
      ]),
    ],
    [
      'not-comparable',
      await pageOf([
        { name: 'A', runs: [facts()] },
        { name: 'B', runs: [facts({}, { corpus: { digest: 'x', scale: 1 } })] },
      ]),
    ],
    ['three-arms', await pageOf(['A', 'B', 'C'].map(name => ({ name, runs: [facts()] })))],
  ])
}

/** The browser that `scripts/test-browser.sh` found. Chromium's own sandbox needs privileges that containers seldom give; the pages are the tests' own. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.LAKEBENCH_CHROMIUM
  if (!executablePath)
    throw new Error(
      'No browser is named. Run scripts/test-browser.sh, which finds or installs one.',
    )
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** A folder of pages as files, opened as a reader opens them. */
export class PageFolder {
  private readonly dir = mkdtempSync(join(tmpdir(), 'lakebench-pages-'))

  save(name: string, text: string): string {
    const path = join(this.dir, `${name}.html`)
    writeFileSync(path, text)
    return pathToFileURL(path).href
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** axe-core's own text: pages forbid every script but their own, so it is evaluated from outside. */
export const axeSource = (): Promise<string> => readFile('node_modules/axe-core/axe.min.js', 'utf8')

const pageOf = (arms: readonly FactsArm[]) => renderComparison(compareFacts(arms), arms)

function turns(): FactsArm[] {
  const wobble = (round: number, by: number) => 1 + 0.02 * Math.sin(round * by)
  return session(
    12,
    (arm, round) =>
      Object.fromEntries(
        ['silver-build', 'Q1', 'Q2', 'Q3', 'Q5', 'Q7'].map((name, i) => [
          name,
          wobble(round, i + (arm === 'B' ? 2 : 5)) *
            (arm === 'B' ? [1.2, 1.3, 0.7, 1, 1.03, 1][i]! : 1),
        ]),
      ),
    (_, round) => ({
      options: { controls: { cpu: 0.01 * wobble(round, 3), read: 0.02 * wobble(round, 4) } },
    }),
  )
}

function priced(run: RunMetrics): RunMetrics {
  const prices = {
    currency: 'USD',
    core_hour: 0.048,
    memory_gib_hour: 0.006,
    storage_gib_month: 0.023,
  }
  return { ...run, config_snapshot: { ...run.config_snapshot, platform: { prices } } }
}

/** A run that streamed, its rounds and samples included. */
function windowRun(more: Partial<RunMetrics> = {}): RunMetrics {
  const continuous = window({
    samples: Array.from({ length: 20 }, (_, i) => sample(i * 5, (i % 3) * 400)),
  })
  return judge({
    ...succeededRun(),
    mode: 'continuous',
    jobs: [],
    ...windowInput({ continuous }),
    ...more,
  })
}

/** Where a user or an engine could write, there is markup that would be noticed. */
function hostileRun(): RunMetrics {
  const attack =
    '</script></style></title><script>fetch("http://127.0.0.1:9/x")</script><img src="http://127.0.0.1:9/y" onerror="console.error(1)">'
  const run = succeededRun()
  return {
    ...run,
    name: attack,
    error_message: attack,
    warnings: [attack],
    environment: { [attack]: attack },
    jobs: run.jobs.map(job => ({ ...job, strategy_reason: attack })),
    benchmark: {
      ...run.benchmark!,
      queries: run.benchmark!.queries.map(query => ({ ...query, display_name: attack })),
    },
    pipeline_benchmark: {
      ...run.pipeline_benchmark,
      stages: run.pipeline_benchmark.stages.map(stage => ({
        ...stage,
        stage_name: `${stage.stage_name}${attack}`,
      })),
    },
  }
}
