import type { Verification } from '../contracts/jobs'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import type { Comparison } from '../results/compare/comparison'
import type { FactsArm } from '../results/compare/run-facts'
import { checkRecord } from '../results/scorecard/parse-metrics'
import { checkOptions } from '../shared/check-options'
import { html } from './html'
import { pageText } from './page'
import { SECTIONS } from './sections'
import { armsSection, comparisonHeader, methodSection } from './sections/compared'
import { pairSection } from './sections/compared-pair'
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

/**
 * A comparison as one HTML page, as self-contained as a run's report: each arm against the first, with the evidence.
 *
 * @param comparison what `compareRuns` or `abTest` found
 * @param arms the runs it was made from, for the table of answers; without them the page does without it
 */
export async function renderComparison(
  comparison: Comparison,
  arms: readonly FactsArm[] = [],
): Promise<string> {
  // The plotting library is large; only drawing a page reads it from disk.
  const { CHARTS } = await import('./charts')
  const names = comparison.arms.map(({ name }) => name)
  return pageText({
    title: `Comparison of ${names.join(', ')}`,
    header: comparisonHeader(comparison),
    sections: [
      ...comparison.pairs.map((pair, i) => ({
        id: `pair-${i + 1}`,
        nav: `${pair.b} against ${pair.a}`,
        body: pairSection(`pair-${i + 1}`, pair, {
          arms,
          margin: comparison.settings.margin,
          charts: CHARTS,
        }),
      })),
      { id: 'arms', nav: 'What was compared', body: armsSection(comparison) },
      { id: 'method', nav: 'How', body: methodSection(comparison) },
    ],
    footer: html`Made by lakebench. ${'—'} stands for what was not measured, or cannot be compared.`,
  })
}
