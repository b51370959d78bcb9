import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SCORES } from '../../../src/results/scorecard/score-table'
import { computeScores } from '../../../src/results/scorecard/scores'
import { isSaturated, type WindowInput } from '../../../src/results/scorecard/window-facts'
import {
  batch,
  landingsTakenBy,
  round,
  stream,
  window,
  windowInput,
} from '../../support/window-records'
import { record } from './records'

const BATCH = record()
const continuousScores = (input: WindowInput) => computeScores({ ...BATCH, ...input })

describe('scores of a continuous run', () => {
  it('are those of the page, by hand', () => {
    const scores = continuousScores(windowInput())
    // Gold is 30 s old at second 60 and 69 s just before the next commit at 99.
    expect(scores.data_freshness_seconds).toBe(69)
    expect(scores.query_time_freshness_seconds).toBe(25)
    // What came after the window, while draining, does not count.
    expect(scores.total_rows_processed).toBe(8500 + 8500 + 12_000)
    expect(scores.sustained_throughput_rps).toBe(290)
    expect(scores.ingest_throughput_rps).toBe(85)
    expect(scores.end_to_end_latency_ms).toBe(6000)
    // A trigger of 5 s and a batch of 2 s: what landed by second 93 was due, 8,500 rows.
    expect(scores.ingest_ratio).toBe(1)
    expect(scores.in_stream_composite_qph).toBe(2000)
    expect(isSaturated(windowInput())).toBe(false)
  })

  it('a pipeline that falls behind is saturated; one whose producer was not counted is neither', () => {
    const streaming = [stream('bronze-ingest', [batch(50, 5000)], 5)]
    const behind = windowInput({ streaming, continuous: window({ landings: landingsTakenBy(50) }) })
    expect(continuousScores(behind).ingest_ratio).toBe(5000 / 8500)
    expect(isSaturated(behind)).toBe(true)
    const { producer } = window()
    const uncounted = windowInput({
      continuous: window({ producer: { ...producer, produced_rows: null } }),
    })
    expect(isSaturated(uncounted)).toBeNull()
  })

  it('a backlog that grows has its slope, one that swings has none to speak of', () => {
    const samples = (backlog: (at: number) => number) =>
      Array.from({ length: 101 }, (_, at) => ({
        at,
        bronze_backlog_rows: backlog(at),
        silver_backlog_rows: 10,
        staleness_seconds: null,
        unseen_seconds: null,
        memory_bytes: null,
      }))
    const growth = (backlog: (at: number) => number) =>
      continuousScores(windowInput({ continuous: window({ samples: samples(backlog) }) }))
        .backlog_growth_rps!
    expect(growth(at => at * 7)).toBeCloseTo(7, 9)
    expect(Math.abs(growth(at => (at % 5) * 100))).toBeLessThan(1)
  })

  it('QpH that halves over the rounds has fallen by half; three rounds show no trend', () => {
    const rounds = [1000, 1000, 500, 500].map((qph, i) => round(i, qph, 1))
    expect(continuousScores(windowInput({ benchmark_rounds: rounds })).qph_degradation_pct).toBe(50)
    expect(
      continuousScores(windowInput({ benchmark_rounds: rounds.slice(1) })).qph_degradation_pct,
    ).toBeNull()
  })

  it('a batch run has none of them', () => {
    const scores = computeScores(record())
    const own = SCORES.filter(({ mode }) => mode === 'continuous')
    expect(own.filter(({ name }) => scores[name] !== null)).toEqual([])
    expect(own.length).toBe(20)
  })

  it('are finite or unknown, and none comes without evidence (10,000 records)', () => {
    const batches = fc.array(
      fc
        .tuple(
          fc.double({ min: 0, max: 200, noNaN: true }),
          fc.nat(1e6),
          fc.option(fc.double({ min: -50, max: 200, noNaN: true })),
        )
        .map(([at, rows, through]) => batch(at, rows, through)),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(
        batches,
        batches,
        batches,
        fc.array(fc.option(fc.double({ min: 1e-3, max: 1e7, noNaN: true })), { maxLength: 6 }),
        (b, s, g, qph) => {
          const scores = continuousScores(
            windowInput({
              streaming: [
                stream('bronze-ingest', b),
                stream('silver-stream', s),
                stream('gold-refresh', g),
              ],
              benchmark_rounds: qph.map((q, i) => round(i, q, null)),
            }),
          )
          for (const value of Object.values(scores))
            expect(value === null || Number.isFinite(value)).toBe(true)
          if (!g.some(x => x.at < 100 && x.through !== null))
            expect(scores.data_freshness_seconds).toBeNull()
          if (qph.every(q => q === null || q === 0))
            expect(scores.in_stream_composite_qph).toBeNull()
          expect(scores.query_time_freshness_seconds).toBeNull()
        },
      ),
      { numRuns: 10_000 },
    )
  })
})
