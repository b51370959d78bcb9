import type { Job, JobProgress, JobResult } from './jobs'
import type { BronzeProfile, Capacity, RunPlan } from './plan'
import type { StreamEngine } from './streams'
import type { TableFiles, TableRole } from './tables'

export type { JobProgress }

/** Name and version of an engine, for the record. */
export interface EngineDescription {
  /** e.g. `duckdb`. For records and messages, never for decisions. */
  readonly name: string
  /** Version as the engine tells it. */
  readonly version: string
  /** Settings and facts that explain a time, by name. */
  readonly details: Readonly<Record<string, string | number | boolean>>
}

/** Carries out stage jobs. One conformance suite runs on every adapter. */
export interface ComputeEngine {
  /** Traits that callers ask for in place of the name. */
  readonly capabilities: {
    /** Jobs run on threads of this process, so executors of a plan are threads and memory here. */
    readonly inProcess: boolean
    /** Strategies that differ in how they really write. */
    readonly strategies: readonly string[]
  }
  /** Asked once, before planning. */
  capacity(): Promise<Capacity>
  /** Called once with the saved plan, before the first job: what the plan grants is what the engine uses. */
  prepare(plan: RunPlan, run: RunDirectory): Promise<void>
  /**
   * Run one job to its end. Rejects with `JobFailedError` when the work failed, with the signal's reason when aborted; in
   * both cases nothing half-written is visible and nothing keeps running.
   */
  run<J extends Job>(job: J, options: RunJobOptions): Promise<JobResult<J['kind']>>
  /** Continuous mode; left out by engines that have none. */
  readonly streams?: StreamEngine
  /** A light look at the raw data (sizes and event dates), for a silver build whose run did not verify. */
  profile(options: { signal: AbortSignal }): Promise<BronzeProfile>
  /** Remove what the replaced content of a table leaves in storage; called when no query is under way. */
  expireSnapshots(
    role: Exclude<TableRole, 'bronze'>,
    options: { signal: AbortSignal },
  ): Promise<void>
  /** Order-insensitive digest of a table's current content; hex. Excludes columns that depend on the wall clock. */
  fingerprint(role: Exclude<TableRole, 'bronze'>, options: { signal: AbortSignal }): Promise<string>
  /** Name, version and details, for the record. */
  describe(): Promise<EngineDescription>
  /** Release everything; nothing of the engine runs on. */
  close(): Promise<void>
}

/** The run that an engine works for. */
export interface RunDirectory {
  /** Id of the run. */
  readonly run_id: string
  /** Its folder on this machine, where an engine may leave its log. */
  readonly run_dir: string
}

/** How a job is run. */
export interface RunJobOptions {
  /** Ends the job. */
  readonly signal: AbortSignal
  /** Told of real progress, as often as the engine knows it. */
  readonly onProgress?: (progress: JobProgress) => void
  /** State of the job in an engine that has states, e.g. `starting`. */
  readonly onState?: (state: string, detail: string | null) => void
}

/** A column of an answer. */
export interface ResultColumn {
  /** Name as the engine gives it. */
  readonly name: string
  /** Engine's own spelling of the type. */
  readonly type: string
}

/** Values are `null | boolean | number | bigint | string`; dates as `YYYY-MM-DD`, timestamps as ISO-8601 without zone (UTC). */
export type CellValue = null | boolean | number | bigint | string

/** The answer to a query, and how long it took. */
export interface QueryResponse {
  /** Columns in the order of the values in a row. */
  readonly columns: readonly ResultColumn[]
  /** Every row of the answer. */
  readonly rows: readonly (readonly CellValue[])[]
  /** Until the result was ready, seconds; fetching it is not in it. */
  readonly engine_seconds: number
  /** From the result being ready until the last row was here, seconds. */
  readonly fetch_seconds: number
  /** Bytes the engine read from storage; `null` where it cannot tell. */
  readonly bytes_read: number | null
  /** Bytes among these that no cache held; `null` where the engine cannot tell. */
  readonly bytes_from_device: number | null
  /** The server's own statistics; left out by engines in this process. */
  readonly server?: ServerStatistics
}

/** A query server's own account of one query. Unknown is `null`. */
export interface ServerStatistics {
  /** The server's id of the query, e.g. for its web page. */
  readonly query_id: string
  /** From creation to the end, queueing and planning included. */
  readonly elapsed_seconds: number | null
  /** Waiting for its turn. */
  readonly queued_seconds: number | null
  /** Planning. */
  readonly planning_seconds: number | null
  /** CPU time on all workers together. */
  readonly cpu_seconds: number | null
  /** Rows that were read, from storage and caches. */
  readonly processed_rows: number | null
  /** Bytes of these rows, uncompressed. */
  readonly processed_bytes: number | null
  /** Read from storage, caches left out. */
  readonly physical_bytes: number | null
  /** Most memory that the query held at one moment, on all workers together. */
  readonly peak_memory_bytes: number | null
}

/** Result of a cache flush. `proven` only where the engine can show it. */
export interface CacheFlush {
  /** Whether the engine shows that its caches are empty. */
  readonly proven: boolean
  /** How that is known, or why it is not; one sentence. */
  readonly detail: string
}

/** How a query is sent. */
export interface QueryOptions {
  /** Ends the query, on its server too. */
  readonly signal: AbortSignal
  /** Queries that are under way side by side with this one, itself included. Default 1. */
  readonly streams?: number
}

/** Answers SQL. The benchmark's timing loop works on any of these. */
export interface QueryEngine {
  /** The dialect its SQL is rendered in. */
  readonly dialect: DialectName
  /** Traits that callers ask for in place of the name. */
  readonly capabilities: {
    /** Can show that a cold query read its bytes from storage. */
    readonly provesColdCache: boolean
    /** Says how many bytes a query read. */
    readonly reportsBytesRead: boolean
  }
  /** `{bronze}`, `{silver}` and `{gold}` in the text stand for the tables. Rejects with `QueryFailedError`. */
  query(sql: string, options: QueryOptions): Promise<QueryResponse>
  /** The tables by their own metadata, where the engine can read that; one that is not there is left out. */
  tables?(): Promise<Partial<Record<Exclude<TableRole, 'bronze'>, TableFiles>>>
  /** Drop what the engine keeps of earlier queries. */
  flushCaches(): Promise<CacheFlush>
  /** Name, version and details, for the record. */
  describe(): Promise<EngineDescription>
  /** Release everything; no query runs on. */
  close(): Promise<void>
}

/** Name of a dialect that the workload is rendered in. */
export type DialectName = 'duckdb' | 'spark' | 'trino'

/** An object as a listing has it. */
export interface ObjectInfo {
  /** Path below the store's root, `/` between parts. */
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modified: number
  /** The service's own tag of the content; left out by stores that have none. */
  readonly etag?: string
  /** Identity of the file itself: the same for all keys that lead to it; left out by stores without links. */
  readonly identity?: string
  /** The key may be one of several that lead to the file: it has further names (`hard`), or this one leads through a link. */
  readonly alias?: 'hard' | 'link'
}

/** How objects are listed. */
export interface ListOptions {
  /** Whether files and folders below the prefix that have this name are of no interest: a store need not look at them. */
  readonly ignore?: (name: string) => boolean
}

/** Bytes `start` to `start + length - 1`. */
export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number
  /** How many bytes. */
  readonly length: number
}

/** A place for raw files, manifests and result documents. Keys use `/`; a key that leaves the root is refused. */
export interface ObjectStore {
  /**
   * Every object below `prefix`, sorted by key. A missing prefix is an empty list. Links are followed, each folder once; rejects
   * with PrerequisiteError for a link to nothing.
   */
  list(prefix: string, options?: ListOptions): Promise<readonly ObjectInfo[]>
  /** `null` where there is none. With a range only those bytes, fewer where the object ends before. */
  get(key: string, range?: ByteRange): Promise<Uint8Array | null>
  /** Whole or not at all; replaces. `ifAbsent` refuses to replace and returns false. */
  put(key: string, body: Uint8Array | string, options?: { ifAbsent?: boolean }): Promise<boolean>
  /** Remove it; no error where there is none. */
  delete(key: string): Promise<void>
  /** Address that an engine on this machine opens: a path or a URI. */
  location(key: string): string
}

/** The health of one part that a config names: a store, a catalog, a query engine, a Spark. */
export interface PartStatus {
  /** e.g. `store`, `catalog`, `query engine`, `spark`. */
  readonly part: string
  /** Where it is, without secrets. */
  readonly address: string
  /** Whether a run could use it now. */
  readonly healthy: boolean
  /** As the part says it; `null` where it does not. */
  readonly version: string | null
  /** Duration of one small request, milliseconds. */
  readonly latency_ms: number | null
  /** Abilities, or problems and their remedies; one sentence each. */
  readonly details: readonly string[]
}
