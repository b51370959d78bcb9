import { shownText } from '../../contracts/shown-text'
import type { MetricComparison } from './comparison'
import type { CheckStatus, GateCheck, GateResult } from './gate'
import { percent } from './verdicts'

/** GitHub refuses a summary above 1 MiB as a whole. */
const MOST_BYTES = 900 * 1024

const MARKS: Readonly<Record<CheckStatus, string>> = {
  failed: '✕ failed',
  undecided: '? cannot tell',
  'not compared': '! not compared',
  passed: '✓ passed',
}

/** The gate for people: the verdict, what is not plainly fine, and everything else folded away. */
export function gateMarkdown(result: GateResult, links: { readonly record?: string } = {}): string {
  const { verdict, checks, failures, warnings, max_regression, comparison } = result
  const notable = checks.filter(check => check.status !== 'passed')
  const head = [
    `## lakebench gate: ${verdict}`,
    `A time fails when it is shown to have grown by more than ${percent(1 + max_regression).slice(1)}: adjusted p ≤ 0.05, and the whole 95 % interval beyond${comparison ? `; shorter times when by more than ${comparison.settings.absolute_margin_seconds * 1000} ms` : ''}.`,
    ...(failures.length > 0
      ? [failures.map(text => `- ✕ ${escapeMarkdown(text)}`).join('\n')]
      : []),
    ...(warnings.length > 0
      ? [warnings.map(text => `- ! ${escapeMarkdown(text)}`).join('\n')]
      : []),
  ]
  const sections = [
    ...(notable.length > 0 ? [table(notable)] : ['Every time is within its limit.']),
    ...(checks.length > notable.length
      ? [folded(`All ${checks.length} checks`, table(checks))]
      : []),
    ...(comparison ? [folded('Runs', armLines(comparison.arms))] : []),
    ...(links.record ? [`Record: \`${shownText(links.record).replace(/[`\n\t]/g, '')}\``] : []),
  ]
  return shortened(head, sections)
}

function table(checks: readonly GateCheck[]): string {
  const rows = checks.map(({ label, status, comparison, message }) => [
    escapeMarkdown(label),
    ...(comparison ? numbers(comparison) : ['', '', '', '']),
    MARKS[status],
    escapeMarkdown(message),
  ])
  const header = ['', 'A median', 'B median', 'B / A', '95 % interval', 'check', '']
  return [header, ['---', '---:', '---:', '---:', '---:', '---', '---'], ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function numbers({ a, b, ratio, interval }: MetricComparison): string[] {
  const seconds = (value: number | undefined) =>
    value === undefined ? '–' : `${value.toPrecision(3)} s`
  return [
    seconds(a?.median),
    seconds(b?.median),
    ratio === null ? '–' : ratio.toFixed(3),
    interval ? `${interval[0].toFixed(3)} … ${interval[1].toFixed(3)}` : '–',
  ]
}

function armLines(arms: NonNullable<GateResult['comparison']>['arms']): string {
  return arms
    .map(
      ({ name, run_ids, first_start }) =>
        `- **${escapeMarkdown(name)}**: ${run_ids.length} runs from ${escapeMarkdown(first_start)}`,
    )
    .join('\n')
}

const folded = (summary: string, content: string) =>
  `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`

/** As many sections as fit, and a line that says so where one does not. */
function shortened(head: readonly string[], sections: readonly string[]): string {
  const kept = [...head]
  let left = MOST_BYTES - bytes(head.join('\n\n'))
  for (const [index, section] of sections.entries()) {
    left -= bytes(section) + 2
    if (left < 0) {
      kept.push(
        `${sections.length - index} sections were left out: they are too long for a summary.`,
      )
      break
    }
    kept.push(section)
  }
  return `${kept.join('\n\n')}\n`
}

const bytes = (text: string) => new TextEncoder().encode(text).length

/** Text from a record must not become markup, a link or another row. */
export function escapeMarkdown(text: string): string {
  return (
    shownText(text.replace(/\s*[\r\n]+\s*/g, ' '))
      .replace(/[\\`*_{}[\]()#+!|~>-]/g, found => `\\${found}`)
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/@/g, '&#64;')
      // Addresses become links by themselves.
      .replace(/:(?=\/\/)/g, '&#58;')
      .replace(/(?<=www)\./gi, '&#46;')
  )
}

/** GitHub shows so many errors and so many warnings of a step, and says nothing of the rest. */
const MOST_SHOWN = 10

/** Workflow commands of GitHub Actions: failures and warnings, worst first, and one notice as the summary. */
export function gateAnnotations({ verdict, failures, warnings, checks }: GateResult): string[] {
  const failed = checks.filter(check => check.status === 'failed').length
  return [
    ...limited(failures).map(text => annotation('error', 'lakebench gate', text)),
    ...limited(warnings).map(text => annotation('warning', 'lakebench gate', text)),
    annotation(
      'notice',
      'lakebench gate',
      `${verdict}: ${checks.length - failed} of ${checks.length} checks did not fail`,
    ),
  ]
}

function limited(texts: readonly string[]): string[] {
  if (texts.length <= MOST_SHOWN) return [...texts]
  const shown = texts.slice(0, MOST_SHOWN - 1)
  return [...shown, `and ${texts.length - shown.length} more: see the summary`]
}

export function annotation(
  kind: 'error' | 'warning' | 'notice',
  title: string,
  text: string,
): string {
  return `::${kind} title=${escapeProperty(title)}::${escapeData(text)}`
}

const escapeData = (text: string) =>
  shownText(text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A'))

const escapeProperty = (text: string) => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C')

/** JUnit XML: one suite, a test case per time and limit. What cannot be told is skipped, never failed. */
export function gateJunit({ verdict, checks }: GateResult, workload: string): string {
  const count = (status: GateCheck['status']) =>
    checks.filter(check => check.status === status).length
  const skipped = count('undecided') + count('not compared')
  const cases = checks.map(check => testCase(check, workload))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lakebench gate" tests="${checks.length}" failures="${count('failed')}" skipped="${skipped}">`,
    `  <testsuite name="lakebench gate: ${escapeXml(verdict)}" tests="${checks.length}" failures="${count('failed')}" errors="0" skipped="${skipped}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function testCase(
  { id, status, message, seconds, comparison }: GateCheck,
  workload: string,
): string {
  const open = `    <testcase classname="${escapeXml(workload)}" name="${escapeXml(id)}" time="${(seconds ?? 0).toFixed(6)}"`
  const text = escapeXml(message)
  if (status === 'passed') return `${open}/>`
  const type = comparison === null ? 'limit' : comparison.verdict === 'broke' ? 'broke' : 'slower'
  const inner =
    status === 'failed'
      ? `<failure type="${type}" message="${text}">${text}</failure>`
      : `<skipped message="${text}"/>`
  return `${open}>\n      ${inner}\n    </testcase>`
}

/** For text and attributes alike. What XML 1.0 has no way to write is left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, found =>
      '\t\n\r'.includes(found) ? found : '',
    )
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/[\n\r\t]/g, found => `&#${found.charCodeAt(0)};`)
}
