import { join, resolve } from 'node:path'
import type { RunMetrics } from '../contracts/metrics'
import { readRecord, runFolders } from '../results/load-run'
import { contradictionOf } from '../results/scorecard/judge'
import { qphText } from '../results/scorecard/text'
import { completeRounds, type SeriesRecord } from '../results/series/series-record'
import { formatDuration, formatInstant, formatSignificant, MISSING } from '../shared/format'
import { EXIT_CODES, type ExitCode } from './exit-codes'
import { note, type OutputOptions, print, printJson } from './output'
import { readSeriesAt, seriesFolders } from './run-sets'
import { oneLine, type TextColumn, textTable } from './terminal'

/** Something in the output folder, or why it cannot be read. */
interface Listed<T> {
  readonly folder: string
  readonly found: T | null
  readonly problem: string | null
}

/** Every run and every series there is, oldest first; what cannot be read is named, not left out. */
export async function listResults(outputDir: string, options: OutputOptions): Promise<ExitCode> {
  const runs = await readAll(
    await runFolders(outputDir),
    name => resolve(outputDir, 'runs', name),
    folder => readRecord(join(folder, 'metrics.json')),
  )
  const series = await readAll(
    await seriesFolders(outputDir),
    name => resolve(outputDir, 'series', name),
    folder => readSeriesAt(folder),
  )
  if (options.json) {
    printJson({
      runs: runs.map(({ folder, found, problem }) => ({
        run_dir: folder,
        ...runFields(found),
        problem: problem ?? (found && contradictionOf(found)),
      })),
      series: series.map(({ folder, found, problem }) => ({
        series_dir: folder,
        ...seriesFields(found),
        problem,
      })),
    })
    return EXIT_CODES.ok
  }
  if (runs.length === 0) note(`There are no runs in ${resolve(outputDir, 'runs')}.`)
  const tables = [
    runs.length > 0 ? textTable(RUN_COLUMNS, rowsOf(runs, runRow)) : '',
    series.length > 0 ? textTable(SERIES_COLUMNS, rowsOf(series, seriesRow)) : '',
  ].filter(text => text !== '')
  if (tables.length > 0) print(tables.join('\n\n'))
  return EXIT_CODES.ok
}

async function readAll<T>(
  names: readonly string[],
  place: (name: string) => string,
  read: (folder: string) => Promise<T>,
): Promise<Listed<T>[]> {
  const listed: Listed<T>[] = []
  // One after another: a folder may hold thousands of runs, and each is parsed whole.
  for (const name of names) {
    const folder = place(name)
    try {
      listed.push({ folder, found: await read(folder), problem: null })
    } catch (error) {
      listed.push({ folder, found: null, problem: (error as Error).message })
    }
  }
  return listed
}

const rowsOf = <T>(listed: readonly Listed<T>[], row: (found: T) => string[]): string[][] =>
  listed.map(({ folder, found, problem }) =>
    found ? row(found) : [folder, '', '', `unreadable: ${oneLine(problem ?? '')}`],
  )

const left = (label: string): TextColumn => ({ label })
const right = (label: string): TextColumn => ({ label, align: 'right' })

const RUN_COLUMNS = [
  left('run'),
  left('started'),
  left('name'),
  left('verdict'),
  right('scale'),
  right('time to value'),
  right('QpH'),
  left('of'),
]

function runRow(metrics: RunMetrics): string[] {
  const { scores } = metrics.pipeline_benchmark
  return [
    metrics.run_id,
    formatInstant(metrics.start_time),
    oneLine(metrics.name),
    metrics.verdict,
    metrics.corpus?.scale == null ? MISSING : formatSignificant(metrics.corpus.scale),
    formatDuration(scores.time_to_value_seconds),
    scores.composite_qph === null
      ? MISSING
      : qphText(scores.composite_qph, metrics.benchmark?.qph_interval ?? null),
    metrics.benchmark?.qph_kind ?? MISSING,
  ]
}

function runFields(metrics: RunMetrics | null): Record<string, unknown> {
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
    qph_kind: metrics.pipeline_benchmark.qph_kind,
    qph_interval: metrics.benchmark?.qph_interval ?? null,
  }
}

const SERIES_COLUMNS = [
  left('series'),
  left('started'),
  left('configs'),
  left('status'),
  left('kind'),
  right('rounds'),
]

function seriesRow(series: SeriesRecord): string[] {
  const { series_id, created_at, arms, status, type, planned_rounds } = series
  return [
    series_id,
    formatInstant(created_at),
    arms.map(arm => oneLine(arm.label)).join(' | '),
    status,
    type,
    `${completeRounds(series).length} of ${planned_rounds}`,
  ]
}

function seriesFields(series: SeriesRecord | null): Record<string, unknown> {
  if (!series) return {}
  const { series_id, created_at, type, status, planned_rounds, arms } = series
  return {
    series_id,
    created_at,
    type,
    status,
    planned_rounds,
    complete_rounds: completeRounds(series).length,
    configs: arms.map(({ label }) => label),
  }
}
