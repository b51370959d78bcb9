import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/contracts/errors'
import { baselineText, isBaseline, parseBaseline } from '../../../src/results/compare/baseline'
import { compareFacts } from '../../../src/results/compare/compare-runs'
import { facts } from './facts'
import { Noise } from './noise'

const noise = new Noise(1)
const runs = Array.from({ length: 10 }, () => facts({ times: noise.times(3) }))
const written = new Date('2026-01-02T03:04:05Z')
const text = () => baselineText({ name: 'main', runs }, written)
const changed = (change: (document: { runs: object[] }) => void) => {
  const document = JSON.parse(text())
  change(document)
  return () => parseBaseline(document, 'base.json')
}

describe('a baseline', () => {
  it('is small, sorted and the same for the same runs', () => {
    expect(text()).toBe(text())
    expect(text().length).toBeLessThan(16_000)
    const document = JSON.parse(text())
    expect(isBaseline(document)).toBe(true)
    expect(Object.keys(document)).toEqual([...Object.keys(document)].sort())
    expect(Object.keys(document.runs[0].seconds.queries)).toEqual([
      'Q1',
      'Q2',
      'Q3',
      'Q4',
      'Q5',
      'Q6',
      'Q7',
      'Q9',
    ])
  })

  it('read back compares as the runs that it was made of', () => {
    const found = parseBaseline(JSON.parse(text()))
    const fresh = {
      name: 'B',
      runs: Array.from({ length: 10 }, () => facts({ times: noise.times(3) })),
    }
    const [there, here] = [found, { name: 'main', runs }].map(
      a => compareFacts([a, fresh]).pairs[0]!,
    )
    for (const [i, metric] of here!.metrics.entries()) {
      const other = there!.metrics.find(({ metric: id }) => id === metric.metric)!
      expect(other.ratio).toBeCloseTo(metric.ratio!, 4)
      expect(other.verdict).toBe(metric.verdict)
      expect(there!.metrics[i]!.metric).toBe(metric.metric)
    }
    expect(there!.differences).toEqual([])
  })

  it('is refused of runs that did not pass, that differ, or that are none', () => {
    const refusal = (of: typeof runs) => () => baselineText({ name: 'main', runs: of }, written)
    expect(refusal([])).toThrow(/run --repeat 10/)
    expect(refusal([...runs, facts({}, { verdict: 'INVALID', reason: 'scale-ratio' })])).toThrow(
      /is INVALID \(scale-ratio\)/,
    )
    expect(refusal([...runs, facts({}, { corpus: { digest: 'other', scale: 0.5 } })])).toThrow(
      /differ in corpus digest: abc and other/,
    )
  })

  it('keeps no count that varies between its runs', () => {
    const odd = facts()
    const files = {
      ...odd,
      stages: { ...odd.stages, 'silver-build': { ...odd.stages['silver-build']!, files: 5 } },
    }
    const { runs: read } = parseBaseline(
      JSON.parse(baselineText({ name: 'main', runs: [facts(), files] }, written)),
    )
    expect(read[0]!.stages['silver-build']).toMatchObject({ files: null, bytes: 1000 })
  })

  it.each<[string, () => unknown, RegExp]>([
    [
      'a negative time',
      changed(d =>
        Object.assign(d.runs[0]!, { seconds: { pipeline: -1, queries: {}, stages: {} } }),
      ),
      /runs\.0\.seconds\.pipeline/,
    ],
    ['no runs', changed(d => Object.assign(d, { runs: [] })), /runs/],
    [
      'a path as a run id',
      changed(d => Object.assign(d.runs[0]!, { run_id: '../../etc' })),
      /runs\.0\.run_id/,
    ],
    ['a newer version', changed(d => Object.assign(d, { schema_version: 2 })), /schema_version/],
    ['nothing', () => parseBaseline(null, 'base.json'), /base\.json/],
  ])('with %s is refused by name', (_, read, message) => {
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(message)
  })
})
