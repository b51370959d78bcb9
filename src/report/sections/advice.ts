import type { RunMetrics } from '../../contracts/metrics'
import type { RunPlan } from '../../contracts/plan'
import { adviceFor } from '../../results/scorecard/advice'
import { formatDuration } from '../../shared/format'
import { type Html, html } from '../html'
import { absent, section } from '../parts'

/** Advice from the record, most seconds first, each with its evidence. */
export function adviceSection(metrics: RunMetrics, plan: RunPlan | null): Html {
  const found = adviceFor(metrics, plan)
  return section(
    'advice',
    'What to do',
    found.length === 0
      ? absent('No rule has anything to say of this run.')
      : html`<ol class="advice">${found.map(
          ({ rule, action, evidence, seconds }) => html`<li><strong>${action}</strong>
<small>${capital(evidence)}${seconds !== null && seconds > 0 && ` At stake: ${formatDuration(seconds)}.`} Rule <code>${rule}</code>.</small></li>`,
        )}</ol>`,
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
