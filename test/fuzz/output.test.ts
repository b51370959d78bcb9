import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { comparisonText, quietComparison } from '../../src/cli/comparison-text'
import { withoutCommands } from '../../src/cli/output'
import { ProgressReporter } from '../../src/cli/progress'
import { quietSummary, runSummary } from '../../src/cli/run-summary'
import { dressed, oneLine, PLAIN_STYLE } from '../../src/cli/terminal'
import { renderComparison, renderReport } from '../../src/report/report'
import { compareFacts } from '../../src/results/compare/compare-runs'
import { judgeGate } from '../../src/results/compare/gate'
import { gateAnnotations, gateJunit, gateMarkdown } from '../../src/results/compare/gate-formats'
import { Scorecard } from '../../src/results/scorecard/scorecard'
import { plan, verification } from '../report/fixtures'
import { readXml } from '../results/compare/xml'
import { hostileArms, hostileRecord } from './hostile-record'
import { fuzz } from './inputs'

const UNSHOWN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

function expectPlain(text: string): void {
  const found = UNSHOWN.exec(text.replace(/[\n\t]/g, ''))
  if (found)
    throw new Error(
      `U+${found[0].codePointAt(0)!.toString(16)} in ${JSON.stringify(text.slice(0, 300))}`,
    )
}

/** Only what the page itself is made of. */
function expectOwnMarkup(page: string): void {
  expectPlain(page)
  const { document } = parseHTML(page)
  const count = (selector: string) => document.querySelectorAll(selector).length
  expect({ scripts: count('script'), styles: count('style'), titles: count('head title') }).toEqual(
    {
      ...{ scripts: 1, styles: 1, titles: 1 },
    },
  )
  expect(count('img, iframe, object, embed, form, link[href], base, [srcdoc]')).toBe(0)
  for (const element of Array.from(document.querySelectorAll('*'))) {
    for (const { name, value } of Array.from(element.attributes)) {
      expect(name).not.toMatch(/^on/)
      if (/^(href|src|action|xlink:href)$/.test(name)) expect(value).toMatch(/^#/)
    }
  }
}

test('pages of hostile records hold no markup but their own', async () => {
  await fuzz(12, async random => {
    const record = hostileRecord(random)
    expectOwnMarkup(await renderReport(record, { verification: verification(), plan: plan() }))
    const arms = hostileArms(random)
    expectOwnMarkup(await renderComparison(compareFacts(arms), arms))
  })
})

test('the terminal gets no control character from a record', async () => {
  await fuzz(150, async random => {
    const metrics = hostileRecord(random)
    const paths = { metrics: '/out/metrics.json', report: '/out/report.html' }
    const arms = hostileArms(random)
    const comparison = compareFacts(arms)
    const written: string[] = []
    const reporter = new ProgressReporter({
      terminal: { write: text => written.push(text) },
      mode: 'plain',
      style: PLAIN_STYLE,
      now: () => 0,
    })
    const at = '2026-01-01T12:00:00.000Z'
    const base = { at, run_id: 'r' }
    reporter.listeners.warning!({ ...base, stage: metrics.name, message: metrics.name } as never)
    reporter.listeners['run:wait']!({ ...base, message: metrics.name } as never)
    reporter.listeners['run:phase']!({ ...base, phase: metrics.name } as never)
    const end = {
      stage: 'silver-build',
      status: 'failed',
      duration_ms: 1,
      error_message: metrics.name,
      job: null,
    }
    reporter.listeners['stage:end']!({ ...base, ...end } as never)
    const texts = [
      runSummary({ metrics, scorecard: String(new Scorecard(metrics)), paths }, PLAIN_STYLE),
      quietSummary({ metrics, scorecard: '', paths }),
      comparisonText(comparison, PLAIN_STYLE, 100),
      quietComparison(comparison),
      ...written,
      ...arms.map(arm => oneLine(arm.name)),
    ]
    for (const text of texts) {
      // As `print` does.
      expectPlain(dressed(text))
      expect(withoutCommands(dressed(text))).not.toMatch(/^\s*::|##\[/m)
    }
  })
})

test('what a gate writes for others is theirs in form, whatever stands in it', async () => {
  await fuzz(150, async random => {
    const arms = hostileArms(random)
    const result = judgeGate(compareFacts(arms), arms[1]!, { maxRegression: 0.1 })
    const label = arms[0]!.name

    for (const line of gateAnnotations(result)) {
      expect(line).toMatch(/^::(error|warning|notice) title=lakebench gate::[^\n\r]*$/)
      expectPlain(line)
    }

    const junit = gateJunit(result, label)
    expectPlain(junit)
    const root = readXml(junit)
    expect(root.name).toBe('testsuites')
    expect(root.children[0]!.children).toHaveLength(result.checks.length)

    const markdown = gateMarkdown(result, { record: label })
    expectPlain(markdown)
    // Within backticks, of which it has none itself, the record's path is no markup.
    const [own = '', record] = markdown.split('\n\nRecord: ')
    expect(record).toMatch(/^`[^`\n]*`\n$/)
    expect(own.replace(/<\/?(details|summary)>/g, '')).not.toContain('<')
    expect(own).not.toMatch(/:\/\/|www\.|(?<!&#64;)@/)
    for (const row of markdown.split('\n').filter(line => line.startsWith('| ')))
      expect(row.match(/(?<!\\)\|/g)).toHaveLength(8)
  })
})
