import { createHash } from 'node:crypto'
import type { Verification } from '../contracts/jobs'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import { html, trusted } from './html'
import { bronzeSection } from './sections/bronze'
import { environmentSection, validitySection } from './sections/conditions'
import { headlineSection, pageHeader } from './sections/headline'
import { queriesSection } from './sections/queries'
import { resourcesSection } from './sections/resources'
import { timelineSection } from './sections/timeline'
import { volumesSection } from './sections/volumes'
import { STYLE } from './style'

/** Documents of the run that say more than the metrics; a part of the page whose document is missing says so. */
export interface ReportDocuments {
  readonly verification?: Verification | null
  readonly plan?: RunPlan | null
}

// Only this page's own style sheet may apply; nothing is fetched, nothing runs, nothing is sent.
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/**
 * One run as one HTML page: a pure function of the run's documents. The page opens offline, holds no script, follows the
 * reader's colour scheme, and prints. A failed or partial run gives a page too, which says what is missing and why.
 *
 * @param metrics the run's `metrics.json`
 * @param documents its `verification.json` and `plan.json`, where they are at hand
 */
export function renderReport(metrics: RunMetrics, documents: ReportDocuments = {}): string {
  const { verification = null, plan = null } = documents
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${metrics.name}: ${metrics.verdict} (run ${metrics.run_id})</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<div class="wrap">
${pageHeader(metrics)}
<nav aria-label="Sections"><ul>${SECTIONS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main">
${headlineSection(metrics)}
${timelineSection(metrics)}
${volumesSection(metrics)}
${bronzeSection(metrics, verification)}
${resourcesSection(metrics, plan)}
${queriesSection(metrics)}
${validitySection(metrics)}
${environmentSection(metrics)}
</main>
<footer>Made by lakebench from metrics.json (schema version ${metrics.schema_version}) beside this page. ${'—'} stands for what was not measured.</footer>
</div>
</body>
</html>
`
  return page.text
}

const SECTIONS = [
  ['scores', 'Scores'],
  ['time', 'Time'],
  ['data', 'Data'],
  ['bronze', 'Raw data'],
  ['choices', 'Sizing'],
  ['queries', 'Queries'],
  ['validity', 'Validity'],
  ['environment', 'Environment'],
] as const
