import type { Verification } from '../contracts/jobs'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import type { Charts } from './charts'
import type { Html } from './html'
import { adviceSection } from './sections/advice'
import { bronzeSection } from './sections/bronze'
import { environmentSection, validitySection } from './sections/conditions'
import { headlineSection, windowScoresSection } from './sections/headline'
import { queriesSection } from './sections/queries'
import { costSection, resourcesSection } from './sections/resources'
import { roundsSection, streamsSection } from './sections/streams'
import { timelineSection } from './sections/timeline'
import { volumesSection } from './sections/volumes'

/** Data that a section may be drawn from. */
export interface ReportContext {
  readonly metrics: RunMetrics
  readonly verification: Verification | null
  readonly plan: RunPlan | null
  readonly charts: Charts
}

export interface Section {
  /** Id of its element, which links point at. */
  readonly id: string
  /** In the list at the top, a word or two. */
  readonly nav: string
  /** `null` where the section has no meaning for this kind of run; without data it stays and says why. */
  render(context: ReportContext): Html | null
}

/** Limits a section to batch runs; a window has streams in their place. */
const ofBatch =
  (render: Section['render']): Section['render'] =>
  context =>
    context.metrics.continuous ? null : render(context)

/** A run's report, in the order that a reader's questions come. */
export const SECTIONS: readonly Section[] = [
  {
    id: 'scores',
    nav: 'Scores',
    render: ({ metrics }) =>
      metrics.continuous ? windowScoresSection(metrics) : headlineSection(metrics),
  },
  { id: 'advice', nav: 'What to do', render: ({ metrics, plan }) => adviceSection(metrics, plan) },
  { id: 'time', nav: 'Time', render: ({ metrics, charts }) => timelineSection(metrics, charts) },
  {
    id: 'streams',
    nav: 'Streams',
    render: ({ metrics, charts }) => streamsSection(metrics, charts),
  },
  { id: 'rounds', nav: 'Rounds', render: ({ metrics, charts }) => roundsSection(metrics, charts) },
  {
    id: 'queries',
    nav: 'Queries',
    render: ({ metrics, charts }) => queriesSection(metrics, charts),
  },
  {
    id: 'data',
    nav: 'Data',
    render: ofBatch(({ metrics, charts }) => volumesSection(metrics, charts)),
  },
  {
    id: 'bronze',
    nav: 'Raw data',
    render: ofBatch(({ metrics, verification }) => bronzeSection(metrics, verification)),
  },
  {
    id: 'choices',
    nav: 'Sizing',
    render: ofBatch(({ metrics, plan }) => resourcesSection(metrics, plan)),
  },
  { id: 'cost', nav: 'Cost', render: ({ metrics }) => costSection(metrics) },
  { id: 'validity', nav: 'Validity', render: ({ metrics }) => validitySection(metrics) },
  { id: 'environment', nav: 'Environment', render: ({ metrics }) => environmentSection(metrics) },
]
