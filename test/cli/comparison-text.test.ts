import { describe, expect, it } from 'vitest'
import { comparisonText, quietComparison } from '../../src/cli/comparison-text'
import { exitCodeOfComparison, exitCodeOfGate } from '../../src/cli/exit-codes'
import { COLOR_STYLE, PLAIN_STYLE, width } from '../../src/cli/terminal'
import { compareFacts } from '../../src/results/compare/compare-runs'
import { facts, session } from '../results/compare/facts'

const wobble = (round: number) => 1 + 0.01 * ((round * 7) % 5)
const arms = session(10, (arm, round) => ({
  Q1: wobble(round) * (arm === 'B' ? 1.3 : 1),
  Q2: wobble(round) * (arm === 'B' ? 0.7 : 1),
  Q3: 0.004,
}))
const comparison = compareFacts(arms)
const text = (columns: number) => comparisonText(comparison, PLAIN_STYLE, columns)
const other = compareFacts([
  { name: 'A', label: 'a.yaml', runs: [facts()] },
  { name: 'B', label: 'b\u001b[2J.yaml', runs: [facts({}, { corpus: { digest: 'x', scale: 1 } })] },
])

describe('the table of a comparison', () => {
  it('has a row a time with both medians, the ratio, its interval and the verdict, and the headlines last', () => {
    const lines = text(200).trimEnd().split('\n')
    expect(lines.find(line => line.startsWith('Q1'))).toMatch(
      /^Q1 +1\.0\d s +1\.3\d s +1\.300 +1\.300 … 1\.300 +▲ slower$/,
    )
    expect(lines.find(line => line.startsWith('Q2'))).toMatch(/▼ faster$/)
    expect(lines.find(line => line.startsWith('Q3'))).toMatch(/= same within 2\.0 ms$/)
    expect(lines.slice(-2).map(line => line.split(':')[0])).toEqual([
      '8 queries, geometric mean',
      'pipeline, wall time',
    ])
  })

  it.each([200, 100, 80, 60, 45, 30])(
    'in %i columns never wraps where that can be helped',
    columns => {
      const rows = text(columns)
        .split('\n')
        .filter(line => /^(Q\d|bronze|silver|gold)/.test(line))
      expect(rows).toHaveLength(11)
      for (const row of rows) {
        if (columns >= 45) expect(width(row)).toBeLessThanOrEqual(columns)
        expect(row).toMatch(/[▲▼=?]/)
      }
    },
  )

  it('is the same in colour but for the colours', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    expect(comparisonText(comparison, COLOR_STYLE, 80).replace(/\u001b\[\d+m/g, '')).toBe(text(80))
  })

  it('says what broke below, where there is no room beside it', () => {
    const broke = arms.map((arm, i) => ({
      ...arm,
      runs: arm.runs.map(run =>
        i === 0
          ? run
          : {
              ...run,
              stages: {
                ...run.stages,
                'gold-finalize': {
                  ...run.stages['gold-finalize']!,
                  failure: 'no space left on the disk of this machine',
                  seconds: null,
                },
              },
            },
      ),
    }))
    const found = comparisonText(compareFacts(broke), PLAIN_STYLE, 60)
    expect(found).toMatch(/^gold-finalize: failed in 10 of 10: no space left/m)
    expect(found).toMatch(/^gold-finalize .*✕ broke$/m)
  })
})

describe('what is not comparable', () => {
  it('shows no times, names what differs, and lets no control sequence through', () => {
    const found = comparisonText(other, PLAIN_STYLE, 80)
    expect(found).toMatch(/Not comparable:\n {2}corpus digest: abc \| x\n {2}scale: 0\.5 \| 1/)
    expect(found).not.toContain('B / A')
    expect(found).not.toContain('\u001b')
    expect(quietComparison(other)).toBe('B: not comparable: corpus digest, scale\n')
  })

  it('ends with 4; an answered question with 0, an open one with 5 where evidence was required', () => {
    expect(exitCodeOfComparison(other)).toBe(4)
    expect(exitCodeOfComparison(comparison)).toBe(0)
    const open = compareFacts([
      { name: 'A', runs: [facts()] },
      { name: 'B', runs: [facts()] },
    ])
    expect(exitCodeOfComparison(open)).toBe(0)
    expect(exitCodeOfComparison(open, { requireEvidence: true })).toBe(5)
    const cut = compareFacts(arms.map(arm => ({ ...arm, runs: arm.runs.slice(0, 7) })))
    expect(exitCodeOfComparison(cut)).toBe(4)
    expect(
      (['PASSED', 'FAILED', 'NOT COMPARABLE', 'NO EVIDENCE'] as const).map(exitCodeOfGate),
    ).toEqual([0, 1, 4, 5])
  })
})
