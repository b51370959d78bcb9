import type { RunMetrics } from '../../src/contracts/metrics'
import type { Audit } from './audit'

/** The report's text without its code, with one space where there is any. */
const textOf = (html: string): string =>
  html
    .replace(/<(style|script)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;|&#x27;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')

/** The scores of the record stand in the report's table of scores as they are, and its head names the run and its verdict. */
export function checkReport(audit: Audit, metrics: RunMetrics, html: string): void {
  const text = textOf(html)
  audit.claim('the report names the run', text.includes(metrics.run_id))
  audit.claim(
    'the report gives the verdict',
    text.includes(`✓ ${metrics.verdict}`) || text.includes(metrics.verdict),
  )
  for (const [name, value] of Object.entries(metrics.pipeline_benchmark.scores)) {
    if (value === null) continue
    const shown = new RegExp(`${name} [\\w ]*?is better ${value}\\b|${name} ${value}\\b`).test(text)
    audit.claim(`the report shows ${name} as ${value}`, shown)
  }
  for (const { job_name, output_rows } of metrics.jobs) {
    if (output_rows === null) continue
    audit.claim(
      `the report shows the ${output_rows} rows of ${job_name}`,
      text.includes(output_rows.toLocaleString('en-US')),
    )
  }
}
