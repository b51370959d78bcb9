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
}) => Promise<DatagenOutcome>

/** Make the raw corpus, or reuse the complete one that is there. Its time is reported beside the pipeline's, never inside. */
export function datagenStage(generate: GenerateCorpus): Stage<DatagenOutcome> {
  return new Stage<DatagenOutcome>('datagen', (ctx) => generate({ signal: ctx.signal, onProgress: ctx.progress }), {
    recordBase: { job_type: 'datagen', engine: 'lakebench' },
    record: ({ corpus, measurement, details }) => ({
      job_type: 'datagen',
      engine: 'lakebench',
      corpus,
      measurement,
      measurements: details,
    }),
  })
}
