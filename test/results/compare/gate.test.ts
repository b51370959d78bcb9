import { describe, expect, it } from 'vitest'
import { compareFacts } from '../../../src/results/compare/compare-runs'
import {
  type GateOptions,
  type GateResult,
  judgeGate,
  parseLimit,
} from '../../../src/results/compare/gate'
import { gateAnnotations, gateJunit, gateMarkdown } from '../../../src/results/compare/gate-formats'
import type { RunFacts } from '../../../src/results/compare/run-facts'
import { percent } from '../../../src/results/compare/verdicts'
import { facts, QUERIES, session } from './facts'
import { readXml } from './xml'

const wobble = (round: number) => 1 + 0.01 * ((round * 7) % 5)
const arms = (times: Readonly<Record<string, number>>, rounds = 10) =>
  session(rounds, (arm, round) => ({
    ...Object.fromEntries(QUERIES.map(name => [name, wobble(round + Number(name[1]))])),
    ...(arm === 'B'
      ? Object.fromEntries(
          Object.entries(times).map(([name, factor]) => [name, factor * wobble(round * 3)]),
        )
      : {}),
  }))
const judged = (of: ReturnType<typeof session>, options: Partial<GateOptions> = {}): GateResult =>
  judgeGate(compareFacts(of), of[1]!, { maxRegression: 0.1, ...options })
const check = (result: GateResult, id: string) => result.checks.find(found => found.id === id)!

const HOSTILE = 'x\u0000\u001b[31m <b>"&]]>\n::error::%0A\u2028\ud800 | `rm` @all</script>'
const broken = (message: string) =>
  arms({}).map((arm, i) => ({
    ...arm,
    runs: arm.runs.map(
      (run): RunFacts =>
        i === 0
          ? run
          : {
              ...run,
              verdict: 'FAILED',
              benchmark: {
                ...run.benchmark!,
                queries: {
                  ...run.benchmark!.queries,
                  Q3: { failure: message, seconds: null, rows: null, fingerprint: null },
                },
              },
            },
    ),
  }))

describe('the gate', () => {
  it('fails what is shown to be over the limit, and nothing else', () => {
    const result = judged(arms({ Q3: 1.3, Q5: 1.08 }))
    expect(result.verdict).toBe('FAILED')
    expect(check(result, 'query.Q3')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^\+30 % \[\+2\d %, \+3\d %\], limit \+10 %$/),
    })
    expect(result.checks.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual([
      'query.Q3',
    ])
    expect(judged(arms({ Q3: 1.3 }), { maxRegression: 0.5 }).verdict).toBe('PASSED')
  })

  it('lets pass what cannot be told, unless evidence is required', () => {
    const unsure = session(10, (arm, round) => ({
      Q1: arm === 'B' ? 1 + 0.5 * Math.sin(round * 2) : 1,
    }))
    expect(judged(unsure)).toMatchObject({
      verdict: 'PASSED',
      warnings: [expect.stringContaining('not enough evidence for')],
    })
    expect(judged(unsure, { requireEvidence: true }).verdict).toBe('NO EVIDENCE')
    expect(judged(arms({}), { requireEvidence: true }).verdict).toBe('PASSED')
    expect(judged(arms({ Q3: 3 }, 4)).verdict).toBe('PASSED')
  })

  it('fails what broke, and names it before what is slow', () => {
    const result = judged(broken('out of memory'))
    expect(result.verdict).toBe('FAILED')
    expect(result.failures[0]).toBe('Q3: broke: failed in 10 of 10: out of memory')
  })

  it('judges nothing where the question differs or the session is not whole', () => {
    const other = arms({ Q3: 3 }).map((arm, i) => ({
      ...arm,
      runs: arm.runs.map(run =>
        i === 1 ? { ...run, corpus: { digest: 'other', scale: 1 } } : run,
      ),
    }))
    expect(judged(other)).toMatchObject({
      verdict: 'NOT COMPARABLE',
      failures: [],
      warnings: expect.arrayContaining([
        expect.stringMatching(/corpus digest is abc in A, other in B/),
      ]),
    })
    const cut = arms({ Q3: 3 }).map(arm => ({ ...arm, runs: arm.runs.slice(0, 7) }))
    expect(judged(cut).verdict).toBe('NOT COMPARABLE')
  })

  it('lets short times grow by the margin in seconds', () => {
    const short = session(10, (arm, round) => ({
      Q1: 0.003 * wobble(round) * (arm === 'B' ? 1.4 : 1),
    }))
    expect(check(judged(short), 'query.Q1')).toMatchObject({
      status: 'passed',
      message: expect.stringContaining('limit +2 ms'),
    })
  })

  it('takes absolute limits without a baseline', () => {
    const candidate = { name: 'B', runs: [facts({ times: { Q3: 0.9, 'silver-build': 39 } })] }
    const limits = ['Q3<800ms', 'silver-build < 40 s', 'pipeline<1min'].map(parseLimit)
    const result = judgeGate(null, candidate, { maxRegression: 0.1, limits })
    expect(result.checks.map(({ id, status }) => [id, status])).toEqual([
      ['limit: Q3 < 800 ms', 'failed'],
      ['limit: silver-build < 40 s', 'passed'],
      ['limit: pipeline < 1 min', 'passed'],
    ])
    expect(result.failures).toEqual(['Q3: median 0.900 s; the limit is Q3 < 800 ms'])
    expect(() =>
      judgeGate(null, candidate, { maxRegression: 0.1, limits: [parseLimit('Q8<1s')] }),
    ).toThrow(/there is no Q8; these runs have queries, pipeline, bronze-verify/)
    for (const text of ['Q3', 'Q3<800', 'Q3>1s', '<1s', 'Q3<-1s'])
      expect(() => parseLimit(text)).toThrow(/is no limit such as/)
  })

  it('says so where bytes grew', () => {
    const grown = arms({}).map((arm, i) => ({
      ...arm,
      runs: arm.runs.map(run => ({
        ...run,
        stages: {
          ...run.stages,
          'silver-build': { ...run.stages['silver-build']!, bytes: i === 0 ? 1000 : 1250 },
        },
      })),
    }))
    expect(judged(grown).warnings).toContain('silver-build bytes grew by +25 %')
  })
})

describe('what a gate leaves', () => {
  it('is JUnit that a strict reader reads, with every check once', () => {
    const result = judged(arms({ Q3: 1.3 }))
    const root = readXml(gateJunit(result, HOSTILE))
    const [suite] = root.children
    expect(root.attributes).toMatchObject({ tests: '13', failures: '1' })
    expect(suite!.children.map(({ attributes }) => attributes.name)).toEqual(
      result.checks.map(({ id }) => id),
    )
    const failed = suite!.children.find(({ attributes }) => attributes.name === 'query.Q3')!
    expect(failed.children[0]).toMatchObject({ name: 'failure', attributes: { type: 'slower' } })
    expect(Number(failed.attributes.time)).toBeCloseTo(1.33, 1)
    expect(failed.attributes.classname).toContain('<b>"&]]>\n::error::%0A')
  })

  it('counts what is not decided as skipped, and what broke as broken', () => {
    const [suite] = readXml(gateJunit(judged(broken(HOSTILE)), 'w')).children
    const q3 = suite!.children.find(({ attributes }) => attributes.name === 'query.Q3')!
    expect(q3.children[0]!.attributes.type).toBe('broke')
    expect(q3.children[0]!.text).toContain('<b>"&]]>')
    const cut = judged(arms({}).map(arm => ({ ...arm, runs: arm.runs.slice(0, 7) })))
    expect(readXml(gateJunit(cut, 'w')).attributes).toMatchObject({ failures: '0', skipped: '13' })
  })

  it('is annotations of one line each, worst first, ten at most', () => {
    const lines = gateAnnotations(judged(broken(HOSTILE)))
    expect(lines[0]).toMatch(/^::error title=lakebench gate::Q3: broke/)
    expect(lines[0]).toContain('%0A::error::%250A')
    expect(lines.every(line => !/[\r\n]/.test(line))).toBe(true)
    expect(lines.at(-1)).toMatch(
      /^::notice title=lakebench gate::FAILED: 12 of 13 checks did not fail$/,
    )
    const many = gateAnnotations({
      ...judged(arms({})),
      failures: Array.from({ length: 14 }, (_, i) => `Q${i}: slow`),
    })
    expect(many.filter(line => line.startsWith('::error'))).toHaveLength(10)
    expect(many[9]).toContain('and 5 more')
  })

  it('is Markdown with the verdict first, and nothing from outside as markup', () => {
    const text = gateMarkdown(judged(broken(HOSTILE)), { record: 'series/x' })
    expect(text.startsWith('## lakebench gate: FAILED\n')).toBe(true)
    expect(text).not.toMatch(/<b>|<\/script>|[^\\]`rm`|@all/)
    expect(text).toContain('&lt;b&gt;'.replace('&gt;', '\\>'))
    const rows = text.split('\n').filter(line => line.startsWith('|'))
    for (const row of rows) expect(row.replace(/\\\|/g, '').match(/\|/g)).toHaveLength(8)
    expect(gateMarkdown(judged(arms({})))).toContain('Every time is within its limit.')
  })

  it('stays below what a summary may hold, and says what was left out', () => {
    const result = judged(arms({}))
    const huge = {
      ...result,
      checks: Array.from({ length: 20_000 }, () => ({
        ...result.checks[0]!,
        message: 'm'.repeat(100),
      })),
    }
    const text = gateMarkdown(huge)
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
    expect(text).toMatch(/sections were left out/)
  })
})

it('percentages read as people write them', () => {
  expect([1.18, 0.968, 1.00001, 2].map(percent)).toEqual(['+18 %', '−3.2 %', '0.0 %', '+100 %'])
})
