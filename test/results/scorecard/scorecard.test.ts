import { describe, expect, it } from 'vitest'
import { Scorecard } from '../../../src/results/scorecard/scorecard'
import { benchmark, corpus, query, record, withJob, withoutJobs } from './records'

describe('Scorecard as text', () => {
  it('is a readable, aligned table', () => {
    expect(String(new Scorecard(record()))).toMatchInlineSnapshot(`
      "my-run (20260101-120000-abcdef): PASSED

      score
      time to value                      80  s
      power QpH                       7,200
      geometric mean of the queries     0.5  s
      pipeline throughput               0.1  GiB/s
      data read by the stages             8  GiB
      core hours                     0.0433  h
      compute efficiency              184.6  GiB/core hour
      scale ratio                         1
      all stages                        179  s
      data generation                   100  s

      stage          seconds  rows in  rows out  GiB read  GiB written
      datagen            100        –         –         –            5
      bronze-verify       10  100,000   100,000         1            –
      silver-build        60  100,000    98,000         5            –  simple
      gold-finalize        8   98,000       366         2            –

      query  seconds  95 %  samples  rows
      Q1         0.5     –        1    10  Q1 display
      Q9         0.5     –        1    10  Q9 display

      9 of 9 validity rules met"
    `)
  })

  it('says what failed and which rule is not met, and leaves out what there is not', () => {
    const run = { benchmark: null, corpus: corpus({ bytes: 2 ** 30 }) }
    const text = String(new Scorecard(record(run)))
    expect(text).toContain('my-run (20260101-120000-abcdef): INVALID')
    const failed = String(
      new Scorecard(
        record({ ...run, status: 'failed', error_message: 'gold-finalize: no\nspace' }),
      ),
    )
    expect(failed).toContain('my-run (20260101-120000-abcdef): FAILED')
    expect(failed).toContain('gold-finalize: no space')
    expect(text).toContain(
      'scale-ratio: bronze is 0.2000 of its nominal size; 0.95 to 1.05 is valid',
    )
    expect(text).not.toContain('QpH')
    expect(text).not.toContain('query')
  })

  it('marks failed stages and queries', () => {
    const failed = benchmark({
      valid: false,
      qph: null,
      queries: [query('Q1', { success: false, engine_seconds: null })],
    })
    const text = String(
      new Scorecard(withJob('silver-build', { success: false }, record({ benchmark: failed }))),
    )
    expect(text).toMatch(/^silver-build .*FAILED$/m)
    expect(text).toMatch(/^Q1 +– .*FAILED$/m)
  })

  it('prints no control characters of a record', () => {
    const text = String(
      new Scorecard(record({ name: 'a\u001b[2Jb', error_message: 'x\u0007y\rz' })),
    )
    expect(
      [...text].filter(c => c !== '\n' && (c < ' ' || (c >= '\u007f' && c <= '\u009f'))),
    ).toEqual([])
  })

  it('copes with an empty run', () => {
    const empty = {
      ...withoutJobs(['datagen', 'bronze-verify', 'silver-build', 'gold-finalize', 'benchmark']),
      benchmark: null,
      corpus: null,
    }
    expect(String(new Scorecard(empty))).toContain('validity rules met')
  })
})

describe('Scorecard as JSON', () => {
  it('has run, verdict, rounded scores and rules', () => {
    const card = new Scorecard(record())
    const json = JSON.parse(JSON.stringify(card))
    expect(Object.keys(json)).toEqual([
      'run_id',
      'name',
      'verdict',
      'scores',
      'details',
      'validity',
      'marks',
    ])
    expect(json.scores.total_core_hours).toBe(0.0433)
    expect(json.validity).toHaveLength(9)
  })

  it('is pure: the record stays as it was', () => {
    const metrics = record()
    const copy = structuredClone(metrics)
    String(new Scorecard(metrics))
    expect(metrics).toEqual(copy)
  })
})

describe('Scorecard in a narrow terminal', () => {
  const failed = withJob('silver-build', { success: false }, record())

  it.each([120, 80, 60, 40, 30])(
    'in %i columns no table is wider, and what failed is still said',
    width => {
      const text = new Scorecard(failed).toText(width)
      const tables = text.split('\n\n').filter(block => /^(score|stage|query)\b/.test(block))
      expect(tables).toHaveLength(3)
      for (const line of tables.join('\n').split('\n'))
        expect(line.length).toBeLessThanOrEqual(width)
      expect(text).toMatch(/^silver-build .*FAILED$/m)
      expect(text).toMatch(/^Q1 +0\.5/m)
    },
  )

  it('with room for all is the text that is printed', () => {
    expect(new Scorecard(failed).toText(200)).toBe(String(new Scorecard(failed)))
  })
})
