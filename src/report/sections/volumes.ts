import type { JobMetrics, RunMetrics } from '../../contracts/metrics'
import { bar } from '../bars'
import { formatByteRate, formatBytes, formatCount, formatGib, formatRowRate } from '../format'
import { type Html, type HtmlValue, html } from '../html'
import { absent, section, shown, table, unknown } from '../parts'

const GIB = 2 ** 30

interface Layer {
  readonly name: string
  readonly gib: number | null
  readonly rows: number | null
  readonly files: number | null
  readonly why: string
}

/** How much data each layer holds, and what each job read and wrote to make it. */
export function volumesSection(metrics: RunMetrics): Html {
  return section(
    'data',
    'Data',
    layersTable(layersOf(metrics)),
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

function layersTable(layers: readonly Layer[]): Html {
  const most = Math.max(...layers.map(l => l.gib ?? 0))
  return table({
    caption: 'Size of each layer as it lies in storage.',
    columns: [
      { label: 'Layer' },
      { label: 'Size, relative', kind: 'bar' },
      { label: 'Size', kind: 'number' },
      { label: 'Rows', kind: 'number' },
      { label: 'Files', kind: 'number' },
      { label: 'A row takes', kind: 'number' },
    ],
    rows: layers.map(({ name, gib, rows, files, why }): HtmlValue[] => [
      name,
      gib === null ? html`<small>${why}</small>` : bar(most > 0 ? [{ from: 0, to: gib / most, tone: 'main' }] : []),
      shown(gib, formatGib),
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
    rows: jobs.map((job): HtmlValue[] => [
      html`<span class="name">${job.job_name}</span>`,
      shown(job.input_rows, formatCount),
      shown(job.output_rows, formatCount),
      shown(job.input_size_gb, formatGib),
      shown(job.output_size_gb, formatGib),
      shown(job.bytes_read, formatBytes),
      shown(job.bytes_written, formatBytes),
      shown(job.throughput_rows_per_second, formatRowRate),
      shown(job.throughput_gb_per_second, gib => formatByteRate(gib * GIB)),
    ]),
  })
}
