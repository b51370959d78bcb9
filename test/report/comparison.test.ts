import { expect, test } from 'vitest'
import { renderComparison } from '../../src/report/report'
import { compareFacts } from '../../src/results/compare/compare-runs'
import type { FactsArm } from '../../src/results/compare/run-facts'
import { facts, session } from '../results/compare/facts'
import { chartLabel, marksOf, rowOf, sectionText } from './reading'

const wobble = (round: number) => 1 + 0.01 * ((round * 7) % 5)
const turns = session(
  10,
  (arm, round) => ({
    Q1: wobble(round) * (arm === 'B' ? 1.3 : 1),
    Q2: wobble(round) * (arm === 'B' ? 0.7 : 1),
  }),
  () => ({ options: { controls: { cpu: 0.01 } } }),
)
const pageOf = (arms: readonly FactsArm[]) => renderComparison(compareFacts(arms), arms)
const page = await pageOf(turns)

test('the headlines and their verdicts come before everything else', () => {
  const head = sectionText(page, 'header')
  expect(head).toContain('Comparison of A, B')
  expect(head).toMatch(/B against A: 8 queries, geometric mean: = same within 5 %, 0\.988/)
})

test('every time has a row with both medians, ratio, interval, p and a verdict in words', () => {
  const [name, a, b, ratio, interval, p, verdict] = rowOf(page, 'pair-1', 'Q1')
  expect([name, ratio, interval, verdict]).toEqual(['Q1', '1.300', '1.300 … 1.300', '▲ slower'])
  expect([a, b].every(time => /^1\.\d\d s$/.test(time!))).toBe(true)
  expect(Number(p)).toBeLessThanOrEqual(0.05)
  expect(rowOf(page, 'pair-1', 'Q2').at(-1)).toBe('▼ faster')
})

test('the forest has a mark a time, and says its finding to those who do not see it', () => {
  expect(chartLabel(page, 'pair-1')).toMatch(
    /Ratio of every time, B over A\. slower: .*Q1.*; faster: .*Q2/,
  )
  // Q1 is slower, Q2 is faster, nine times and two headlines are neither.
  expect(marksOf(page, 'pair-1', 'quiet', 'path')).toHaveLength(11)
  expect(marksOf(page, 'pair-1', 'range', 'path')).toHaveLength(13)
})

test('rounds, answers, counts and controls have their tables', () => {
  const text = sectionText(page, 'pair-1')
  expect(text).toContain('By round')
  expect(marksOf(page, 'pair-1', 'main', 'circle').length).toBeGreaterThanOrEqual(10)
  expect(rowOf(page, 'pair-1', 'cpu')).toEqual(['cpu', '1.000', '1.000', '✓ still'])
  expect(text).toContain('Rows, bytes, files and findings are the same on both sides.')
  const answers = page.slice(page.indexOf('<h3>Answers'))
  expect(answers).toContain('print-of-Q1')
  expect(answers.match(/same digest/g)).toHaveLength(8)
})

test('what cannot be compared says so at the top, shows what differs, and no ratio', async () => {
  const other = facts({}, { corpus: { digest: '<script>x', scale: 1 } })
  other.benchmark!.queries.Q3 = { ...other.benchmark!.queries.Q3!, fingerprint: 'else' }
  const of = await pageOf([
    { name: 'A', runs: [facts()] },
    { name: 'B', label: '<img src=x onerror=alert(1)>', runs: [other] },
  ])
  const head = sectionText(of, 'header')
  expect(head).toContain('B answers another question, so no time is compared:')
  expect(head).toContain('corpus digest: abc | <script>x')
  expect(of).not.toMatch(/<script[^>]|<img/)
  expect(sectionText(of, 'pair-1')).toContain('There is no ratio to draw')
  expect(sectionText(of, 'pair-1')).toContain('✕ other digest')
})

test('one run against one draws ratios without intervals and judges nothing', async () => {
  const of = await pageOf([
    { name: 'A', runs: [facts()] },
    { name: 'B', runs: [facts({ times: { Q1: 2 } })] },
  ])
  expect(rowOf(of, 'pair-1', 'Q1').slice(3)).toEqual([
    '2.000',
    '—',
    '—',
    '? cannot tell one run against one',
  ])
  expect(sectionText(of, 'pair-1')).toContain('One run against one run does not judge times')
  expect(sectionText(of, 'pair-1')).not.toContain('By round')
})

test('every further arm has a section of its own', async () => {
  const of = await pageOf(['A', 'B', 'C'].map(name => ({ name, runs: [facts()] })))
  expect(of).toContain('href="#pair-2"')
  expect(sectionText(of, 'pair-2')).toContain('C against A')
  expect(of.slice(of.indexOf('id="pair-2"'))).toContain('C ÷ A: faster to the left')
  const ids = [...of.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
})
