/**
 * Published as `lakebench/ports`: what an engine, a store or a stage from outside is told and answers.
 *
 * @packageDocumentation
 */

export type {
  Emit,
  EndStatus,
  EventBase,
  EventFields,
  EventListeners,
  StageVolumes,
} from '../contracts/events'
export type {
  BronzeVerifyJob,
  BronzeVerifyResult,
  GoldFinalizeJob,
  GoldFinalizeResult,
  Job,
  JobKind,
  JobMeasurement,
  JobProgress,
  JobResult,
  RawInput,
  SchemaBreak,
  SilverBuildJob,
  SilverBuildResult,
} from '../contracts/jobs'
export type { CorpusLook, CountOptions, TableCounts } from '../contracts/lineage'
export type {
  BatchJobName,
  BronzeProfile,
  Capacity,
  EmbeddedResources,
  ExecutorPlan,
  ExecutorShape,
  LocalSparkResources,
  NodeRoom,
  PartitionDecision,
  Tier,
} from '../contracts/plan'
export type {
  ByteRange,
  CacheFlush,
  CellValue,
  ComputeEngine,
  DialectName,
  EngineDescription,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  QueryEngine,
  QueryOptions,
  QueryResponse,
  ResultColumn,
  RunDirectory,
  RunJobOptions,
  ServerStatistics,
} from '../contracts/ports'
export type {
  RunningStreams,
  SourceFile,
  StreamCommit,
  StreamEngine,
  StreamHooks,
  StreamJob,
  StreamName,
  StreamSettings,
} from '../contracts/streams'
export type {
  ColumnType,
  PartitionBy,
  TableColumn,
  TableFiles,
  TableName,
  TableRole,
} from '../contracts/tables'
export type { PipelineOptions, RunSession } from '../pipeline/pipeline-options'
export type { EmbeddedOverrides } from '../sizing/embedded'
