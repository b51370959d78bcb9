import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { renderComparison, renderReport } from '../../report/report'
import { compareFacts } from '../../results/compare/compare-runs'
import { findRun, readRecord } from '../../results/load-run'
import { contradictionOf } from '../../results/scorecard/judge'
import { guarded } from '../../shared/guard'
import { DEFAULT_OUTPUT } from '../../shared/local-path'
import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { note, type OutputOptions, outStyle, pathLink, print, printJson } from '../output'
import { readFurtherDocuments } from '../run-documents'
import { listResults } from '../run-list'
import { findArms, findSeriesFolder } from '../run-sets'
import { writeWhole } from '../write-whole'

export interface ReportCommandOptions extends OutputOptions {
  readonly list?: boolean
  readonly open?: boolean
  readonly outputDir?: string
}

/** Draws the page of a run, of a session, or of several runs beside each other; or lists what there is. */
export async function report(
  given: readonly string[],
  options: ReportCommandOptions,
): Promise<ExitCode> {
  const outputDir = options.outputDir ?? DEFAULT_OUTPUT
  if (options.list) return listResults(outputDir, options)
  const drawn = await draw(given, outputDir)
  if (options.json) printJson(drawn)
  else print(pathLink(drawn.report, outStyle()))
  if (options.open) openInBrowser(drawn.report)
  return EXIT_CODES.ok
}

type Drawn = { readonly report: string } & Readonly<Record<string, unknown>>

async function draw(given: readonly string[], outputDir: string): Promise<Drawn> {
  const [first] = given
  const series = given.length === 1 ? await findSeriesFolder(first!, outputDir) : null
  if (series) return drawComparison(given, outputDir, join(series, 'comparison.html'))
  return given.length > 1
    ? drawComparison(given, outputDir, resolve(outputDir, 'comparison.html'))
    : drawRun(first, outputDir)
}

async function drawRun(given: string | undefined, outputDir: string): Promise<Drawn> {
  const runDir = await findRun(given, outputDir)
  const metrics = await readRecord(join(runDir, 'metrics.json'))
  const contradiction = contradictionOf(metrics)
  if (contradiction) note(`${join(runDir, 'metrics.json')}: ${contradiction}`)
  const { plan, verification, problems } = await readFurtherDocuments(runDir)
  for (const problem of problems) note(problem)
  const path = join(runDir, 'report.html')
  await writeWhole(path, await renderReport(metrics, { plan, verification }))
  return { run_id: metrics.run_id, verdict: metrics.verdict, report: path }
}

async function drawComparison(
  given: readonly string[],
  outputDir: string,
  path: string,
): Promise<Drawn> {
  const arms = await findArms(given, outputDir)
  await writeWhole(path, await renderComparison(compareFacts(arms), arms))
  return { arms: arms.map(({ name, label }) => ({ name, label: label ?? null })), report: path }
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  // The empty text is the window's title, which `start` would otherwise take the path for.
  win32: ['cmd', '/c', 'start', ''],
}

function openInBrowser(path: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...args, path], { stdio: 'ignore', detached: true })
  const failed = () => note(`No browser could be started with ${command}; open ${path} by hand.`)
  child.on('error', guarded(failed))
  child.unref()
}
