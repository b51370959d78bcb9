import { performance } from 'node:perf_hooks'
import type { EventListeners } from '../contracts/events'
import type { RunResult } from '../presets'
import { type ExitCode, exitCodeOfError, exitCodeOfRun } from './exit-codes'
import { interruptible } from './interrupt'
import { note, type OutputOptions, outStyle, print, printJson } from './output'
import { ProgressReporter } from './progress'
import { pathLines, quietSummary, runSummary } from './run-summary'
import { canRedraw, lineWidth, styleFor } from './terminal'

export interface RunHooks {
  readonly signal: AbortSignal
  readonly on: EventListeners
  /** The command looks at the outcome itself. */
  readonly reject: false
}

/** Progress while it goes, the outcome when it ended, and the exit code that says how. */
export async function runAndShow(
  options: OutputOptions,
  run: (hooks: RunHooks) => Promise<RunResult>,
): Promise<ExitCode> {
  const terminal = process.stderr
  const mode = options.quiet ? 'silent' : canRedraw(terminal, process.env) ? 'live' : 'plain'
  const style = styleFor(terminal, process.env)
  const progress = new ProgressReporter({ terminal, mode, style, now: () => performance.now() }).start()
  let result: RunResult
  try {
    result = await interruptible(signal => run({ signal, on: progress.listeners, reject: false }))
  } finally {
    progress.close()
  }
  show(result, options)
  return neverBegun(result) ? exitCodeOfError(result.error) : exitCodeOfRun(result.metrics)
}

/** A part that the run needs was missing, so no stage began; a resumed run may have kept some. */
function neverBegun({ error, metrics }: RunResult): boolean {
  const ended = metrics.pipeline_benchmark.stages.map(s => s.status)
  return error !== null && ended.includes('skipped') && !ended.some(s => s === 'failed' || s === 'aborted')
}

function show(result: RunResult, options: OutputOptions): void {
  const { metrics, paths } = result
  if (options.json) {
    printJson(metrics)
    if (!options.quiet) note(pathLines(paths, styleFor(process.stderr, process.env)))
    return
  }
  const summary = { metrics, paths, scorecard: result.scorecard.toText(lineWidth()) }
  if (options.quiet) print(quietSummary(summary))
  else print(`\n${runSummary(summary, outStyle())}`)
}
