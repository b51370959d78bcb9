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
    readonly name: string
    readonly mode: string
    readonly stages: readonly string[]
    readonly run_dir: string
  }
  /** Something has to be had before the first stage, e.g. a download. */
  'run:wait': EventBase & { readonly message: string }
  /** Work behind the last stage that is in no stage's time, e.g. `checking silver-build`, `writing the record`. */
  'run:phase': EventBase & { readonly phase: string }
  /** The record is written. */
  'run:end': EventBase & {
    readonly status: EndStatus
    readonly duration_ms: number
    readonly run_dir: string
    readonly error_message: string | null
  }
  /** A stage begins. */
  'stage:start': EventBase & {
    readonly stage: string
    readonly index: number
    readonly total: number
  }
  /** Real progress of the work in a stage; at most ten a second. */
  'stage:progress': EventBase & { readonly stage: string } & JobProgress
  /** A stage is over, however it ended. */
  'stage:end': EventBase & {
    readonly stage: string
    readonly status: EndStatus
    readonly duration_ms: number
    readonly error_message: string | null
    /** Counts of the stage's data in the record; `null` where it has no entry in `jobs[]`. */
    readonly job: StageVolumes | null
  }
  /** A job was handed to its engine. */
  'job:submit': EventBase & {
    readonly stage: string
    readonly engine: string
    readonly job: string
    readonly detail: string | null
  }
  /** A job of a stage changed its state. */
  'job:state': EventBase & {
    readonly stage: string
    readonly state: string
    readonly detail: string | null
  }
  /** One execution of a query begins. */
  'query:start': EventBase & {
    readonly query: string
    readonly stream: number
    readonly iteration: number
  }
  /** One execution of a query is over. */
  'query:end': EventBase & {
    readonly query: string
    readonly stream: number
    readonly iteration: number
    readonly status: EndStatus
    readonly duration_ms: number
    readonly rows: number | null
    readonly error_message: string | null
  }
  /** A benchmark round of continuous mode. */
  'round:start': EventBase & { readonly round: number }
  /** A round of queries of a continuous run is over. */
  'round:end': EventBase & {
    readonly round: number
    readonly qph: number | null
    readonly duration_ms: number
    /** Age of gold when the round began; `null` where it is not known. */
    readonly gold_freshness_seconds: number | null
    readonly q9_contention: boolean
    /** Why there is no QpH. */
    readonly invalid_reasons: readonly string[]
  }
  /** The state of the streams of a continuous run, once a second. */
  'stream:progress': EventBase & {
    /** Seconds since the start of the window, and its planned length. */
    readonly elapsed_seconds: number
    readonly planned_seconds: number
    readonly phase: 'window' | 'drain'
    /** Age of gold; `null` before its first commit. */
    readonly staleness_seconds: number | null
    readonly bronze_backlog_rows: number | null
    readonly silver_backlog_rows: number | null
    /** Rows a second by stream, over its last batches; `null` before the first. */
    readonly rows_per_second: Readonly<Record<StreamName, number | null>>
    /** `null` where no further round will be. */
    readonly next_round_at: number | null
  }
  /** A table has a new snapshot. */
  'batch:commit': EventBase & {
    readonly table: string
    readonly snapshot_id: string
    readonly rows: number
    readonly files: number
    /** In continuous mode: the stream, its batch, and the time from the trigger to the commit. */
    readonly stream?: StreamName
    readonly batch?: number
    readonly duration_ms?: number
  }
  /** Something was clamped, retried or fell back; also kept in the record. */
  warning: EventBase & { readonly message: string; readonly stage: string | null }
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
