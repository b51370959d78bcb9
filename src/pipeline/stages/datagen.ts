import { JobFailedError } from '../../contracts/errors'
import type { JobMeasurement, JobProgress } from '../../contracts/jobs'
import type { CorpusRecord } from '../../contracts/metrics'
import { Stage } from '../stage'

export interface DatagenOutcome {
  readonly corpus: CorpusRecord
  readonly measurement: JobMeasurement
  readonly details: Readonly<Record<string, unknown>>
}

export type GenerateCorpus = (options: {
  signal: AbortSignal
  onProgress: (p: JobProgress) => void
  /** The run goes on where an earlier process ended, and so does what that one had begun to make. */
  resumed: boolean
}) => Promise<DatagenOutcome>

/** Make the raw corpus, or reuse the complete one that is there. Its time is reported beside the pipeline's, never inside. */
export function datagenStage(generate: GenerateCorpus): Stage<DatagenOutcome> {
  return new Stage<DatagenOutcome>(
    'datagen',
    ctx =>
      generate({ signal: ctx.signal, onProgress: ctx.progress, resumed: ctx.earlier !== null }),
    {
      needs: ['store'],
      recordBase: { job_type: 'datagen', engine: 'lakebench' },
      record: ({ corpus, measurement, details }) => ({
        corpus,
        measurement,
        measurements: details,
      }),
    },
  )
}

export interface CorpusFindings {
  readonly files_checked: number
  /** One sentence per missing, cut, altered or unexpected file. */
  readonly findings: readonly string[]
}

/** Compare the raw files with the manifest, byte for byte. */
export function corpusVerifyStage(
  verify: (options: {
    signal: AbortSignal
    onProgress: (p: JobProgress) => void
  }) => Promise<CorpusFindings>,
): Stage<CorpusFindings> {
  return new Stage<CorpusFindings>(
    'corpus-verify',
    ctx => verify({ signal: ctx.signal, onProgress: ctx.progress }),
    {
      needs: ['store'],
      recordBase: { job_type: 'datagen', engine: 'lakebench' },
      record: result => ({ measurements: { ...result } }),
      verdict: ({ findings }) =>
        findings.length === 0
          ? null
          : new JobFailedError(
              `the corpus is not as its manifest says:\n  ${findings.join('\n  ')}\n\`lakebench generate\` restores what is missing or cut.`,
            ),
    },
  )
}
