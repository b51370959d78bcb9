import { JobFailedError } from '../../contracts/errors'
import type { BronzeVerifyResult, Verification } from '../../contracts/jobs'
import { Stage } from '../stage'
import { runJob } from './run-job'

const MOST_BREAKS_SHOWN = 20

/** Check every raw file; saves `verification.json`; fails on a schema break or a gate that is not met. */
export function bronzeVerifyStage(engine: string): Stage<BronzeVerifyResult> {
  return new Stage<BronzeVerifyResult>(
    'bronze-verify',
    async ctx => {
      const gates = ctx.config.architecture.pipeline.quality_gates
      const result = await runJob(ctx, engine, { kind: 'bronze-verify', gates }, null)
      await ctx.saveDocument('verification.json', result.verification)
      for (const extra of result.verification.extra_columns)
        ctx.warn(`${extra.file} has columns that nothing reads: ${extra.columns.join(', ')}`)
      for (const { file, column, rows } of result.verification.unfit_values)
        ctx.warn(unfitText(file, column, rows))
      const { empty_files: empty, other_files: others } = result.verification
      if (empty.length > 0) ctx.warn(`${counted(empty, 'has', 'have')} no rows.`)
      if (others.length > 0) ctx.warn(unreadText(others))
      return result
    },
    {
      needs: ['store', 'compute'],
      recordBase: { job_type: 'batch', engine },
      record: result => ({
        measurement: result,
        measurements: {
          files_checked: result.verification.files_checked,
          duplicate_event_ids: result.verification.duplicate_event_ids,
          format_findings: result.verification.format_findings,
          quality_flags: result.verification.quality_flags,
          skew: result.profile.skew,
          dates: result.profile.dates,
        },
      }),
      verdict: result =>
        result.verification.passed ? null : new JobFailedError(failureText(result.verification)),
    },
  )
}

const unfitText = (file: string, column: string, rows: number) =>
  `${file}: ${rows} ${rows === 1 ? 'value' : 'values'} of ${column} ${
    column === 'event_timestamp' ? 'outside the years 1 to 9999' : 'beyond what its type holds'
  } ${rows === 1 ? 'counts' : 'count'} as NULL`

/** Says which files lie among the raw data and are none. */
export const unreadText = (others: readonly string[]): string =>
  `${counted(others, 'is', 'are')} not named *.parquet, so nothing reads ${others.length === 1 ? 'it' : 'them'}.`

/** One line for any number of files. */
function counted([first, ...more]: readonly string[], one: string, many: string): string {
  return more.length === 0
    ? `${first} ${one}`
    : `${more.length + 1} files (the first is ${first}) ${many}`
}

function failureText({ breaks, gate_failures }: Verification): string {
  const lines = [
    ...breaks.slice(0, MOST_BREAKS_SHOWN).map(b => `${b.file}: ${b.message}`),
    ...(breaks.length > MOST_BREAKS_SHOWN
      ? [`… and ${breaks.length - MOST_BREAKS_SHOWN} more, all in verification.json`]
      : []),
    ...gate_failures.map(
      g => `quality gate ${g.gate}: ${g.actual.toPrecision(4)} is above ${g.limit}`,
    ),
  ]
  return `the raw data does not pass:\n  ${lines.join('\n  ')}`
}
