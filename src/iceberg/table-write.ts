import { randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { CommitFailedError, LakebenchError } from '../contracts/errors'
import { explainDiskError } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { ensureFolder } from '../shared/folders'
import { syncDataFiles } from './check-files'
import { commitUpdates, inTurn, PublishUnknown } from './commit'
import { damagedBy, FileMissing, vanished } from './damage'
import { canonicalLocation, readNewest, snapshotOf, type TableVersion } from './read-table'
import { writeSnapshot } from './snapshot-write'
import { checkRequirements } from './table-change'
import { dataDir, metadataDir, ownFiles, removeFiles, requireOwnFolders } from './table-files'
import { planTable, type TablePlan, type WriteOptions } from './table-plan'
import type { CommitOutcome, DataFile } from './types'

export interface CommitOptions {
  readonly summary?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Paths of live files that a rewrite takes out. */
  readonly replaced?: ReadonlySet<string> | undefined
}

/** One write to a table: put Parquet files below `dataDir`, then commit or discard them. */
export interface TableWrite {
  /** Absolute folder for the data files; any folders below it. */
  readonly dataDir: string
  /** A name of this write alone; every file written must have it in its name. */
  readonly writer: string
  /** Ids that the Parquet files must carry: by column, and by `<list>.element`. */
  readonly fieldIds: Readonly<Record<string, number>>
  /**
   * Make `files` the table's content (replace), part of it (append), or put them in the place of the files `replaced`
   * (rewrite). Never rejects; may be called once.
   */
  commit(files: readonly DataFile[], options: CommitOptions): Promise<CommitOutcome>
  /** Delete this write's own files. Does nothing once it committed, or when that is unknown; never rejects. */
  discard(): Promise<void>
}

/** @throws CommitFailedError, PrerequisiteError (folder, damaged table). */
export async function openWrite(
  fs: FileSystem,
  at: string,
  options: WriteOptions,
): Promise<TableWrite> {
  try {
    const found = await canonicalLocation(fs, at)
    const base = found === null ? null : await readNewest(fs, found)
    requireUnmoved(base, options)
    // Who knows the table makes no other in its place, perhaps on another disk.
    const known = options.mode === 'rewrite' || options.requiredProperties !== undefined
    if (base === null && known) throw vanished(at)
    const place = base?.location ?? resolve(at)
    for (const folder of [dataDir(place), metadataDir(place)])
      await ensureFolder(folder, base?.location, fs)
    const location = await fs.realpath(place)
    await requireOwnFolders(fs, location)
    // A damaged table is told before anything is computed for it.
    if (base !== null && options.mode === 'replace') await snapshotOf(fs, base, false)
    return new Write(fs, location, options.mode, planTable(base, location, options))
  } catch (error) {
    throw explainDiskError(error, `write to the table at ${at}`)
  }
}

function requireUnmoved(base: TableVersion | null, { mode }: WriteOptions): void {
  if (mode !== 'replace' && base !== null && base.metadata.location !== base.location) {
    throw new CommitFailedError(
      `The table was moved from ${base.metadata.location} to ${base.location}, and its metadata names files by absolute path. Move it back, or build it again at the new place.`,
    )
  }
}

class Write implements TableWrite {
  readonly dataDir: string
  readonly fieldIds: Readonly<Record<string, number>>
  readonly writer = randomUUID()
  private state: 'open' | 'committing' | CommitOutcome['state'] = 'open'
  private readonly snapshotId = newSnapshotId()
  private readonly commitId = randomUUID()

  constructor(
    private readonly fs: FileSystem,
    private readonly location: string,
    private readonly mode: WriteOptions['mode'],
    private readonly plan: TablePlan,
  ) {
    this.dataDir = dataDir(location)
    this.fieldIds = plan.fieldIds
  }

  async commit(files: readonly DataFile[], options: CommitOptions): Promise<CommitOutcome> {
    if (this.state !== 'open')
      return failed(new LakebenchError('COMMIT_FAILED', 'A write can be committed once only.'))
    this.state = 'committing'
    const outcome = await this.publish(files, options).then(
      (version): CommitOutcome => ({
        state: 'committed',
        version,
        snapshotId: String(this.snapshotId),
      }),
      (error: unknown) => this.outcomeOf(error, options.signal),
    )
    this.state = outcome.state
    return outcome
  }

  async discard(): Promise<void> {
    if (this.state !== 'open' && this.state !== 'failed') return
    this.state = 'failed'
    const all = await ownFiles(this.fs, this.location).catch(() => [])
    // What cannot be deleted now is an orphan, which whoever holds the storage next removes.
    await removeFiles(
      this.fs,
      all.filter(path => path.includes(this.writer)),
    )
  }

  /** Resolves to the version that the commit made. */
  private async publish(
    files: readonly DataFile[],
    { signal, summary = {}, replaced = new Set() }: CommitOptions,
  ): Promise<number> {
    const { fs, location, mode, plan, writer, snapshotId, commitId } = this
    await syncDataFiles(fs, location, files)
    return inTurn(location, async () => {
      signal?.throwIfAborted()
      const base = await readNewest(fs, location)
      checkRequirements(location, base, plan.requirements)
      const { schema, spec } = plan
      const change = { mode, files, replaced, schema, spec, summary, writer, snapshotId, commitId }
      const snapshot = await writeSnapshot(fs, location, base, change)
      signal?.throwIfAborted()
      return commitUpdates(fs, location, base, [
        ...plan.updates,
        { action: 'add-snapshot', snapshot },
        { action: 'set-snapshot-ref', 'snapshot-id': snapshotId },
      ])
    })
  }

  private outcomeOf(error: unknown, signal: AbortSignal | undefined): CommitOutcome {
    const { commitId, snapshotId, location } = this
    if (error instanceof PublishUnknown)
      return { state: 'unknown', commitId, snapshotId: String(snapshotId), cause: error }
    if (signal?.aborted) return failed(signal.reason)
    if (error instanceof FileMissing) return failed(damagedBy(error, location))
    return failed(explainDiskError(error, `commit to ${location}`))
  }
}

function failed(cause: unknown): CommitOutcome {
  return { state: 'failed', cause: cause instanceof Error ? cause : new Error(String(cause)) }
}

/** 63 bits, never 0. */
function newSnapshotId(): bigint {
  return (randomBytes(8).readBigUInt64BE() >> 1n) | 1n
}
