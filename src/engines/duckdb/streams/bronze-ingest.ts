import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import { LakebenchError, PrerequisiteError } from '../../../contracts/errors'
import type { ObjectInfo, ObjectStore } from '../../../contracts/ports'
import type { SourceFile, StreamCommit, StreamJob } from '../../../contracts/streams'
import type { TableColumn } from '../../../contracts/tables'
import { requireTable } from '../../../iceberg/table'
import { RAW_COLUMNS } from '../../../workload/raw-columns'
import { listRaw } from '../../../workload/raw-files'
import { inspectRawFiles, type RawFile } from '../raw-files'
import { findDamaged, rawRelation } from '../raw-relation'
import { fileList, identifier, quoted } from '../session'
import type { TableTarget } from '../write-table'
import { Arrivals } from './arrivals'
import { type StreamContext, StreamTable } from './stream-table'

/** Where a row came from, and when its file landed. */
const SOURCE_FILE = '_source_file'
export const INGESTED_AT = '_ingested_at'

const BRONZE_COLUMNS: readonly TableColumn[] = [
  ...RAW_COLUMNS.map(({ name, type }) => ({ name, type })),
  { name: SOURCE_FILE, type: 'string' },
  { name: INGESTED_AT, type: 'timestamp' },
]

const ROW_GROUP_ROWS = 8192
const STREAM = 'bronze-ingest'

/** Failures that are not a file's: of a disk that is away, and of what this machine lacks. */
const NOT_THE_FILE =
  /\b(EIO|ESTALE|ETIMEDOUT|ENOTCONN|EHOSTDOWN|EAGAIN|ENOENT|EMFILE|ENFILE|ENOMEM|ENOSPC)\b|No such file or directory|out of memory|could not allocate|too many open files|no space left/i

const bronzeTarget = (location: string, { bronze }: StreamJob): TableTarget => ({
  location,
  columns: BRONZE_COLUMNS,
  partitionBy: null,
  targetFileSize: bronze.target_file_size,
  layout: { rowGroupRows: ROW_GROUP_ROWS, partitions: 1, waitingRows: null },
  properties: { 'write.parquet.compression-codec': 'zstd' },
})

/** A raw file that a batch takes. */
interface Taken extends RawFile {
  readonly modified: number
}

/** Raw files into the bronze table, each once. Which files the table holds is in a column of its rows, so it cannot forget. */
export class BronzeIngest {
  private readonly plans: PlanStore
  /** In the table. */
  private readonly known = new Set<string>()
  /** Whether `known` holds all that is in the table. */
  private knowsAll = false
  readonly table: StreamTable
  private readonly arrivals: Arrivals
  /** Files of the batch that was written last. */
  private sources: readonly Omit<SourceFile, 'seen_seconds'>[] = []

  constructor(private readonly context: StreamContext) {
    const { job, store, locations } = context
    this.table = new StreamTable(context, STREAM, bronzeTarget(locations.bronze, job))
    this.arrivals = new Arrivals(store, job.raw_prefix)
    this.plans = new PlanStore(store, `bronze/${job.checkpoint_base}/${job.run_id}/${STREAM}`)
  }

  /** Went on with a table of this run that holds data. */
  get resumed(): boolean {
    return this.known.size > 0
  }

  async open(): Promise<void> {
    await this.table.open()
    await this.readKnown()
  }

  /** One micro-batch; `null` where there was nothing new. */
  async batch(): Promise<StreamCommit | null> {
    const begun = performance.now()
    const at = await this.table.readPosition()
    if (!this.knowsAll) await this.readKnown()
    const resolved = this.table.takeResolved(at)
    if (resolved) return this.withSources(resolved)
    const planned = await this.planned(at.batch + 1)
    const files = await this.usable(planned)
    // Behind a batch of broken files there may be good ones.
    if (files.length === 0) return planned.length === 0 ? null : this.batch()
    this.knowsAll = false
    this.sources = files.map(({ key, rows, modified }) => ({ key, rows, modified_ms: modified }))
    const commit = await this.table
      .write({
        at,
        next: {
          offset: String(this.known.size + files.length),
          watermark: Math.max(at.watermark ?? 0, ...files.map(f => f.modified)),
        },
        mode: 'append',
        select: this.select(files),
        input_rows: null,
        source_batch: null,
        begun,
      })
      .catch(error => this.withoutDamaged(files, error))
    if (commit === null) return this.batch()
    for (const { key } of files) this.known.add(key)
    this.knowsAll = true
    return this.withSources(commit)
  }

  /** Rows and files that the last batch took, as of now. */
  private withSources(commit: StreamCommit): StreamCommit {
    const sources = this.sources.map(file => ({
      ...file,
      seen_seconds: this.arrivals.seenFor(file.key),
    }))
    this.arrivals.forget(sources.map(s => s.key))
    return { ...commit, sources }
  }

  private async readKnown(): Promise<void> {
    const { session, locations, signal } = this.context
    const table = await requireTable(locations.bronze)
    if (table.files.length > 0) {
      const files = fileList(table.files.map(f => f.path))
      const sql = `SELECT DISTINCT ${SOURCE_FILE} AS key FROM read_parquet(${files}, hive_partitioning = false)`
      for (const row of await session.rows(sql, { signal })) this.known.add(String(row.key))
    }
    this.knowsAll = true
  }

  /** The files of a batch: those of its plan, where an earlier process made one that still holds, else what has come since. */
  private async planned(batch: number): Promise<readonly ObjectInfo[]> {
    const { store, job, signal } = this.context
    const earlier = await this.plans.read(batch)
    if (earlier) {
      const there = new Map((await listRaw(store, job.raw_prefix)).files.map(o => [o.key, o]))
      const files = earlier.files.flatMap(f => there.get(f.key) ?? [])
      const holds =
        files.length === earlier.files.length &&
        earlier.files.every(f => there.get(f.key)!.size === f.size && !this.known.has(f.key)) &&
        !files.some(o => this.arrivals.refuses(o))
      if (holds) {
        this.arrivals.note(files)
        return files
      }
    }
    const files = await this.arrivals.next(this.known, job.bronze.max_files_per_trigger, signal)
    if (files.length > 0)
      await this.plans.write({
        batch,
        files: files.map(({ key, size, modified }) => ({ key, size, modified })),
      })
    return files
  }

  /** Files whose footer and columns are as they should be; the others are quarantined. */
  private async usable(found: readonly ObjectInfo[]): Promise<Taken[]> {
    const { session, store, signal } = this.context
    const { files, breaks } = await inspectRawFiles(session, store, found, null, signal)
    this.quarantine(breaks.map(b => ({ key: b.file, reason: b.message })))
    const modified = new Map(found.map(o => [o.key, o.modified]))
    const broken = new Set(breaks.map(b => b.file))
    return files
      .filter(f => !broken.has(f.key))
      .map(f => ({ ...f, modified: modified.get(f.key)! }))
  }

  /** @throws PrerequisiteError for a failure that is not the file's */
  private quarantine(broken: readonly { readonly key: string; readonly reason: string }[]): void {
    const foreign = broken.find(({ reason }) => NOT_THE_FILE.test(reason))
    if (foreign) throw new PrerequisiteError(`${foreign.key} cannot be read: ${foreign.reason}`)
    // The first thing that is wrong with a file says enough.
    for (const [key, reason] of new Map(broken.toReversed().map(b => [b.key, b.reason]))) {
      this.arrivals.refuse(key)
      this.context.hooks.onQuarantine(key, reason)
    }
  }

  /** A write that failed on files with a good footer and damaged pages is to be done without them; any other has failed. */
  private async withoutDamaged(files: readonly Taken[], error: unknown): Promise<null> {
    const { session, signal } = this.context
    signal.throwIfAborted()
    if (error instanceof LakebenchError) throw error
    const damaged = await findDamaged(session, files, signal)
    if (damaged.length === 0) throw error
    this.quarantine(damaged.map(({ file, message }) => ({ key: file.key, reason: message })))
    return null
  }

  private select(files: readonly Taken[]): string {
    const landed = (f: Taken) =>
      `TIMESTAMP ${quoted(new Date(f.modified).toISOString().replace('Z', ''))}`
    const cases = (value: (f: Taken) => string) =>
      `CASE filename ${files.map(f => `WHEN ${quoted(f.path)} THEN ${value(f)}`).join(' ')} END`
    const raw = rawRelation(files, { filename: true })
    const columns = RAW_COLUMNS.map(c => identifier(c.name)).join(', ')
    return `SELECT ${columns}, ${cases(f => quoted(f.key))} AS ${SOURCE_FILE}, ${cases(landed)} AS ${INGESTED_AT} FROM ${raw}`
  }
}

const BatchPlanSchema = z.object({
  batch: z.number(),
  files: z.array(z.object({ key: z.string(), size: z.number(), modified: z.number() })),
})
/** Files of a batch, saved before it is taken, so that a restarted stream makes the same batch again. */
type BatchPlan = z.infer<typeof BatchPlanSchema>

/** Plans below `checkpoint_base`, a folder a run. Losing one costs the same cut into batches, never a row. */
class PlanStore {
  constructor(
    private readonly store: ObjectStore,
    private readonly folder: string,
  ) {}

  async read(batch: number): Promise<BatchPlan | null> {
    const bytes = await this.store.get(this.key(batch))
    if (bytes === null) return null
    try {
      return BatchPlanSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
    } catch {
      return null
    }
  }

  async write(plan: BatchPlan): Promise<void> {
    await this.store.put(this.key(plan.batch), `${JSON.stringify(plan)}\n`)
  }

  private readonly key = (batch: number) =>
    `${this.folder}/plans/${String(batch).padStart(6, '0')}.json`
}
