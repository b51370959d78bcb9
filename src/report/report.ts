import type { Verification } from '../contracts/jobs'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import { checkRecord } from '../results/scorecard/parse-metrics'
import { checkOptions } from '../shared/check-options'
import { html } from './html'
import { pageText } from './page'
import { SECTIONS } from './sections'
import { pageHeader } from './sections/headline'

/** Documents of the run that say more than the metrics; a part of the page whose document is missing says so. */
export interface ReportDocuments {
  /** Adds what bronze-verify found. */
  readonly verification?: Verification | null
  /** Adds the section on sizing. */
  readonly plan?: RunPlan | null
}

/**
 * One run as one HTML page: a pure function of the run's documents. The page opens offline, asks for nothing, follows the
 * reader's colour scheme, prints, and loses only the sorting of its tables where scripts are forbidden. A failed or partial
 * run gives a page too, which says what is missing and why. The record is judged anew, as `Scorecard` does.
 *
 * @param record the run's `metrics.json`
 * @param documents its `verification.json` and `plan.json`, where they are at hand
 */
export async function renderReport(
  record: RunMetrics,
  documents: ReportDocuments = {},
): Promise<string> {
  checkOptions(documents, { verification: 'any', plan: 'any' }, 'renderReport')
  const metrics = checkRecord(record, 'renderReport')
  // The plotting library is large; only drawing a page reads it from disk.
  const { CHARTS } = await import('./charts')
  const context = {
    metrics,
    verification: documents.verification ?? null,
    plan: documents.plan ?? null,
    charts: CHARTS,
  }
  return pageText({
    title: `${metrics.name}: ${metrics.verdict} (run ${metrics.run_id})`,
    header: pageHeader(metrics),
    sections: SECTIONS.map(({ id, nav, render }) => ({ id, nav, body: render(context) })),
    footer: html`Made by lakebench from metrics.json (schema version ${metrics.schema_version}) beside this page. ${'—'} stands for what was not measured.`,
  })
}
