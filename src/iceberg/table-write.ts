import { randomBytes, randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { CommitFailedError, LakebenchError } from '../contracts/errors'
import { carriedOver } from '../contracts/lineage'
import { explainDiskError } from '../shared/disk-error'
import type { FileSystem } from '../shared/file-system'
import { ensureFolder } from '../shared/folders'
import { settleDataFiles } from './check-files'
import { damagedBy, FileMissing, vanished } from './damage'
import { stringifyExactJson } from './exact-json'
import {
  addedEntry,
  deletedEntry,
  describeManifest,
  encodeManifestList,
  liveFilesCount,
  type ManifestFile,
  STATUS,
} from './manifest'
import { chunks, rewriteManifests, type WrittenManifest, writeManifest } from './manifest-write'
import { currentSchema, currentSnapshot, currentSpec, specById } from './metadata'
import { snapshotSummary, withSnapshot } from './next-metadata'
import { LostRace, PublishUnknown, publish } from './publish'
import {
  canonicalLocation,
  readLiveEntries,
  readManifestList,
  readNewest,
  snapshotOf,
  type TableVersion,
} from './read-table'
import {
  dataDir,
  filesOfWriter,
  highestVersion,
  leaseDir,
  metadataDir,
  removeFiles,
  requireOwnFolders,
  writeHint,
  writeNew,
} from './table-files'
import { planTable, type TablePlan, type WriteOptions } from './table-plan'
import type { CommitOutcome, DataFile } from './types'
import { publishWriterLease, removeWriterLease } from './writer-lease'

/** Retries after a lost race, and the time they may take together. */
const RETRIES = 20
const RETRY_DEADLINE_MS = 60_000
const BACKOFF_MS = { first: 10, most: 1000 }

export interface CommitOptions {
  readonly summary?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Paths of live files that a rewrite takes out. */
  readonly replaced?: ReadonlySet<string>
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

/** @throws CommitFailedError, PrerequisiteError (folder, file system, damaged table). */
export async function openWrite(
  fs: FileSystem,
  at: string,
  options: WriteOptions,
): Promise<TableWrite> {
  try {
    const found = await canonicalLocation(fs, at)
    const base = found === null ? null : await readNewest(fs, found)
    requireUnmoved(base, options)
    if (base === null && !mayCreate(options)) throw vanished(at)
    const plan = planTable(base?.metadata ?? null, options)
    const place = base?.location ?? resolve(at)
    for (const folder of [dataDir(place), leaseDir(place)])
      await ensureFolder(folder, base?.location, fs)
    const location = await fs.realpath(place)
    await requireOwnFolders(fs, location)
    // A damaged table is told before anything is computed for it.
    if (base !== null && options.mode === 'replace') await snapshotOf(fs, base, false)
    const writer = randomUUID()
    await publishWriterLease(fs, location, writer)
    return new Write(fs, location, writer, options, base, plan)
  } catch (error) {
    throw explainDiskError(error, `write to the table at ${at}`)
  }
}

const mayCreate = ({ mode, requires, creates }: WriteOptions) =>
  creates ?? (mode !== 'rewrite' && requires === undefined)

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
  private state: 'open' | 'committing' | CommitOutcome['state'] = 'open'
  private readonly snapshotId = newSnapshotId()
  private readonly commitId = randomUUID()
  private attempts = 0
  /** Sequence numbers in manifests are left to the manifest list, so that they serve every attempt. */
  private manifests: readonly WrittenManifest[] | null = null
  /** What lost attempts left behind. */
  private readonly rests: string[] = []

  constructor(
    private readonly fs: FileSystem,
    private readonly location: string,
    readonly writer: string,
    private readonly options: WriteOptions,
    private readonly opened: TableVersion | null,
    private readonly plan: TablePlan,
  ) {
    this.dataDir = dataDir(location)
    this.fieldIds = plan.fieldIds
  }

  async commit(files: readonly DataFile[], options: CommitOptions): Promise<CommitOutcome> {
    if (this.state !== 'open')
      return failed(new LakebenchError('COMMIT_FAILED', 'A write can be committed once only.'))
    this.state = 'committing'
    const outcome = await this.outcomeOf(files, options)
    this.state = outcome.state
    // The commit stands: nothing from here on may turn it into a failure.
    if (outcome.state === 'committed') await this.settle().catch(() => {})
    return outcome
  }

  async discard(): Promise<void> {
    if (this.state !== 'open' && this.state !== 'failed') return
    this.state = 'failed'
    const own = await filesOfWriter(this.fs, this.location, this.writer).catch(() => null)
    // What cannot be deleted now stays under the lease; a later run finds it once this process is gone.
    if (own !== null && (await removeFiles(this.fs, own)))
      await removeWriterLease(this.fs, this.location, this.writer)
  }

  private async outcomeOf(
    files: readonly DataFile[],
    options: CommitOptions,
  ): Promise<CommitOutcome> {
    const { signal } = options
    try {
      await settleDataFiles(this.fs, this.location, files)
      // The signal is not handed to pRetry, which would answer a commit that succeeded with the abort.
      const version = await pRetry(() => this.attempt(files, options), {
        retries: RETRIES,
        minTimeout: 0,
        maxRetryTime: RETRY_DEADLINE_MS,
        shouldRetry: ({ error }) => error instanceof LostRace,
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (error instanceof LostRace && retriesLeft > 0) await backOff(attemptNumber, signal)
        },
      })
      return { state: 'committed', version, snapshotId: String(this.snapshotId) }
    } catch (error) {
      if (error instanceof PublishUnknown)
        return {
          state: 'unknown',
          commitId: this.commitId,
          snapshotId: String(this.snapshotId),
          cause: error,
        }
      if (signal?.aborted) return failed(signal.reason)
      if (error instanceof LostRace) {
        return failed(
          new CommitFailedError(
            `Other writers were faster each time: ${this.attempts} attempts. Try again later.`,
          ),
        )
      }
      return failed(explainDiskError(error, `commit to ${this.location}`))
    }
  }

  /** One attempt on the newest version; resolves to the version that it published. */
  private async attempt(files: readonly DataFile[], options: CommitOptions): Promise<number> {
    const { signal, summary = {}, replaced } = options
    const { fs, location, writer } = this
    signal?.throwIfAborted()
    const attempt = ++this.attempts
    const base = await readNewest(fs, location)
    const plan = this.validate(base)
    const { kept, rewritten } = await this.unlessOutrun(base, () =>
      this.carriedOver(base, replaced, attempt),
    )
    this.manifests ??= await this.unlessOutrun(base, () => this.writeManifests(files, base))
    const manifests = [...this.manifests, ...rewritten]
    const sequence = (base?.metadata['last-sequence-number'] ?? 0) + 1
    const snapshot = { id: this.snapshotId, sequence: BigInt(sequence) }
    const own = manifests.map(m => describeManifest(m.path, m.bytes, m.entries, m.spec, snapshot))
    const parent = base && currentSnapshot(base.metadata)
    const list = join(metadataDir(location), `snap-${this.snapshotId}-${attempt}-${writer}.avro`)
    const staged = join(metadataDir(location), `${writer}-${attempt}.metadata.json`)
    this.rests.push(staged)
    await writeNew(
      fs,
      list,
      encodeManifestList([...own, ...kept], {
        ...snapshot,
        parent: parent?.['snapshot-id'] ?? null,
      }),
    )
    // Names are durable before the version that needs them.
    await fs.sync(metadataDir(location))
    const entries = manifests.flatMap(m => m.entries)
    // Rows that stay keep what was said of them, whoever appended meanwhile.
    const sameRows =
      this.options.mode === 'rewrite' || (this.options.mode === 'append' && files.length === 0)
    const said =
      sameRows && parent ? carriedOver(String(parent['snapshot-id']), parent.summary ?? {}) : {}
    const keepsTotals = this.options.mode !== 'replace' || base?.metadata.location === location
    const metadata = withSnapshot(
      base,
      location,
      plan,
      {
        id: this.snapshotId,
        sequence,
        commitId: this.commitId,
        manifestList: list,
        summary: snapshotSummary({
          operation: operationOf(this.options.mode, parent !== null),
          commitId: this.commitId,
          added: entries.filter(e => e.status === STATUS.added),
          removed: entries.filter(e => e.status === STATUS.deleted),
          parent: keepsTotals && parent ? parent.summary : null,
          extra: { ...said, ...summary },
        }),
      },
      Date.now(),
    )
    await writeNew(fs, staged, Buffer.from(stringifyExactJson(metadata)))
    signal?.throwIfAborted()
    const version = (base?.version ?? 0) + 1
    try {
      await publish(fs, location, staged, version, this.commitId)
    } catch (error) {
      if (error instanceof LostRace) this.rests.push(list, ...rewritten.map(m => m.path))
      throw error
    }
    return version
  }

  /** The plan on the table as it is now, if this write still fits it. */
  private validate(base: TableVersion | null): TablePlan {
    const { opened, options, plan } = this
    const conflict = (what: string) =>
      new CommitFailedError(`${what} since this write began. Nothing was changed; run it again.`)
    if (opened !== null && base === null) throw vanished(this.location)
    if (opened !== null && base?.metadata['table-uuid'] !== opened.metadata['table-uuid']) {
      throw conflict(`The table at ${this.location} was deleted or created anew`)
    }
    options.requires?.(base?.metadata.properties ?? {})
    if (base === null) return plan
    requireUnmoved(base, options)
    if (options.mode === 'replace') {
      const [before, now] = [
        opened && currentSnapshot(opened.metadata),
        currentSnapshot(base.metadata),
      ]
      if (opened === null || before?.['snapshot-id'] !== now?.['snapshot-id']) {
        throw conflict(`Another writer committed to ${this.location}`)
      }
    }
    // The files were written with the ids of `plan`: these must mean the same in the table as it is now.
    const now = planTable(base.metadata, options)
    const meaning = ({ schema, fieldIds, spec }: TablePlan) =>
      JSON.stringify([
        schema['schema-id'],
        fieldIds,
        spec['spec-id'],
        spec.fields.map(f => [f['source-id'], f['field-id'], f.transform]),
      ])
    const current = ({ metadata }: TableVersion) =>
      `${currentSchema(metadata)['schema-id']}/${currentSpec(metadata)['spec-id']}`
    if (meaning(now) !== meaning(plan) || (opened !== null && current(base) !== current(opened))) {
      throw conflict(`The schema or partitioning of ${this.location} changed`)
    }
    return now
  }

  /** Manifests of the base that stay as they are, and those of a rewrite that had to be written anew. */
  private async carriedOver(
    base: TableVersion | null,
    replaced: ReadonlySet<string> | undefined,
    attempt: number,
  ): Promise<{ kept: readonly ManifestFile[]; rewritten: readonly WrittenManifest[] }> {
    const current = base && currentSnapshot(base.metadata)
    if (!base || !current || this.options.mode === 'replace') return { kept: [], rewritten: [] }
    if (this.options.mode === 'rewrite') {
      const prefix = join(metadataDir(this.location), `${this.writer}-r${attempt}`)
      return rewriteManifests(
        this.fs,
        base,
        current,
        replaced ?? new Set(),
        this.snapshotId,
        prefix,
      )
    }
    const kept = (await readManifestList(this.fs, base, current)).filter(m => liveFilesCount(m) > 0)
    return { kept, rewritten: [] }
  }

  /** The new files, and for a replace every file of the base as deleted. */
  private async writeManifests(
    files: readonly DataFile[],
    base: TableVersion | null,
  ): Promise<WrittenManifest[]> {
    const { plan, snapshotId } = this
    const added = files.map(file => addedEntry(file, plan.schema, plan.spec, snapshotId))
    const groups = chunks(added).map(entries => ({ entries, spec: plan.spec }))
    const current = base && currentSnapshot(base.metadata)
    if (
      this.options.mode === 'replace' &&
      base &&
      current &&
      base.metadata.location === this.location
    ) {
      for (const { manifest, entries } of await readLiveEntries(this.fs, base, current)) {
        const spec = specById(base.metadata, manifest.partition_spec_id)
        const gone = entries.map(entry => deletedEntry(entry, snapshotId))
        groups.push(...chunks(gone).map(e => ({ entries: e, spec })))
      }
    }
    const written: WrittenManifest[] = []
    for (const { entries, spec } of groups) {
      const path = join(metadataDir(this.location), `${this.writer}-m${written.length}.avro`)
      written.push(await writeManifest(this.fs, path, entries, plan.schema, spec))
    }
    return written
  }

  /** A file of the base that is gone means another writer moved on, or damage. */
  private async unlessOutrun<T>(base: TableVersion | null, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof FileMissing)) throw error
      const highest = await highestVersion(this.fs, this.location)
      if (highest !== base?.version) throw new LostRace(highest)
      throw damagedBy(error, this.location)
    }
  }

  private async settle(): Promise<void> {
    const clean = await removeFiles(this.fs, this.rests)
    await writeHint(this.fs, this.location)
    if (clean) await removeWriterLease(this.fs, this.location, this.writer)
  }
}

function operationOf(
  mode: WriteOptions['mode'],
  hasParent: boolean,
): 'append' | 'overwrite' | 'replace' {
  if (mode === 'rewrite') return 'replace'
  return mode === 'replace' && hasParent ? 'overwrite' : 'append'
}

function failed(cause: unknown): CommitOutcome {
  return { state: 'failed', cause: cause instanceof Error ? cause : new Error(String(cause)) }
}

/** Full jitter: anywhere between at once and a limit that doubles. */
async function backOff(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const limit = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (attempt - 1))
  await sleep(Math.random() * limit, undefined, { signal })
}

/** 63 bits, never 0. */
function newSnapshotId(): bigint {
  return (randomBytes(8).readBigUInt64BE() >> 1n) | 1n
}
