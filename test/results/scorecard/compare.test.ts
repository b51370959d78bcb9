import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunMetrics } from '../../../src/contracts/metrics'
import { judge } from '../../../src/results/scorecard/judge'
import { Scorecard } from '../../../src/results/scorecard/scorecard'
import { benchmark, corpus, query, record, withJob } from './records'

const a = judge(record())
const against = (b: RunMetrics) => new Scorecard(a).compare(judge(b))
const what = (b: RunMetrics) => against(b).differences.map(d => d.what)

describe('compare', () => {
  it('gives every score of both, its direction and its ratio', () => {
    const slower = withJob('gold-finalize', {
      end_time: '2026-01-01T12:03:40.000Z',
      elapsed_seconds: 48,
    })
    const { scores, comparable } = against({
      ...slower,
      total_elapsed_seconds: 300,
      end_time: '2026-01-01T12:05:00.000Z',
    })
    const time = scores.find(s => s.name === 'time_to_value_seconds')!
    expect(time).toEqual({
      name: 'time_to_value_seconds',
      unit: 's',
      direction: 'lower',
      a: 80,
      b: 120,
      ratio: 80 / 120,
    })
    expect(scores.find(s => s.name === 'composite_qph')).toMatchObject({
      direction: 'higher',
      ratio: 1,
    })
    expect(scores).toHaveLength(9)
    expect(comparable).toBe(true)
  })

  it('has no ratio where one is unknown', () => {
    const { scores } = against(record({ benchmark: null }))
    expect(scores.find(s => s.name === 'composite_qph')).toMatchObject({
      a: 7200,
      b: null,
      ratio: null,
    })
  })

  it('takes a scorecard or a record, and never calls one run faster', () => {
    const comparison = new Scorecard(a).compare(new Scorecard(a))
    expect(comparison.comparable).toBe(true)
    expect(comparison.scores.every(s => s.ratio === 1)).toBe(true)
    expect(comparison.note).toContain('does not judge times')
    expect(String(comparison)).toContain('does not judge times')
    expect(String(comparison)).toContain('Same corpus, engines and answers.')
  })

  it.each<[string, RunMetrics, string[]]>([
    ['corpus', record({ corpus: corpus({ digest: 'other' }) }), ['corpus digest']],
    ['no corpus', record({ corpus: null }), ['corpus digest', 'scale']],
    ['stage engine', withJob('silver-build', { engine: 'spark' }), ['silver-build engine']],
    ['rows', withJob('silver-build', { output_rows: 97_000 }), ['silver-build output rows']],
    ['query engine', record({ benchmark: benchmark({ engine: 'trino' }) }), ['benchmark engine']],
    [
      'benchmark mode',
      record({ benchmark: benchmark({ cache: 'cold', streams: 4 }) }),
      ['benchmark cache', 'benchmark streams'],
    ],
    [
      'answer',
      record({
        benchmark: benchmark({ queries: [query('Q1', { fingerprint: 'x' }), query('Q9')] }),
      }),
      ['Q1 answer'],
    ],
    ['question', record({ benchmark: benchmark({ queries: [query('Q1')] }) }), ['Q9']],
    ['verdict', record({ status: 'failed' }), ['verdict of b']],
  ])('says that %s differs', (_, b, differences) => {
    expect(what(b)).toEqual(differences)
    expect(against(b).comparable).toBe(false)
    expect(String(against(b))).toContain(differences[0])
  })

  it('compares table fingerprints where both have one', () => {
    const printed = (print: string | null) => withJob('silver-build', { output_fingerprint: print })
    const compare = (x: string | null, y: string | null) =>
      new Scorecard(judge(printed(x))).compare(judge(printed(y))).differences.map(d => d.what)
    expect(compare('p', 'p')).toEqual([])
    expect(compare('p', null)).toEqual([])
    expect(compare('p', 'q')).toEqual(['silver-build output fingerprint'])
  })

  it('turned round gives the reciprocal', () => {
    const qph = fc.double({ min: 0.001, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(qph, qph, (x, y) => {
        const [p, q] = [x, y].map(
          value => new Scorecard(record({ benchmark: benchmark({ qph: value }) })),
        )
        const there = p!.compare(q!).scores.find(s => s.name === 'composite_qph')!
        const back = q!.compare(p!).scores.find(s => s.name === 'composite_qph')!
        expect(there.ratio! * back.ratio!).toBeCloseTo(1, 9)
      }),
    )
  })
})
