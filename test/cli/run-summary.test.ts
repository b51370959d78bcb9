import { expect, test } from 'vitest'
import { quietSummary, runSummary } from '../../src/cli/run-summary'
import { COLOR_STYLE, PLAIN_STYLE } from '../../src/cli/terminal'
import { Scorecard } from '../../src/results/scorecard/scorecard'
import { failedRun, invalidBenchmarkRun, succeededRun } from '../report/fixtures'

const paths = { metrics: '/out/runs/run-1/metrics.json', report: '/out/runs/run-1/report.html' }

test('scorecard first, verdict and paths next to the prompt', () => {
  const metrics = succeededRun()
  const scorecard = String(new Scorecard(metrics))
  const lines = runSummary({ metrics, scorecard, paths }, PLAIN_STYLE).trimEnd().split('\n')
  expect(lines.slice(0, scorecard.split('\n').length).join('\n')).toBe(scorecard)
  expect(lines.slice(-5)).toEqual([
    '! benchmark_interval 60 is below gold_refresh_interval 300 and was raised to it.',
    '',
    expect.stringMatching(
      /^PASSED in 16\.4 s, time to value 9\.66 s, 150,000 power QpH \(too-short-to-rank\)$/,
    ),
    'metrics  /out/runs/run-1/metrics.json',
    'report   /out/runs/run-1/report.html',
  ])
  for (const query of metrics.benchmark!.queries)
    expect(lines.join('\n')).toContain(query.display_name)
})

test('a failure is told in full, and no score is made up', () => {
  for (const metrics of [failedRun(), invalidBenchmarkRun()]) {
    const text = runSummary(
      { metrics, scorecard: String(new Scorecard(metrics)), paths },
      PLAIN_STYLE,
    )
    expect(text).toContain(metrics.error_message!.split('\n')[0])
    expect(text).toMatch(/^FAILED in /m)
    expect(text).not.toMatch(/QpH|NaN|undefined/)
  }
})

test('a score stands beside the verdict of a run that passed only', () => {
  const metrics = { ...succeededRun(), verdict: 'INVALID' } as const
  const text = runSummary({ metrics, scorecard: '', paths }, PLAIN_STYLE)
  expect(text).toMatch(/^INVALID in [\d.]+ s$/m)
})

test('names and messages cannot reach the terminal as sequences', () => {
  const metrics = { ...succeededRun(), name: 'a\u001b[2J', warnings: ['b\u001b]0;title\u0007\nc'] }
  const text = runSummary({ metrics, scorecard: `${metrics.name} x`, paths }, PLAIN_STYLE)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(text).not.toMatch(/[\u001b\u0007]/)
  expect(runSummary({ metrics, scorecard: '', paths }, COLOR_STYLE)).toContain(
    'file:///out/runs/run-1/report.html',
  )
})

test('quiet is three lines', () => {
  expect(quietSummary({ metrics: succeededRun(), scorecard: 'x', paths })).toBe(
    'PASSED\n/out/runs/run-1/metrics.json\n/out/runs/run-1/report.html\n',
  )
})
