import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore, RunJobOptions } from '../../../../src/contracts/ports'
import type { StreamName } from '../../../../src/contracts/streams'
import type { SparkDriver, SparkJob } from '../../../../src/engines/spark/job-client'
import { type JobDocument, JobDocumentSchema } from '../../../../src/engines/spark/job-document'
import type { StreamProgress } from '../../../../src/engines/spark/streams/stream-documents'

type StreamDocument = Extract<JobDocument, { job: StreamName }>

/** Writes the documents that the PySpark streams write, one batch each, and obeys commands. */
export class FakeStreams implements SparkDriver {
  readonly jobs: string[] = []
  readonly documents: StreamDocument[] = []
  /** Jobs under way. */
  running = 0
  /** Obeys no command. */
  deaf = false
  prepare = async () => {}
  close = async () => {}

  /** The Java that its documents name. */
  process: StreamProgress['process'] = {
    host: 'here',
    pid: 1,
    start_ticks: '1',
    pid_namespace: null,
  }

  constructor(
    private readonly store: ObjectStore,
    readonly simultaneous: boolean,
    /** What becomes of a stream's progress before it is told. */
    private readonly change: (progress: StreamProgress) => StreamProgress = p => p,
  ) {}

  async run({ name, job }: SparkJob, { signal, onState }: RunJobOptions): Promise<void> {
    this.jobs.push(name)
    onState?.('created', null)
    const told = JobDocumentSchema.parse(await this.read(job))
    const parts =
      told.job === 'streams' ? await Promise.all(told.streams.map(uri => this.read(uri))) : [told]
    const documents = parts.map(part => JobDocumentSchema.parse(part) as StreamDocument)
    this.documents.push(...documents)
    this.running++
    const states = await Promise.all(
      documents.map(document => this.stream(document, signal)),
    ).finally(() => this.running--)
    const failed = states.find(s => s.state === 'failed')
    if (failed) throw new Error(failed.error!)
    const measured = {
      elapsed_seconds: 1,
      bytes_read: null,
      bytes_written: null,
      shuffle_bytes: 0,
      cpu_seconds: null,
      peak_memory_bytes: null,
      tasks: 0,
      longest_task_seconds: null,
    }
    const { version, run_id, result } = told
    const streams = states.map(s => ({
      stream: s.stream,
      state: s.state,
      last_batch: s.last_batch,
      layout: layoutOf(s),
    }))
    await this.write(result, {
      version,
      run_id,
      job: told.job,
      spark_version: '4',
      measured,
      streams,
    })
  }

  private async stream(document: StreamDocument, signal: AbortSignal): Promise<StreamProgress> {
    const folder = `${document.documents}/${document.job}`
    let progress = this.progress(document)
    const tell = async (more: Partial<StreamProgress>) => {
      progress = this.change({ ...progress, ...more })
      await this.write(`${folder}/progress.json`, progress)
    }
    await tell({ state: 'running' })
    await this.write(`${folder}/batches/000003.json`, {
      version: 1,
      run_id: document.stream_run,
      stream: document.job,
      batch: 3,
      epoch: 2,
      snapshot_id: '77',
      source_batch: document.job === 'bronze-ingest' ? null : 3,
      sources:
        document.job === 'bronze-ingest'
          ? [{ key: 'part-0', rows: 10, modified_ms: 1000, seen_seconds: 0.25 }]
          : [],
      reported_seconds: performance.now() / 1000,
      seconds: 0.5,
      input_rows: 10,
      output_rows: 9,
      bytes: 100,
      files: 1,
    })
    await tell({
      first_batch: 3,
      last_batch: 3,
      empty_triggers: 2,
      compactions: 2,
      files_before: 16,
      files_after: 2,
    })
    while (['starting', 'running'].includes(progress.state)) {
      signal.throwIfAborted()
      const { command } = (await this.read(`${document.documents}/control.json`)) as {
        command: string | null
      }
      if (command !== null && !this.deaf)
        await tell({ state: command === 'drain' ? 'drained' : 'stopped' })
      await sleep(10)
    }
    return progress
  }

  private progress(document: StreamDocument): StreamProgress {
    return {
      version: 1,
      run_id: document.stream_run,
      stream: document.job,
      state: 'starting',
      error: null,
      process: this.process,
      updated_ms: 0,
      reported_seconds: performance.now() / 1000,
      first_batch: null,
      last_batch: null,
      empty_triggers: 0,
      retries: 0,
      last_retry: null,
      compactions: 0,
      files_before: 0,
      files_after: 0,
      expired_files: 0,
      maintenance_failures: [],
      quarantined: [],
    }
  }

  private async read(uri: string): Promise<unknown> {
    return JSON.parse(Buffer.from((await this.store.get(this.key(uri)))!).toString('utf8'))
  }

  private async write(uri: string, document: unknown): Promise<void> {
    await this.store.put(this.key(uri), JSON.stringify(document))
  }

  private key(uri: string): string {
    return uri.slice(`file://${this.store.location('x')}`.length - 1)
  }
}

const layoutOf = ({ stream, state, run_id }: StreamProgress) =>
  state === 'drained'
    ? {
        snapshot_id: '77',
        summary: { 'lakebench.run-id': run_id, stream },
        partitioned_by: null,
        files: [],
      }
    : null
