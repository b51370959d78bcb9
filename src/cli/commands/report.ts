import { spawn } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { RunMetrics } from '../../contracts/metrics'
import { formatDuration, formatInstant, formatNumber, formatSignificant, MISSING } from '../../report/format'
import { renderReport } from '../../report/report'
import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { InputError } from '../input-error'
import { note, type OutputOptions, outStyle, pathLink, print, printJson } from '../output'
import { findRun, readFurtherDocuments, readMetrics, runFolders } from '../run-documents'
import { oneLine } from '../terminal'
import { textTable } from '../text-table'

const DEFAULT_OUTPUT = 'lakebench-output'

export interface ReportCommandOptions extends OutputOptions {
  readonly list?: boolean
  readonly open?: boolean
  readonly outputDir?: string
}

/** Draws `report.html` anew from what the run left, or lists the runs there are. */
export async function report(run: string | undefined, options: ReportCommandOptions): Promise<ExitCode> {
  const outputDir = options.outputDir ?? DEFAULT_OUTPUT
  if (options.list) return listRuns(outputDir, options)
  const runDir = await findRun(run, outputDir)
  const metrics = await readMetrics(runDir)
  const { plan, verification, problems } = await readFurtherDocuments(runDir)
  for (const problem of problems) note(problem)
  const path = join(runDir, 'report.html')
  await writeWhole(path, await renderReport(metrics, { plan, verification }))
  if (options.json) printJson({ run_id: metrics.run_id, verdict: metrics.verdict, report: path })
  else print(pathLink(path, outStyle()))
  if (options.open) openInBrowser(path)
  return EXIT_CODES.ok
}

async function writeWhole(path: string, text: string): Promise<void> {
  const staged = `${path}.${process.pid}.tmp`
  try {
    await writeFile(staged, text)
    await rename(staged, path)
  } catch (cause) {
    throw new InputError(`Cannot write ${path}: ${(cause as Error).message}.`, { cause })
  }
}

interface Listed {
  readonly folder: string
  readonly metrics: RunMetrics | null
  readonly problem: string | null
}

async function listRuns(outputDir: string, options: OutputOptions): Promise<ExitCode> {
  const folders = await runFolders(outputDir)
  const runs = await Promise.all(
    folders.map(async (name): Promise<Listed> => {
      const folder = resolve(outputDir, 'runs', name)
      try {
        return { folder, metrics: await readMetrics(folder), problem: null }
      } catch (error) {
        return { folder, metrics: null, problem: (error as Error).message }
      }
    }),
  )
  if (options.json) {
    printJson(runs.map(({ folder, metrics, problem }) => ({ run_dir: folder, ...listedFields(metrics), problem })))
  } else if (runs.length === 0) {
    note(`There are no runs in ${resolve(outputDir, 'runs')}.`)
  } else {
    print(
      textTable(
        [
          { label: 'run' },
          { label: 'started' },
          { label: 'name' },
          { label: 'verdict' },
          { label: 'scale', align: 'right' },
          { label: 'time to value', align: 'right' },
          { label: 'QpH', align: 'right' },
        ],
        runs.map(({ folder, metrics, problem }) =>
          metrics ? listedRow(metrics) : [folder, '', '', `unreadable: ${oneLine(problem ?? '')}`],
        ),
      ),
    )
  }
  return EXIT_CODES.ok
}

function listedRow(metrics: RunMetrics): string[] {
  const { scores } = metrics.pipeline_benchmark
  return [
    metrics.run_id,
    formatInstant(metrics.start_time),
    oneLine(metrics.name),
    metrics.verdict,
    metrics.corpus?.scale == null ? MISSING : formatSignificant(metrics.corpus.scale),
    formatDuration(scores.time_to_value_seconds),
    formatNumber(scores.composite_qph, 1),
  ]
}

function listedFields(metrics: RunMetrics | null): Record<string, unknown> {
  if (!metrics) return {}
  const { scores } = metrics.pipeline_benchmark
  const { run_id, name, start_time, verdict } = metrics
  return {
    run_id,
    name,
    start_time,
    verdict,
    scale: metrics.corpus?.scale ?? null,
    time_to_value_seconds: scores.time_to_value_seconds,
    composite_qph: scores.composite_qph,
  }
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  // The empty text is the window's title, which `start` would otherwise take the path for.
  win32: ['cmd', '/c', 'start', ''],
}

function openInBrowser(path: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...args, path], { stdio: 'ignore', detached: true })
  child.on('error', () => note(`No browser could be started with ${command}; open ${path} by hand.`))
  child.unref()
}
