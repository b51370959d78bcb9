import type { JobMetrics, RunMetrics } from '../../contracts/metrics'
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatGib,
  formatRowRate,
  formatShare,
  GIB,
} from '../../shared/format'
import type { Charts } from '../charts'
import { type Html, type HtmlValue, html } from '../html'
import { absent, type Cell, measured, section, shown, table, unknown } from '../parts'

interface Layer {
  readonly name: string
  readonly gib: number | null
  readonly rows: number | null
  readonly files: number | null
  readonly why: string
}

/** How much data each layer holds, and what each job read and wrote to make it. */
export function volumesSection(metrics: RunMetrics, charts: Charts): Html {
  const layers = layersOf(metrics)
  const sized = layers.flatMap(({ name, gib }) =>
    gib === null ? [] : [{ name, bytes: gib * GIB }],
  )
  return section(
    'data',
    'Data',
    sized.length > 0 &&
      charts.layers(sized, { title: 'Size of each layer', finding: finding(sized) }),
    layersTable(layers),
    tablesTable(metrics),
    pruningTable(metrics),
    metrics.jobs.length === 0
      ? absent('No job got as far as moving data.')
      : jobsTable(metrics.jobs),
  )
}

function layersOf(metrics: RunMetrics): Layer[] {
  const { corpus } = metrics
  const job = (name: string) => metrics.jobs.find(j => j.job_name === name)
  const status = (name: string) =>
    metrics.pipeline_benchmark.stages.find(s => s.stage_name === name)?.status ??
    'not part of this run'
  const table = (name: string, by: string): Layer => {
    const made = job(by)
    return {
      name,
      gib: made?.success ? made.output_size_gb : null,
      rows: made?.success ? made.output_rows : null,
      files: made?.success ? made.output_files : null,
      why: `${by}: ${status(by)}`,
    }
  }
  return [
    {
      name: 'bronze',
      gib: corpus ? corpus.bytes / GIB : null,
      rows: corpus?.rows ?? job('bronze-verify')?.input_rows ?? null,
      files: corpus?.files ?? null,
      why: 'there is no raw data on record',
    },
    table('silver', 'silver-build'),
    table('gold', 'gold-finalize'),
  ]
}

function finding(sized: readonly { readonly name: string; readonly bytes: number }[]): string {
  return `${sized.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', ')}.`
}

function layersTable(layers: readonly Layer[]): Html {
  return table({
    caption: 'Size of each layer as it lies in storage.',
    columns: [
      { label: 'Layer' },
      { label: 'Size', kind: 'number' },
      { label: 'Rows', kind: 'number' },
      { label: 'Files', kind: 'number' },
      { label: 'A row takes', kind: 'number' },
    ],
    rows: layers.map(({ name, gib, rows, files, why }): HtmlValue[] => [
      name,
      gib === null ? html`${unknown} <small>${why}</small>` : formatGib(gib),
      shown(rows, formatCount),
      shown(files, formatCount),
      gib === null || !rows ? unknown : formatBytes((gib * GIB) / rows),
    ]),
  })
}

/** From the Iceberg metadata of each table. */
function tablesTable({ tables }: RunMetrics): HtmlValue {
  const found = Object.entries(tables ?? {})
  if (found.length === 0)
    return absent(
      'The tables’ own metadata was not read in this run, so files by size and partitions are not known.',
    )
  return table({
    caption: 'Tables by their own Iceberg metadata, after the run.',
    columns: [
      { label: 'Table' },
      { label: 'Partitioned by' },
      { label: 'Partitions', kind: 'number' },
      { label: 'Files', kind: 'number' },
      { label: 'Smallest file', kind: 'number' },
      { label: 'Median', kind: 'number' },
      { label: 'Largest', kind: 'number' },
    ],
    rows: found.map(([name, layout]) => [
      name,
      layout.partitioned_by === null
        ? 'not partitioned'
        : html`<code>${layout.partitioned_by}</code>`,
      shown(layout.partitions, formatCount),
      formatCount(layout.files),
      shown(layout.smallest_file_bytes, formatBytes),
      shown(layout.median_file_bytes, formatBytes),
      shown(layout.largest_file_bytes, formatBytes),
    ]),
  })
}

/** Bytes that a filter on dates leaves unread, and bytes that the engine really read. */
function pruningTable({ pruning, benchmark }: RunMetrics): HtmlValue {
  if (!pruning || pruning.length === 0) return null
  return table({
    caption:
      'Partition pruning: files that a query’s window of dates touches, by the bounds in the metadata. What was read is less again, as only some columns are.',
    columns: [
      { label: 'Query' },
      { label: 'Files needed', kind: 'number' },
      { label: 'of all files', kind: 'number' },
      { label: 'Bytes needed', kind: 'number' },
      { label: 'of all bytes', kind: 'number' },
      { label: 'Read', kind: 'number' },
    ],
    rows: pruning.map(({ query, files, files_needed, bytes, bytes_needed }) => [
      query,
      `${formatCount(files_needed)} of ${formatCount(files)}`,
      files > 0 ? formatShare(files_needed / files) : unknown,
      formatBytes(bytes_needed),
      bytes > 0 ? formatShare(bytes_needed / bytes) : unknown,
      shown(benchmark?.queries.find(({ name }) => name === query)?.bytes_read, formatBytes),
    ]),
  })
}

function jobsTable(jobs: readonly JobMetrics[]): Html {
  return table({
    caption:
      'What each job took in and gave out. Read and written are the engine’s own bytes; sizes are those in storage.',
    sortable: true,
    columns: [
      { label: 'Job' },
      { label: 'Rows in', kind: 'number' },
      { label: 'Rows out', kind: 'number' },
      { label: 'Input', kind: 'number' },
      { label: 'Output', kind: 'number' },
      { label: 'Read', kind: 'number' },
      { label: 'Written', kind: 'number' },
      { label: 'Rows a second', kind: 'number' },
      { label: 'Bytes a second', kind: 'number' },
    ],
    rows: jobs.map((job): Cell[] => [
      html`<span class="name">${job.job_name}</span>`,
      measured(job.input_rows, formatCount),
      measured(job.output_rows, formatCount),
      measured(job.input_size_gb, formatGib),
      measured(job.output_size_gb, formatGib),
      measured(job.bytes_read, formatBytes),
      measured(job.bytes_written, formatBytes),
      measured(job.throughput_rows_per_second, formatRowRate),
      measured(job.throughput_gb_per_second, gib => formatByteRate(gib * GIB)),
    ]),
  })
}
