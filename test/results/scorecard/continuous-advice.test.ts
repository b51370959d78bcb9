import { expect, test } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { adviceFor } from '../../../src/results/scorecard/advice'
import {
  batch,
  landingsTakenBy,
  round,
  sample,
  stream,
  window,
  windowInput,
} from '../../support/window-records'
import { benchmark, query, record } from './records'

const rounds = [1, 2, 3, 4].map(n => round(n, 1000, 10))

/** A window of which no rule has anything to say. */
const calm = (more: Partial<RunMetrics> = {}): RunMetrics => ({
  ...record({ benchmark: benchmark({ queries: [query('Q1', { engine_seconds: 1 })] }) }),
  jobs: [],
  ...windowInput({ benchmark_rounds: rounds }),
  ...more,
})

const samples = (growth: number) =>
  Array.from({ length: 20 }, (_, i) => sample(i * 5, i * 5 * growth))
const busy = (share: number) =>
  windowInput().streaming.map((s, i) => (i === 1 ? { ...s, busy: share } : s))

test('a window that keeps up gets no advice, and one of its benchmark is not told to iterate', () => {
  expect(
    adviceFor(calm({ continuous: window({ samples: samples(0) }), streaming: busy(0.4) })),
  ).toEqual([])
})

test.each<[string, Partial<RunMetrics>, RegExp]>([
  [
    'streams-saturated',
    {
      streaming: [stream('bronze-ingest', [batch(50, 5000)], 5)],
      continuous: window({ landings: landingsTakenBy(50) }),
    },
    /59 % of what had landed in time is in bronze/,
  ],
  [
    'streams-saturated',
    { continuous: window({ samples: samples(7) }) },
    /grow by 7 a second, of 100 offered/,
  ],
  [
    'backlog-grows',
    {
      continuous: window({
        samples: samples(7).map((s, i) => sample(s.at, s.bronze_backlog_rows! + (i % 2) * 400)),
      }),
    },
    /grow by \d+ a second, of 100 offered/,
  ],
  [
    'gold-interval-too-short',
    {
      streaming: [
        ...windowInput().streaming.slice(0, 2),
        stream('gold-refresh', [batch(60, 4000, 30, 12)]),
      ],
    },
    /takes 12.0 s on average, the interval is 10 s/,
  ],
  ['busy-stream', { streaming: busy(0.9) }, /silver-stream was at work 90 %/],
  ['few-rounds', { benchmark_rounds: rounds.slice(0, 2) }, /2 of 2 rounds/],
  [
    'queries-slow-down',
    { benchmark_rounds: rounds.map((r, i) => ({ ...r, qph: i < 2 ? 1000 : 500 })) },
    /50 % below that of the earlier/,
  ],
])('%s fires with its evidence, and alone', (rule, more, evidence) => {
  const found = adviceFor(calm(more))
  expect(found.map(advice => advice.rule)).toEqual([rule])
  expect(found[0]!.evidence).toMatch(evidence)
})
