import { shownText } from '../../contracts/shown-text'
import type { GateResult } from './gate'

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
