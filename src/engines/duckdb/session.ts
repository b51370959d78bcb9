import { addAbortListener } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { DuckDBConnection, DuckDBInstance, DuckDBMaterializedResult } from '@duckdb/node-api'
import { PrerequisiteError } from '../../contracts/errors'
import { type JobProgress, UNCOUNTED } from '../../contracts/jobs'
import { MIB } from '../../shared/format'
import { every, guarded } from '../../shared/guard'

export interface SessionSettings {
  readonly threads: number
  /** Bytes. */
  readonly memory: number
}

export interface StatementOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: JobProgress) => void
  /** Set on the statement's own connection; what another statement depends on, it has to set as well. */
  readonly settings?: Readonly<Record<string, number>>
  /**
   * Takes turns with other statements on DuckDB's threads, of which this one is then one. Otherwise a thread of Node's pool
   * waits for the statement, and there are four, so that a fifth would not begin before another has ended.
   */
  readonly interleaved?: boolean
}

const PROGRESS_POLL_MS = 150
const INTERRUPT_AGAIN_MS = 20

/**
 * One DuckDB in this process. The binary comes inside its npm package; nothing is downloaded: extensions are neither
 * installed nor loaded on demand.
 */
export class DuckDbSession {
  readonly version: string
  private readonly instance: DuckDBInstance
  private readonly idle: DuckDBConnection[] = []
  /** Who is reading files of a table's snapshot now. */
  readonly readers = new Readers()
  private readonly scratch: string
  private closed = false
  private keepsFiles = true

  private constructor(instance: DuckDBInstance, version: string, scratch: string) {
    this.instance = instance
    this.version = version
    this.scratch = scratch
  }

  /** @param scratch folder for spilled data, of this session alone: emptied now and removed on close */
  static async open(scratch: string): Promise<DuckDbSession> {
    const { DuckDBInstance, version } = await import('@duckdb/node-api').catch(cause => {
      throw new PrerequisiteError(
        'The embedded engine cannot be loaded. Its binary comes with the npm package @duckdb/node-api; run `npm ci` on this machine (not with --omit=optional).',
        { cause },
      )
    })
    try {
      // What a killed process spilled is still there.
      rmSync(scratch, { recursive: true, force: true })
      mkdirSync(scratch, { recursive: true })
    } catch (cause) {
      throw new PrerequisiteError(
        `The storage folder ${scratch} cannot be written (${(cause as Error).message}). Set platform.storage.path to a folder you may write.`,
        { cause },
      )
    }
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      temp_directory: scratch,
      preserve_insertion_order: 'false',
    })
    const session = new DuckDbSession(instance, version(), scratch)
    await session.withConnection(connection =>
      connection.run('SET GLOBAL parquet_metadata_cache = true'),
    )
    return session
  }

  /** Forgets cached footers and pages; footers are not cached any more after that. */
  async forgetFiles(): Promise<void> {
    await this.withConnection(async connection => {
      // Setting the cache off and on again empties it.
      await connection.run('SET GLOBAL enable_external_file_cache = false')
      if (this.keepsFiles) await connection.run('SET GLOBAL enable_external_file_cache = true')
      await connection.run('SET GLOBAL parquet_metadata_cache = false')
    })
  }

  /** Keep nothing of files any more: where they come and go, memory would fill up with what is never read again. */
  async keepNoFiles(): Promise<void> {
    this.keepsFiles = false
    await this.forgetFiles()
  }

  async configure(settings: SessionSettings): Promise<void> {
    await this.withConnection(async connection => {
      await connection.run(`SET threads = ${Math.max(1, Math.floor(settings.threads))}`)
      await connection.run(
        `SET memory_limit = '${Math.max(1, Math.floor(settings.memory / MIB))}MiB'`,
      )
    })
  }

  /**
   * Run one statement to its end; interrupts it when the signal fires and then rejects with the signal's reason.
   * Connections are pooled, so statements may run side by side.
   */
  async run(sql: string, options: StatementOptions): Promise<DuckDBMaterializedResult> {
    const { signal, onProgress, settings = {}, interleaved = false } = options
    signal.throwIfAborted()
    return this.withConnection(async connection => {
      for (const [name, value] of Object.entries(settings))
        await connection.run(`SET SESSION ${name} = ${value}`)
      signal.throwIfAborted()
      let interrupts: NodeJS.Timeout | null = null
      // An interrupt before the statement has really started is forgotten, so it is repeated until the statement ends.
      const interrupt = guarded(() => {
        interrupts = every(INTERRUPT_AGAIN_MS, () => connection.interrupt())
        connection.interrupt()
      })
      const listener = addAbortListener(signal, interrupt)
      const timer = onProgress
        ? every(PROGRESS_POLL_MS, () => onProgress(progressOf(connection)))
        : null
      try {
        const result = interleaved
          ? await runInterleaved(connection, sql)
          : await connection.run(sql)
        signal.throwIfAborted()
        return result
      } catch (error) {
        signal.throwIfAborted()
        throw error
      } finally {
        if (timer) clearInterval(timer)
        if (interrupts) clearInterval(interrupts)
        listener[Symbol.dispose]()
      }
    })
  }

  /** Rows of a small result as JSON-like objects (integers beyond 2^53 and dates are strings). */
  async rows(sql: string, options: StatementOptions): Promise<Record<string, unknown>[]> {
    const result = await this.run(sql, options)
    return (await result.getRowObjectsJson()) as Record<string, unknown>[]
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const connection of this.idle) connection.closeSync()
    this.instance.closeSync()
    rmSync(this.scratch, { recursive: true, force: true })
  }

  private async withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.idle.pop() ?? (await this.newConnection())
    try {
      return await use(connection)
    } finally {
      this.idle.push(connection)
    }
  }

  private async newConnection(): Promise<DuckDBConnection> {
    const connection = await this.instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    await connection.run('SET enable_progress_bar = true')
    await connection.run('SET enable_progress_bar_print = false')
    return connection
  }
}

/** A task at a time, the event loop between them. */
async function runInterleaved(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBMaterializedResult> {
  const pending = await connection.start(sql)
  const { DuckDBPendingResultState } = await import('@duckdb/node-api')
  try {
    for (;;) {
      const state = pending.runTask()
      if (state === DuckDBPendingResultState.RESULT_READY) break
      // Without a task, other threads work on the statement.
      if (state === DuckDBPendingResultState.NO_TASKS_AVAILABLE) await setTimeout(1)
      else await setImmediate()
    }
  } catch (error) {
    throw new Error(
      (error as Error).message.replace(/^Failure running pending result task: /, ''),
      { cause: error },
    )
  }
  return (await pending.getResult()) as DuckDBMaterializedResult
}

/** Progress by what the statement's scans have to read. DuckDB's count of rows is an estimate over all its operators, so it is left out. */
function progressOf(connection: DuckDBConnection): JobProgress {
  const { percentage } = connection.progress
  return { ...UNCOUNTED, fraction: percentage >= 0 ? Math.min(1, percentage / 100) : null }
}

/** The same statement options, with the phase of the job beside what is reported. */
export function inPhase(options: StatementOptions, phase: string): StatementOptions {
  const { onProgress } = options
  if (!onProgress) return options
  onProgress({ ...UNCOUNTED, phase })
  return { ...options, onProgress: progress => onProgress({ ...progress, phase }) }
}

/** A value as a SQL string literal. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A name as a SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Files as the argument of `read_parquet`. Glob characters in a path would be expanded, so they are bracketed. */
export const fileList = (paths: readonly string[]): string =>
  `[${paths.map(p => quoted(p.replace(/[*?[]/g, c => `[${c}]`))).join(', ')}]`

/** Version of the DuckDB that is installed. */
export async function duckDbVersion(): Promise<string> {
  return (await import('@duckdb/node-api')).version()
}

/**
 * Readers of tables in this process. A file that a dropped snapshot leaves may be deleted once the readers that began before
 * the drop have ended; those that begin later see the newer snapshot.
 */
export class Readers {
  private readonly running = new Set<Promise<unknown>>()

  /** Run `work`, from looking up a snapshot to the last read of its files. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    const running = work()
    this.running.add(running)
    try {
      return await running
    } finally {
      this.running.delete(running)
    }
  }

  /** Resolves when everyone who reads now has ended. */
  async quiesced(): Promise<void> {
    await Promise.allSettled(this.running)
  }
}
