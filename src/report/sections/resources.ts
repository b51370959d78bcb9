import type { JobMetrics, RunMetrics } from '../../contracts/metrics'
import type { RunPlan } from '../../contracts/plan'
import { type CostEstimate, estimateCost } from '../../results/scorecard/cost'
import { formatBytes, formatDuration, formatGib, formatSignificant } from '../../shared/format'
import { type Html, type HtmlValue, html } from '../html'
import { absent, list, measured, paragraph, section, shown, table, unknown } from '../parts'

/** How silver was built and why, and what the jobs asked for beside what they were given and used. */
export function resourcesSection(metrics: RunMetrics, plan: RunPlan | null): Html {
  return section('choices', 'Strategy, layout and sizing', strategy(metrics), sizing(metrics, plan))
}

function strategy(metrics: RunMetrics): HtmlValue {
  const silver = metrics.jobs.find(j => j.job_name === 'silver-build')
  if (!silver?.strategy) return absent('No strategy was chosen: silver-build did not get that far.')
  const gold = metrics.jobs.find(j => j.job_name === 'gold-finalize')
  return table({
    caption: 'How the tables were built.',
    columns: [{ label: 'Choice' }, { label: 'Taken' }, { label: 'Because', kind: 'note' }],
    rows: [
      ['Silver strategy', silver.strategy, silver.strategy_reason ?? unknown],
      ...[silver, gold].flatMap((job): HtmlValue[][] => {
        if (!job?.partitioning) return []
        const [taken, ...why] = job.partitioning.split(': ')
        return [
          [`Partitions of ${job === silver ? 'silver' : 'gold'}`, taken, why.join(': ') || unknown],
        ]
      }),
    ],
  })
}

function sizing(metrics: RunMetrics, plan: RunPlan | null): HtmlValue {
  const jobs = metrics.jobs.filter(j => j.requested !== null || j.executor_count !== null)
  return [
    html`<h3>Sizing</h3>`,
    plan && paragraph(capacityText(plan)),
    jobs.length === 0
      ? absent('No sized job ran.')
      : table({
          caption:
            'What the sizing table asks for at this scale, beside what the job was given and used.',
          columns: [
            { label: 'Job' },
            { label: 'Tier' },
            { label: 'Asked for' },
            { label: 'Given' },
            { label: 'CPU used', kind: 'number' },
            { label: 'of CPU given', kind: 'number' },
            { label: 'Peak memory', kind: 'number' },
          ],
          rows: jobs.map((job): HtmlValue[] => [
            html`<span class="name">${job.job_name}</span>`,
            job.requested?.tier ?? unknown,
            job.requested
              ? shape(
                  job.requested.executor_count,
                  job.requested.executor_cores,
                  job.requested.executor_memory_gb,
                )
              : unknown,
            given(job),
            shown(job.cpu_seconds_used, formatDuration),
            job.cpu_seconds_used === null || !job.cpu_seconds_requested
              ? unknown
              : `${Math.round((job.cpu_seconds_used / job.cpu_seconds_requested) * 100)} %`,
            shown(job.peak_memory_gb, formatGib),
          ]),
        }),
    plan && reasons(plan),
  ]
}

function given(job: JobMetrics): HtmlValue {
  if (job.executor_count === null || job.executor_cores === null || job.executor_memory_gb === null)
    return unknown
  return shape(job.executor_count, job.executor_cores, job.executor_memory_gb)
}

const shape = (count: number, cores: number, gib: number) =>
  html`<span class="name">${formatSignificant(count)} × ${formatSignificant(cores)} ${cores === 1 ? 'core' : 'cores'}, ${formatGib(gib)}</span>`

function capacityText(plan: RunPlan): string {
  const { capacity } = plan
  const what = capacity.kind === 'machine' ? 'This machine' : 'The cluster'
  return `${what} offers ${capacity.cores} cores and ${formatBytes(capacity.memory)} of memory. Scale ${formatSignificant(plan.scale)} is in the tier “${plan.tier}”. A stage may take up to ${formatDuration(plan.timeout_seconds)}.`
}

function reasons(plan: RunPlan): HtmlValue {
  const lines = [
    ...plan.jobs.flatMap(job => job.reasons.map(why => html`<code>${job.job_name}</code>: ${why}`)),
    ...(plan.embedded?.reasons ?? plan.local_spark?.reasons ?? []),
    ...plan.warnings,
  ]
  return lines.length > 0 ? list(lines) : null
}

/** Estimated cost of the run's resources at the prices of its config. */
export function costSection(metrics: RunMetrics): Html {
  const cost = estimateCost(metrics)
  return section(
    'cost',
    'Cost, estimated',
    cost
      ? estimate(cost)
      : absent(
          'The config names no prices (platform.prices.core_hour, memory_gib_hour, storage_gib_month), so nothing is estimated.',
        ),
  )
}

function estimate({ prices, jobs, compute, stored_gib, storage_month, unpriced }: CostEstimate) {
  const money = (amount: number) => `${prices.currency} ${formatSignificant(amount)}`
  const rates = [
    prices.core_hour !== null && `${money(prices.core_hour)} a core hour`,
    prices.memory_gib_hour !== null && `${money(prices.memory_gib_hour)} a GiB of memory and hour`,
    prices.storage_gib_month !== null &&
      `${money(prices.storage_gib_month)} a GiB in storage and month`,
  ].filter(rate => rate !== false)
  return [
    paragraph(
      compute !== null && `The jobs would cost ${money(compute)}. `,
      storage_month !== null &&
        `Keeping ${formatGib(stored_gib)} would cost ${money(storage_month)} a month. `,
      `At ${rates.join(', ')}, as the config says. Cores and memory count while a job holds them; queries, data generation and idle time are not in it.`,
    ),
    jobs.length > 0 &&
      table({
        caption: 'What each job held, and what that costs.',
        columns: [
          { label: 'Job' },
          { label: 'Core hours', kind: 'number' },
          { label: 'GiB hours', kind: 'number' },
          { label: 'Cost', kind: 'number' },
        ],
        rows: jobs.map(job => [
          html`<span class="name">${job.job_name}</span>`,
          measured(job.core_hours, formatSignificant),
          measured(job.memory_gib_hours, formatSignificant),
          measured(job.cost, money),
        ]),
      }),
    unpriced.length > 0 &&
      absent(`Without a price, or without known resources: ${unpriced.join(', ')}.`),
  ]
}
