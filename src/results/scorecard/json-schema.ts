import { z } from 'zod'
import { RunMetricsSchema } from '../../contracts/metrics'

/** JSON Schema (draft 2020-12) of `metrics.json`. Open to further fields, as a reader of it should be. */
export function metricsJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(RunMetricsSchema, { io: 'input' })
  return { $schema, title: 'lakebench metrics', ...schema }
}
