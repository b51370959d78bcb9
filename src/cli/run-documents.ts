import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Verification } from '../contracts/jobs'
import type { RunPlan } from '../contracts/plan'
import { readJson } from '../results/load-run'

const counts = z.record(z.string(), z.number())

/** As much of `verification.json` as the report reads. */
const VerificationSchema = z.looseObject({
  passed: z.boolean(),
  files_checked: z.number(),
  rows: z.number().nullable(),
  bytes: z.number(),
  breaks: z.array(
    z.looseObject({
      file: z.string(),
      column: z.string().nullable(),
      problem: z.string(),
      message: z.string(),
    }),
  ),
  gate_failures: z.array(
    z.looseObject({ gate: z.string(), limit: z.number(), actual: z.number() }),
  ),
  extra_columns: z.array(z.looseObject({ file: z.string(), columns: z.array(z.string()) })),
  empty_files: z.array(z.string()),
  null_counts: z.record(z.string(), z.number().nullable()),
  null_violations: counts,
  nan_counts: counts,
  infinite_counts: counts,
  negative_counts: counts,
  format_findings: counts,
  duplicate_event_ids: z.number().nullable(),
  duplicate_markers: z.number().nullable(),
  quality_flags: counts,
  timestamp: z.looseObject({
    min: z.string().nullable(),
    max: z.string().nullable(),
    outside_window: z.number().nullable(),
  }),
  injected_dirt: counts.nullable(),
})

/** As much of `plan.json` as the report reads. */
const PlanSchema = z.looseObject({
  scale: z.number(),
  tier: z.string(),
  capacity: z.looseObject({ kind: z.string(), cores: z.number(), memory: z.number() }),
  jobs: z.array(z.looseObject({ job_name: z.string(), reasons: z.array(z.string()) })),
  embedded: z.looseObject({ reasons: z.array(z.string()) }).nullable(),
  local_spark: z.looseObject({ reasons: z.array(z.string()) }).nullish(),
  timeout_seconds: z.number(),
  warnings: z.array(z.string()),
})

export interface FurtherDocuments {
  readonly verification: Verification | null
  readonly plan: RunPlan | null
  /** Documents that are there but cannot be used, a sentence each. */
  readonly problems: readonly string[]
}

/** Documents that the report can do without. */
export async function readFurtherDocuments(runDir: string): Promise<FurtherDocuments> {
  const problems: string[] = []
  const optional = async <T>(name: string, schema: z.ZodType): Promise<T | null> => {
    const path = join(runDir, name)
    if (!(await stat(path).catch(() => null))) return null
    try {
      const json = await readJson(path)
      schema.parse(json)
      return json as T
    } catch {
      problems.push(`${path} cannot be used; the report does without it.`)
      return null
    }
  }
  const verification = await optional<Verification>('verification.json', VerificationSchema)
  const plan = await optional<RunPlan>('plan.json', PlanSchema)
  return { verification, plan, problems }
}
