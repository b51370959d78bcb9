/**
 * lakebench benchmarks lakehouses: it generates raw customer data, drives it through a medallion pipeline, runs eight
 * analytical queries, and says how fast, how fresh and how dear that was.
 *
 * @packageDocumentation
 */
export { BenchmarkResult } from './benchmark/benchmark-result'
export { type BenchmarkQuery, QueryBenchmark, type QueryBenchmarkOptions } from './benchmark/query-benchmark'
export { type LakebenchConfigInput, loadConfig } from './config/load'
export type {
  BenchmarkConfig,
  ContinuousConfig,
  DatagenConfig,
  PartitionGranularity,
  PipelineConfig,
  Preset,
  QualityGates,
  QueryClass,
  ResolvedConfig,
  SparkConfig,
  StorageConfig,
  StrategyName,
} from './contracts/config'
export {
  CapacityError,
  CommitFailedError,
  CommitUnknownError,
  ConfigError,
  type ConfigIssue,
  JobFailedError,
  LakebenchError,
  PrerequisiteError,
  QueryFailedError,
  StageFailedError,
} from './contracts/errors'
export type { Emit, EndStatus, EventBase, EventFields, EventListeners, EventMap, EventName } from './contracts/events'
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
  SchemaBreak,
  SilverBuildJob,
  SilverBuildResult,
  Verification,
} from './contracts/jobs'
export type {
  BenchmarkMetrics,
  CorpusRecord,
  JobMetrics,
  QueryMetrics,
  RunMetrics,
  Scores,
  ValidityRule,
} from './contracts/metrics'
export type {
  BatchJobName,
  BronzeProfile,
  Capacity,
  EmbeddedResources,
  ExecutorPlan,
  ExecutorShape,
  PartitionDecision,
  RunPlan,
  StrategyDecision,
  Tier,
} from './contracts/plan'
export type {
  CacheFlush,
  CellValue,
  ComputeEngine,
  DialectName,
  EngineDescription,
  ObjectInfo,
  ObjectStore,
  QueryEngine,
  QueryResponse,
  ResultColumn,
  RunJobOptions,
} from './contracts/ports'
export type { PartitionBy, TableColumn, TableName, TableRole } from './contracts/tables'
export {
  Pipeline,
  type PipelineParts,
  type PipelineRunOptions,
  type RunOutcome,
  type RunSession,
} from './pipeline/pipeline'
export { QueryAnswer } from './pipeline/query-answer'
export type { RunPaths } from './pipeline/run-folder'
export { Stage, type StageContext, type StageOptions, type StageRecord } from './pipeline/stage'
export {
  type BatchOptions,
  benchmark,
  benchmarkQueries,
  type GenerateOptions,
  type GenerateResult,
  generate,
  presets,
  type RunOptions,
  type RunResult,
  runBatch,
} from './presets'
export { renderReport } from './report/report'
export { Scorecard } from './scorecard/scorecard'
export { ExecutorSizer } from './sizing/executor-sizer'
export { recommend } from './sizing/recommend'
export { StrategySelector } from './sizing/strategy-selector'
