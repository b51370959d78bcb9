import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/contracts/errors'
import { judge } from '../../../src/results/scorecard/judge'
import { parseMetrics } from '../../../src/results/scorecard/parse-metrics'
import { record } from './records'

const saved = () => JSON.parse(JSON.stringify(judge(record())))
const refusal = (json: unknown): ConfigError => {
  try {
    parseMetrics(json, 'runs/x/metrics.json')
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return error as ConfigError
  }
  throw new Error('This record was accepted.')
}

describe('parseMetrics', () => {
  it('reads what judge wrote, parsed or as text', () => {
    expect(parseMetrics(saved())).toEqual(judge(record()))
    expect(parseMetrics(JSON.stringify(saved()))).toEqual(judge(record()))
  })

  it('keeps fields that it does not know', () => {
    const more = { ...saved(), added_later: { x: 1 } }
    expect(parseMetrics(more)).toMatchObject({ added_later: { x: 1 } })
  })

  it('names the file and every field that is wrong', () => {
    const broken = saved()
    broken.jobs[1].elapsed_seconds = 'long'
    broken.verdict = 'GREAT'
    delete broken.run_id
    const error = refusal(broken)
    expect(error.message).toContain('runs/x/metrics.json has 3 problems')
    expect(error.issues.map(i => i.path).sort()).toEqual([
      'jobs.1.elapsed_seconds',
      'run_id',
      'verdict',
    ])
  })

  it.each<[string, unknown, string]>([
    ['a newer version', { ...saved(), schema_version: 4 }, 'is 4; this lakebench reads up to 3'],
    ['no version', { ...saved(), schema_version: undefined }, 'not a record of lakebench'],
    ['an odd version', { ...saved(), schema_version: 0.5 }, 'not a record of lakebench'],
    ['nothing', undefined, 'no record'],
    ['null', null, 'no record'],
    ['a list', [], 'no JSON object'],
    ['a cut file', JSON.stringify(saved()).slice(0, 500), 'no JSON, or cut off'],
    ['an empty file', '', 'no JSON, or cut off'],
  ])('refuses %s', (_, json, text) => {
    expect(refusal(json).message).toContain(text)
  })
})
