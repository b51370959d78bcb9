import type { GateCheck, GateResult } from './gate'

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
