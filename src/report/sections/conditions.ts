import type { RunMetrics } from '../../contracts/metrics'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  MISSING,
} from '../../shared/format'
import { type Html, type HtmlValue, html } from '../html'
import { absent, list, mark, section, shown, table } from '../parts'

/** The rules that decide whether the run counts, and what went less than smoothly. */
export function validitySection(metrics: RunMetrics): Html {
  const { validity, warnings } = metrics
  return section(
    'validity',
    'Validity and warnings',
    table({
      caption: 'Every rule that can make the run or its scores invalid.',
      columns: [{ label: 'Rule' }, { label: 'Outcome' }, { label: 'Detail', kind: 'note' }],
      rows: validity.map((rule): HtmlValue[] => [
        html`<code>${rule.rule}</code>`,
        rule.passed ? mark('ok', 'holds') : mark('bad', 'broken'),
        rule.detail,
      ]),
    }),
    conditionsTable(metrics),
    html`<h3>Warnings</h3>`,
    warnings.length === 0 ? absent('None.') : list(warnings),
  )
}

/** Other work of this machine during the run. */
function conditionsTable({ pipeline_benchmark: { stages } }: RunMetrics): HtmlValue {
  const known = stages.flatMap(({ stage_name, conditions }) =>
    conditions ? [{ stage_name, ...conditions }] : [],
  )
  if (known.length === 0) return null
  return table({
    caption:
      'Processors of this machine before and during each stage. Stolen: by the host; waited: threads of this process that were ready to run.',
    columns: [
      { label: 'Stage' },
      { label: 'Load before', kind: 'number' },
      { label: 'Load after', kind: 'number' },
      { label: 'Stolen', kind: 'number' },
      { label: 'Waited', kind: 'number' },
      { label: 'CPU', kind: 'number' },
      { label: 'Held back', kind: 'number' },
    ],
    rows: known.map(({ stage_name, before, during }): HtmlValue[] => [
      stage_name,
      shown(before.load_1m, v => formatNumber(v, 2)),
      shown(during.load_1m, v => formatNumber(v, 2)),
      shown(during.steal_seconds, formatDuration),
      shown(during.run_queue_seconds, formatDuration),
      shown(during.cpu_seconds, formatDuration),
      shown(during.throttled_seconds, formatDuration),
    ]),
  })
}

/** Facts that a reader needs to repeat the run. */
export function environmentSection(metrics: RunMetrics): Html {
  const { corpus } = metrics
  return section(
    'environment',
    'Environment and configuration',
    pairs('Environment of the run.', flatten(metrics.environment)),
    corpus
      ? pairs('Raw data.', [
          ['kind', corpus.kind],
          ['digest', corpus.digest],
          ['rows', corpus.rows === null ? MISSING : formatCount(corpus.rows)],
          ['files', formatCount(corpus.files)],
          ['size', formatBytes(corpus.bytes)],
          [
            'generator version',
            corpus.generator_version === null ? MISSING : String(corpus.generator_version),
          ],
          ...flatten(corpus.parameters),
        ])
      : absent('There is no raw data on record.'),
    html`<details><summary>Configuration, secrets left out</summary><pre tabindex="0">${JSON.stringify(metrics.config_snapshot, null, 2)}</pre></details>`,
  )
}

function pairs(caption: string, rows: readonly (readonly [string, string])[]): Html {
  if (rows.length === 0) return absent(`${caption} Nothing on record.`)
  return table({
    caption,
    columns: [{ label: 'What' }, { label: 'Value' }],
    rows: rows.map(([key, value]): HtmlValue[] => [html`<span class="name">${key}</span>`, value]),
  })
}

/** Nested records as dotted keys; lists and scalars as text. */
function flatten(record: Readonly<Record<string, unknown>>, prefix = ''): [string, string][] {
  return Object.entries(record).flatMap(([key, value]): [string, string][] => {
    const path = prefix ? `${prefix}.${key}` : key
    if (value === null || value === undefined) return [[path, MISSING]]
    if (typeof value === 'object' && !Array.isArray(value))
      return flatten(value as Record<string, unknown>, path)
    if (typeof value === 'number' && path.endsWith('_bytes')) return [[path, formatBytes(value)]]
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
  })
}
