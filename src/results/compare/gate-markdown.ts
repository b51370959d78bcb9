import { shownText } from '../../contracts/shown-text'
import type { MetricComparison } from './comparison'
import type { CheckStatus, GateCheck, GateResult } from './gate'
import { percent } from './percent'

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
