import { type RunFacts, runFacts } from '../results/compare/run-facts'
import {
  type SeriesSummary,
  type SeriesTime,
  summarizeSeries,
} from '../results/compare/series-summary'
import type { SeriesOptions, SeriesResult } from '../run-series'
import { pickOptions } from '../shared/check-options'
import { formatDuration, MISSING } from '../shared/format'
import { EXIT_CODES, type ExitCode, exitCodeOfRun } from './exit-codes'
import { interruptible } from './interrupt'
import { note, type OutputOptions, pathLink, print, printJson } from './output'
import { SeriesProgress } from './series-progress'
import { oneLine, styleFor, textTable } from './terminal'

/** `run --repeat`: the runs of a series, how their times vary, and the worst run's exit code. */
export async function repeatAndShow(
  config: string | undefined,
  options: OutputOptions & Omit<SeriesOptions, 'signal' | 'onTurn'>,
): Promise<ExitCode> {
  const { repeatRun, SERIES_OPTIONS } = await import('../run-series')
  const series = pickOptions<SeriesOptions>(options, SERIES_OPTIONS)
  const progress = new SeriesProgress(options)
  let result: SeriesResult
  try {
    result = await interruptible(signal =>
      repeatRun(config, { ...series, signal, onTurn: progress.onTurn }),
    )
  } finally {
    progress.close()
  }
  show(result, options)
  return exitCodeOf(result)
}

function show({ series, series_dir, arms }: SeriesResult, options: OutputOptions): void {
  const runs: RunFacts[] = arms[0]!.runs.map(runFacts)
  const summary = summarizeSeries({ runs })
  if (options.json) printJson({ series, series_dir, summary })
  else if (options.quiet) print(series_dir)
  else print(seriesText(summary))
  if (options.quiet) return
  const { status, stopped_reason, series_id } = series
  if (status === 'stopped') note(`Stopped after the warm-up: ${stopped_reason}.`)
  if (status === 'interrupted')
    note(
      `Interrupted. The same command with --resume ${series_id} in place of --repeat completes it.`,
    )
  note(`series  ${pathLink(series_dir, styleFor(process.stderr, process.env))}`)
}

function exitCodeOf({ series, arms }: SeriesResult): ExitCode {
  if (series.status === 'interrupted') return EXIT_CODES.interrupted
  const codes = arms[0]!.runs.filter(run => run.status !== 'aborted').map(exitCodeOfRun)
  if (codes.includes(EXIT_CODES.failed)) return EXIT_CODES.failed
  return codes.find(code => code !== EXIT_CODES.ok) ?? EXIT_CODES.ok
}

/** How the times of equal runs vary, for people. */
export function seriesText({ runs, failures, headlines, times }: SeriesSummary): string {
  const row = (time: SeriesTime) => [
    time.label,
    formatDuration(time.median),
    formatDuration(time.least),
    formatDuration(time.most),
    time.spread === null ? MISSING : `${(time.spread * 100).toFixed(1)} %`,
    time.detectable_in_10_rounds === null
      ? MISSING
      : `${((time.detectable_in_10_rounds - 1) * 100).toFixed(1)} %`,
  ]
  const table = textTable(
    [
      { label: '' },
      { label: 'median', align: 'right' },
      { label: 'least', align: 'right' },
      { label: 'most', align: 'right' },
      { label: 'spread', align: 'right' },
      { label: 'ab shows', align: 'right' },
    ],
    [...times, ...headlines].map(row),
  )
  const failed = failures.map(({ run_id, reason }) => `${run_id}: ${oneLine(reason)}`)
  return [
    ...(times.length > 0 ? [table] : []),
    ...(failed.length > 0 ? [failed.join('\n')] : []),
    `${runs} ${runs === 1 ? 'run' : 'runs'} passed. "ab shows" is the smallest change that an ab session of 10 rounds would show of that time alone.`,
  ].join('\n\n')
}
