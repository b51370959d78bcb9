import { existsSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { EventListeners } from '../contracts/events'
import type { RunResult } from '../run'
import { type ExitCode, exitCodeOfError, exitCodeOfRun } from './exit-codes'
import { interruptible } from './interrupt'
import { note, type OutputOptions, outStyle, print, printJson } from './output'
import { ProgressReporter } from './progress'
import { pathLines, quietSummary, runSummary, type SummaryInput } from './run-summary'
import { canRedraw, lineWidth, oneLine, styleFor } from './terminal'

export interface RunHooks {
  readonly signal: AbortSignal
  readonly on: EventListeners
  /** The command looks at the outcome itself. */
  readonly reject: false
}

/**
 * Progress while it goes, the outcome when it ended, and the exit code that says how.
 *
 * @param howToGoOn what is said of an interrupted run
 */
export async function runAndShow(
  options: OutputOptions,
  run: (hooks: RunHooks) => Promise<RunResult>,
  howToGoOn: (runId: string) => string | null = () => null,
): Promise<ExitCode> {
  const terminal = process.stderr
  const mode = options.quiet ? 'silent' : canRedraw(terminal, process.env) ? 'live' : 'plain'
  const style = styleFor(terminal, process.env)
  const progress = new ProgressReporter({
    terminal,
    mode,
    style,
    now: () => performance.now(),
  }).start()
  let result: RunResult
  try {
    result = await interruptible(signal => run({ signal, on: progress.listeners, reject: false }))
  } finally {
    progress.close()
  }
  show(result, options)
  const next = result.metrics.status === 'aborted' ? howToGoOn(result.metrics.run_id) : null
  if (next !== null) note(next)
  return outsideStages(result) ? exitCodeOfError(result.error) : exitCodeOfRun(result.metrics)
}

/** A part that the run needs was missing before its first stage, or its record could not be written after the last. */
function outsideStages({ error, metrics }: RunResult): boolean {
  const ended = metrics.pipeline_benchmark.stages.map(s => s.status)
  return (
    error !== null &&
    metrics.status !== 'succeeded' &&
    !ended.some(s => s === 'failed' || s === 'aborted')
  )
}

function show(result: RunResult, options: OutputOptions): void {
  const { metrics } = result
  const paths = writtenPaths(result.paths)
  const style = styleFor(process.stderr, process.env)
  if (options.quiet)
    for (const cause of causesOf(metrics)) note(`${style.bad('error:')} ${oneLine(cause)}`)
  if (options.json) {
    printJson(metrics)
    if (!options.quiet) note(pathLines(paths, style))
    return
  }
  const summary = { metrics, paths, scorecard: result.scorecard.toText(lineWidth()) }
  if (options.quiet) print(quietSummary(summary))
  else print(`\n${runSummary(summary, outStyle())}`)
}

/** Why a run did not pass, a line each: what a full summary says at length. */
function causesOf({ verdict, error_message, validity }: RunResult['metrics']): string[] {
  if (verdict === 'PASSED') return []
  const unmet = validity
    .filter(rule => !rule.passed)
    .map(({ rule, detail }) => `${rule}: ${detail}`)
  return error_message === null ? unmet : [error_message]
}

/** On a full disk a document may be missing. */
function writtenPaths({ metrics, report }: RunResult['paths']): SummaryInput['paths'] {
  return { ...(existsSync(metrics) && { metrics }), ...(existsSync(report) && { report }) }
}
