import type { Comparison } from '../results/compare/comparison'
import type { FactsArm } from '../results/compare/run-facts'
import { html } from './html'
import { pageText } from './page'
import { armsSection, comparisonHeader, methodSection } from './sections/compared'
import { pairSection } from './sections/compared-pair'

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
