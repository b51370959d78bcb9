import type { StreamMetrics } from '../../contracts/continuous-metrics'
import type { RunMetrics } from '../../contracts/metrics'
import { continuousScores, inWindow, isSaturated, meanBatchMilliseconds } from './continuous-scores'

/** A stream that is at work for more of its time has no room for a slow moment. Source: half an interval is what is aimed at. */
const BUSY_SHARE = 0.8
/** Growth of what waits, as a share of what is offered, below which it is the swing of triggers. */
const GROWS_FROM = 0.05
/** A median of fewer is moved by one hiccup. */
const ROUNDS_FOR_A_MEDIAN = 3
const FALLS_FROM_PCT = 20

interface Found {
  readonly action: string
  readonly evidence: string
  readonly seconds: number | null
}

/** What the record of a window says is worth changing; nothing for a batch run. */
export const CONTINUOUS_ADVICE = [
  {
    rule: 'streams-saturated',
    check: (metrics: RunMetrics): Found | null => {
      const { ingest_ratio, backlog_growth_rps: growth } = continuousScores(metrics)
      const busiest = byBusy(metrics)[0]
      if (!isSaturated(metrics)) return null
      const told = [
        ...(ingest_ratio === null
          ? []
          : [`${percent(ingest_ratio)} of what had landed in time is in bronze`]),
        ...(growth === null ? [] : [growthText(growth, metrics)]),
        ...(busiest
          ? [`${busiest.job_name} is busiest, ${percent(busiest.busy!)} of the window`]
          : []),
      ]
      return {
        action:
          'Offer fewer rows (architecture.workload.datagen.rows_per_second), take more files a trigger (max_files_per_trigger), or give the streams more cores: they fall behind, so ages and rows a second are those of an overload.',
        evidence: `${told.join('; ')}.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'backlog-grows',
    check: (metrics: RunMetrics): Found | null => {
      const growth = continuousScores(metrics).backlog_growth_rps
      const offered = metrics.continuous?.producer.offered_rows_per_second ?? null
      if (
        growth === null ||
        offered === null ||
        growth < GROWS_FROM * offered ||
        isSaturated(metrics)
      )
        return null
      return {
        action:
          'Run a longer window before trusting it: what waits is still growing, so the ages will too.',
        evidence: `${growthText(growth, metrics)}, which may be chance.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'gold-interval-too-short',
    check: (metrics: RunMetrics): Found | null => {
      const gold = metrics.streaming.find(s => s.job_name === 'gold-refresh')
      const mean =
        gold && metrics.continuous
          ? meanBatchMilliseconds(gold, metrics.continuous.window_seconds)
          : null
      if (!gold || mean === null || mean / 1000 <= gold.trigger_interval_seconds) return null
      return {
        action:
          'Raise architecture.pipeline.continuous.gold_refresh_interval: a refresh takes longer than the time between two, so the interval is not kept.',
        evidence: `a refresh takes ${(mean / 1000).toFixed(1)} s on average, the interval is ${gold.trigger_interval_seconds} s.`,
        seconds: mean / 1000 - gold.trigger_interval_seconds,
      }
    },
  },
  {
    rule: 'busy-stream',
    check: (metrics: RunMetrics): Found | null => {
      const busy = byBusy(metrics).filter(
        s => s.busy! >= BUSY_SHARE && inWindow(s.batches, windowOf(metrics)).length > 0,
      )
      // Saturation says the same, and more.
      if (busy.length === 0 || isSaturated(metrics)) return null
      return {
        action:
          'Give the busiest stream a longer interval or more cores: the next slow moment makes it late.',
        evidence: `${busy.map(s => `${s.job_name} was at work ${percent(s.busy!)} of the window`).join('; ')}.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'few-rounds',
    check: ({ continuous, benchmark_rounds: rounds }: RunMetrics): Found | null => {
      const valid = rounds.filter(r => r.valid).length
      if (!continuous || rounds.length === 0 || valid >= ROUNDS_FOR_A_MEDIAN) return null
      return {
        action:
          'Run longer (--duration), or set benchmark_interval lower: a median of so few rounds is moved by one.',
        evidence: `${valid} of ${rounds.length} rounds are valid.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'queries-slow-down',
    check: (metrics: RunMetrics): Found | null => {
      const fall = continuousScores(metrics).qph_degradation_pct
      if (fall === null || fall < FALLS_FROM_PCT) return null
      return {
        action:
          'Look at small files and at the size of gold and silver: queries became slower during the window.',
        evidence: `QpH of the later rounds is ${fall.toFixed(0)} % below that of the earlier ones.`,
        seconds: null,
      }
    },
  },
] as const

const growthText = (growth: number, { continuous }: RunMetrics) =>
  `rows that wait grow by ${growth.toFixed(0)} a second, of ${continuous?.producer.offered_rows_per_second?.toFixed(0) ?? '?'} offered`

const windowOf = ({ continuous }: RunMetrics): number => continuous?.window_seconds ?? 0

const byBusy = ({ streaming }: RunMetrics): readonly StreamMetrics[] =>
  streaming.filter(s => s.busy !== null).sort((x, y) => y.busy! - x.busy!)

const percent = (share: number) => `${Math.round(share * 100)} %`
