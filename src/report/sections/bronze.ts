import type { Verification } from '../../contracts/jobs'
import type { RunMetrics } from '../../contracts/metrics'
import { formatBytes, formatCount, formatShare } from '../../shared/format'
import { type Html, type HtmlValue, html } from '../html'
import { absent, list, mark, paragraph, section, shown, table, unknown } from '../parts'

const MOST_BREAKS = 50

/** Findings of bronze-verify in the raw data, beside what the generator planted where it did. */
export function bronzeSection(metrics: RunMetrics, verification: Verification | null): Html {
  if (!verification) return section('bronze', 'Raw data', absent(whyNone(metrics)))
  const v = verification
  return section(
    'bronze',
    'Raw data',
    paragraph(
      `${formatCount(v.files_checked)} files, ${formatCount(v.rows)} rows and ${formatBytes(v.bytes)} were checked. `,
      v.passed ? mark('ok', 'Schema and gates hold.') : mark('bad', 'Schema or gates do not hold.'),
    ),
    breaks(v),
    findings(v, metrics),
    nulls(v),
    oddities(v),
  )
}

function whyNone(metrics: RunMetrics): string {
  const stage = metrics.pipeline_benchmark.stages.find(s => s.stage_name === 'bronze-verify')
  if (!stage) return 'bronze-verify was not part of this run.'
  if (stage.status === 'succeeded')
    return 'The findings are in verification.json, which was not at hand when this page was made.'
  return `bronze-verify ${stage.status === 'skipped' ? 'was not run' : stage.status} before it had findings.`
}

function breaks(v: Verification): HtmlValue {
  if (v.breaks.length === 0 && v.gate_failures.length === 0) return null
  return [
    v.breaks.length > 0 &&
      table({
        caption: `Schema breaks: ${formatCount(v.breaks.length)}.${v.breaks.length > MOST_BREAKS ? ` The first ${MOST_BREAKS}; all are in verification.json.` : ''}`,
        columns: [
          { label: 'File' },
          { label: 'Column' },
          { label: 'Problem' },
          { label: 'What was found', kind: 'note' },
        ],
        rows: v.breaks
          .slice(0, MOST_BREAKS)
          .map(b => [html`<code>${b.file}</code>`, b.column ?? 'the file', b.problem, b.message]),
      }),
    v.gate_failures.length > 0 &&
      table({
        caption: 'Quality gates that are not met.',
        columns: [
          { label: 'Gate' },
          { label: 'Limit', kind: 'number' },
          { label: 'Found', kind: 'number' },
        ],
        rows: v.gate_failures.map(g => [g.gate, formatShare(g.limit), formatShare(g.actual)]),
      }),
  ]
}

function findings(v: Verification, metrics: RunMetrics): HtmlValue {
  const found: Record<string, number> = { ...v.format_findings }
  const planted = v.injected_dirt ?? metrics.corpus?.injected_dirt ?? null
  // The source's own quality flags are planted too, but they are values of a column, not findings; they stand further down.
  const kinds = Object.keys(planted ?? {}).filter(kind => !kind.startsWith('quality_flag_'))
  const names = [...new Set([...Object.keys(found), ...kinds])]
  if (names.length === 0) return absent('No format finding was counted.')
  const most = Math.max(...names.map(n => Math.max(found[n] ?? 0, planted?.[n] ?? 0)), 1)
  return table({
    caption: planted
      ? 'Format findings, rows, against the dirt that the generator planted. Upper colour: found; green end: planted but not found.'
      : 'Format findings, rows. Nobody knows what is really dirty in data from elsewhere, so there is nothing to compare with.',
    columns: [
      { label: 'Finding' },
      { label: 'Rows, relative', kind: 'bar' },
      { label: 'Found', kind: 'number' },
      { label: 'of all rows', kind: 'number' },
      ...(planted
        ? [
            { label: 'Planted', kind: 'number' } as const,
            { label: 'Found ÷ planted', kind: 'number' } as const,
          ]
        : []),
    ],
    rows: names.map((name): HtmlValue[] => {
      const f = found[name]
      const p = planted?.[name]
      const missed = p !== undefined && p > (f ?? 0)
      return [
        html`<code>${name}</code>`,
        bar([
          ...(missed ? [{ from: (f ?? 0) / most, to: p / most, tone: 'planted' as const }] : []),
          ...(f ? [{ from: 0, to: f / most, tone: 'main' as const }] : []),
        ]),
        shown(f, formatCount),
        f === undefined || !v.rows ? unknown : formatShare(f / v.rows),
        ...(planted
          ? [shown(p, formatCount), f === undefined || !p ? unknown : formatShare(f / p)]
          : []),
      ]
    }),
  })
}

function nulls(v: Verification): HtmlValue {
  const counted = Object.entries(v.null_counts)
  const some = counted
    .filter((entry): entry is [string, number] => entry[1] !== null && entry[1] > 0)
    .sort((a, b) => b[1] - a[1])
  const unread = counted.filter(([, n]) => n === null).map(([name]) => name)
  const none = counted.length - some.length - unread.length
  const rest = [
    none > 0 && `${none} further columns have none.`,
    unread.length > 0 &&
      `Not counted, because neither footer nor reading tells: ${unread.join(', ')}.`,
  ].filter(Boolean)
  if (some.length === 0) return paragraph('No column has nulls. ', rest.join(' '))
  return table({
    caption: `Nulls by column. ${rest.join(' ')}`,
    columns: [
      { label: 'Column' },
      { label: 'Share of rows', kind: 'bar' },
      { label: 'Nulls', kind: 'number' },
      { label: 'of all rows', kind: 'number' },
      { label: 'Allowed' },
    ],
    rows: some.map(([name, n]): HtmlValue[] => {
      const never = (v.null_violations[name] ?? 0) > 0
      return [
        html`<code>${name}</code>`,
        bar(v.rows ? [{ from: 0, to: n / v.rows, tone: never ? 'bad' : 'main' }] : []),
        formatCount(n),
        v.rows ? formatShare(n / v.rows) : unknown,
        never ? mark('bad', 'never') : 'yes',
      ]
    }),
  })
}

function oddities(v: Verification): HtmlValue {
  const perColumn = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .filter(([, n]) => n > 0)
      .map(([name, n]) => `${name} ${formatCount(n)}`)
      .join(', ')
  const flags = perColumn(v.quality_flags)
  const negative = perColumn(v.negative_counts)
  const nan = perColumn(v.nan_counts)
  const infinite = perColumn(v.infinite_counts)
  return [
    html`<h3>Further counts</h3>`,
    list(
      [
        `Repeated event_id: ${formatCount(v.duplicate_event_ids)} rows. Marked as duplicate in the e-mail: ${formatCount(v.duplicate_markers)} rows.`,
        flags && `Quality flag of the source: ${flags}.`,
        nan && `Not a number: ${nan}.`,
        infinite && `Infinite: ${infinite}.`,
        negative && `Negative: ${negative}.`,
        `Event times from ${v.timestamp.min ?? 'none'} to ${v.timestamp.max ?? 'none'}; outside the configured window: ${formatCount(v.timestamp.outside_window)} rows.`,
        v.empty_files.length > 0 && `Files without rows: ${v.empty_files.join(', ')}.`,
        v.extra_columns.length > 0 &&
          `Columns that nothing reads: ${v.extra_columns.map(e => `${e.columns.join(', ')} in ${e.file}`).join('; ')}.`,
      ].filter((item): item is string => typeof item === 'string' && item !== ''),
    ),
  ]
}

/** Part of a bar, as shares 0..1 of the axis. */
interface BarPart {
  readonly from: number
  readonly to: number
  readonly tone: Tone
}

type Tone = 'main' | 'soft' | 'bad' | 'planted'

/** Attributes hold where a style sheet is refused; with one, classes follow the colour scheme. */
const FILL: Readonly<Record<Tone, string>> = {
  main: '#0072B2',
  soft: '#8fbfdc',
  bad: '#D55E00',
  planted: '#009E73',
}

/** Shorter parts would vanish; a share of the axis. */
const SHORTEST = 0.004

const HEIGHT = 16

/**
 * One row's bar. It stretches with its cell, because all its lengths are percentages, and holds no text: the row's other
 * cells say the same in words, so it is hidden from screen readers.
 */
export function bar(parts: readonly BarPart[]): Html {
  return html`<svg class="bar" width="100%" height="${HEIGHT}" aria-hidden="true" focusable="false">${parts.map(
    part =>
      html`<rect class="${part.tone}" fill="${FILL[part.tone]}" x="${percent(part.from)}" y="3" width="${percent(width(part))}" height="10" rx="1.5"/>`,
  )}</svg>`
}

function width(part: BarPart): number {
  const from = clamp(part.from)
  return Math.min(Math.max(clamp(part.to) - from, SHORTEST), Math.max(1 - from, SHORTEST))
}

const clamp = (share: number) => (Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 0)
const percent = (share: number) => `${(Math.round(clamp(share) * 1e5) / 1e3).toString()}%`
