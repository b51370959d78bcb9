import type { JobProgress } from './jobs'
import type { JobMetrics } from './metrics'
import type { StreamName } from './streams'

/** Fields of every event. `at` is ISO-8601 UTC. */
export interface EventBase {
  /** Id of the run. */
  readonly run_id: string
  /** When it was emitted, ISO-8601 UTC. */
  readonly at: string
}

/** How a run, a stage or a query ended. */
export type EndStatus = 'succeeded' | 'failed' | 'aborted' | 'skipped'

/** Rows, bytes and rates of a stage, as `jobs[]` of the record has them. */
export type StageVolumes = Pick<
  JobMetrics,
  | 'input_rows'
  | 'output_rows'
  | 'bytes_read'
  | 'bytes_written'
  | 'throughput_gb_per_second'
  | 'throughput_rows_per_second'
>

/** Event name to payload. The names are also those in `events.jsonl`. */
export interface EventMap {
  /** The plan is saved and the first stage is about to start. */
  'run:start': EventBase & {
    /** Name of the deployment. */
    readonly name: string
    /** `batch` or `continuous`. */
    readonly mode: string
    /** Names of the stages, in order. */
    readonly stages: readonly string[]
    /** Folder of the run's documents. */
    readonly run_dir: string
  }
  /** Something has to be had before the first stage, e.g. a download. */
  'run:wait': EventBase & {
    /** Something that has to be had first, e.g. a download. */
    readonly message: string
  }
  /** Work behind the last stage that is in no stage's time, e.g. `checking silver-build`, `writing the record`. */
  'run:phase': EventBase & {
    /** Work that is done now. */
    readonly phase: string
  }
  /** The record is written. */
  'run:end': EventBase & {
    /** How the run ended. */
    readonly status: EndStatus
    /** Whole run, milliseconds. */
    readonly duration_ms: number
    /** Folder of the run's documents. */
    readonly run_dir: string
    /** Why it failed; `null` where it did not. */
    readonly error_message: string | null
  }
  /** A stage begins. */
  'stage:start': EventBase & {
    /** Name of the stage. */
    readonly stage: string
    /** Its place, from 0. */
    readonly index: number
    /** How many stages there are. */
    readonly total: number
  }
  /** Real progress of the work in a stage; at most ten a second. */
  'stage:progress': EventBase & {
    /** Name of the stage. */
    readonly stage: string
  } & JobProgress
  /** A stage is over, however it ended. */
  'stage:end': EventBase & {
    /** Name of the stage. */
    readonly stage: string
    /** How it ended. */
    readonly status: EndStatus
    /** Milliseconds. */
    readonly duration_ms: number
    /** Why it failed; `null` where it did not. */
    readonly error_message: string | null
    /** Counts of the stage's data in the record; `null` where it has no entry in `jobs[]`. */
    readonly job: StageVolumes | null
  }
  /** A job was handed to its engine. */
  'job:submit': EventBase & {
    /** Stage that the job is of. */
    readonly stage: string
    /** Name of the engine. */
    readonly engine: string
    /** Kind of job. */
    readonly job: string
    /** More of it, e.g. its application; `null` where there is none. */
    readonly detail: string | null
  }
  /** A job of a stage changed its state. */
  'job:state': EventBase & {
    /** Stage that the job is of. */
    readonly stage: string
    /** State as the engine names it. */
    readonly state: string
    /** More of it; `null` where there is none. */
    readonly detail: string | null
  }
  /** One execution of a query begins. */
  'query:start': EventBase & {
    /** Name of the query. */
    readonly query: string
    /** 0 in the power part, else the stream. */
    readonly stream: number
    /** Execution, from 0. */
    readonly iteration: number
  }
  /** One execution of a query is over. */
  'query:end': EventBase & {
    /** Name of the query. */
    readonly query: string
    /** 0 in the power part, else the stream. */
    readonly stream: number
    /** Execution, from 0. */
    readonly iteration: number
    /** How it ended. */
    readonly status: EndStatus
    /** From sending it until its answer was here, milliseconds. */
    readonly duration_ms: number
    /** Rows of the answer; `null` where it failed. */
    readonly rows: number | null
    /** Why it failed; `null` where it did not. */
    readonly error_message: string | null
  }
  /** A benchmark round of continuous mode. */
  'round:start': EventBase & {
    /** Number of the round, from 1. */
    readonly round: number
  }
  /** A round of queries of a continuous run is over. */
  'round:end': EventBase & {
    /** Number of the round, from 1. */
    readonly round: number
    /** Queries per hour of the round; `null` where it is invalid. */
    readonly qph: number | null
    /** Milliseconds. */
    readonly duration_ms: number
    /** Age of gold when the round began; `null` where it is not known. */
    readonly gold_freshness_seconds: number | null
    /** Q9 failed at first, as gold was replaced under it. */
    readonly q9_contention: boolean
    /** Why there is no QpH. */
    readonly invalid_reasons: readonly string[]
  }
  /** The state of the streams of a continuous run, once a second. */
  'stream:progress': EventBase & {
    /** Seconds since the start of the window. */
    readonly elapsed_seconds: number
    /** Planned length of the window, seconds. */
    readonly planned_seconds: number
    /** The window, or draining after it. */
    readonly phase: 'window' | 'drain'
    /** Age of gold; `null` before its first commit. */
    readonly staleness_seconds: number | null
    /** Rows that landed and are not in bronze; `null` where it is not known. */
    readonly bronze_backlog_rows: number | null
    /** Rows in bronze that silver has not read; `null` where it is not known. */
    readonly silver_backlog_rows: number | null
    /** Rows a second by stream, over its last batches; `null` before the first. */
    readonly rows_per_second: Readonly<Record<StreamName, number | null>>
    /** `null` where no further round will be. */
    readonly next_round_at: number | null
  }
  /** A table has a new snapshot. */
  'batch:commit': EventBase & {
    /** Name of the table, `namespace.table`. */
    readonly table: string
    /** Id of the snapshot. */
    readonly snapshot_id: string
    /** Rows that it wrote. */
    readonly rows: number
    /** Data files that it wrote. */
    readonly files: number
    /** The stream, in continuous mode. */
    readonly stream?: StreamName
    /** Number of the batch; of a stream. */
    readonly batch?: number
    /** From the trigger to the commit, milliseconds; of a stream. */
    readonly duration_ms?: number
  }
  /** Something was clamped, retried or fell back; also kept in the record. */
  warning: EventBase & {
    /** Event and its meaning, one sentence. */
    readonly message: string
    /** Stage in which it happened; `null` outside of all. */
    readonly stage: string | null
  }
}

/** Names of events, keys of `EventMap`. */
export type EventName = keyof EventMap

/** One that is missing does not compile. */
const NAMES: Readonly<Record<EventName, true>> = {
  'run:start': true,
  'run:wait': true,
  'run:phase': true,
  'run:end': true,
  'stage:start': true,
  'stage:progress': true,
  'stage:end': true,
  'job:submit': true,
  'job:state': true,
  'query:start': true,
  'query:end': true,
  'round:start': true,
  'round:end': true,
  'stream:progress': true,
  'batch:commit': true,
  warning: true,
}
export const EVENT_NAMES = Object.keys(NAMES) as readonly EventName[]

/** Payload without the fields that the emitter stamps. */
export type EventFields<K extends EventName> = Omit<EventMap[K], keyof EventBase>

/** Emit one typed event; run id and time are added by the emitter. */
export type Emit = <K extends EventName>(name: K, fields: EventFields<K>) => void

/** Listeners by event name, as options of `runBatch` take them. */
export type EventListeners = { readonly [K in EventName]?: (event: EventMap[K]) => void }
