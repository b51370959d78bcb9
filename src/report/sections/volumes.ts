import type { JobMetrics, RunMetrics } from '../../contracts/metrics'
import type { Charts } from '../charts'
import { formatByteRate, formatBytes, formatCount, formatGib, formatRowRate } from '../format'
import { type Html, type HtmlValue, html } from '../html'
import { absent, type Cell, measured, section, shown, table, unknown } from '../parts'

const GIB = 2 ** 30

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
  const sized = layers.flatMap(({ name, gib }) => (gib === null ? [] : [{ name, bytes: gib * GIB }]))
  return section(
    'data',
    'Data',
    sized.length > 0 && charts.layers(sized, { title: 'Size of each layer', finding: finding(sized) }),
    layersTable(layers),
    metrics.jobs.length === 0 ? absent('No job got as far as moving data.') : jobsTable(metrics.jobs),
  )
}

function layersOf(metrics: RunMetrics): Layer[] {
  const { corpus } = metrics
  const job = (name: string) => metrics.jobs.find(j => j.job_name === name)
  const status = (name: string) =>
    metrics.pipeline_benchmark.stages.find(s => s.stage_name === name)?.status ?? 'not part of this run'
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
