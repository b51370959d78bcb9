import type { RunMetrics } from '../../contracts/metrics'
import { type CostEstimate, estimateCost } from '../../results/scorecard/cost'
import { formatGib, formatSignificant } from '../../shared/format'
import { type Html, html } from '../html'
import { absent, measured, paragraph, section, table } from '../parts'

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
