import type { SeriesSummary, SeriesTime } from '../results/compare/series-summary'
import { formatDuration, MISSING } from '../shared/format'
import { oneLine } from './terminal'
import { textTable } from './text-table'

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
