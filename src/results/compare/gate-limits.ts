import { ConfigError } from '../../contracts/errors'
import { spreadOf } from './evidence'
import type { FactsArm } from './run-facts'
import { headlineMetrics, timedMetrics } from './timed-metrics'

/** An absolute limit, which needs no baseline: `Q3<800ms`, `silver-build<40s`, `pipeline<2min`. */
export interface Limit {
  /** As it was given. */
  readonly text: string
  /** A query, a stage, `queries` or `pipeline`. */
  readonly metric: string
  /** The time may not be longer. */
  readonly seconds: number
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, min: 60, h: 3600 }

/**
 * A limit such as `time_to_value<60s`.
 *
 * @throws ConfigError for a text that is no limit
 */
export function parseLimit(text: string): Limit {
  const [, metric, amount, unit] =
    /^\s*([\w.-]+)\s*<\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h)\s*$/.exec(text) ?? []
  if (!metric || !amount || !unit)
    throw new ConfigError(
      [
        {
          path: '--limit',
          message: `${JSON.stringify(text)} is no limit such as Q3<800ms or silver-build<40s.`,
        },
      ],
      'gate',
    )
  return { text: `${metric} < ${amount} ${unit}`, metric, seconds: Number(amount) * UNITS[unit]! }
}

/** Median seconds of what a limit names; `null` where the runs have none. @throws ConfigError for a name nobody knows */
export function measuredFor({ metric, text }: Limit, { runs }: FactsArm): number | null {
  const known = [...headlineMetrics(runs), ...timedMetrics(runs)]
  const found = known.find(
    ({ id }) => id === metric || id === `query.${metric}` || id === `stage.${metric}`,
  )
  if (!found) {
    const names = known.map(({ id }) => id.replace(/^(query|stage)\./, ''))
    throw new ConfigError(
      [
        {
          path: '--limit',
          message: `${text}: there is no ${metric}; these runs have ${names.join(', ')}.`,
        },
      ],
      'gate',
    )
  }
  return spreadOf(found, runs)?.median ?? null
}
