/**
 * lakebench benchmarks lakehouses: it generates raw customer data, drives it through a medallion pipeline, runs eight
 * analytical queries, and says how fast, how fresh and how dear that was.
 *
 * @packageDocumentation
 */

export type { Environment } from './config/environment'
export type {
  ArchitectureInput,
  BenchmarkInput,
  ContinuousInput,
  DatagenInput,
  DurationInput,
  PipelineInput,
  PlatformInput,
  S3Input,
  Shorthand,
  SizeInput,
  SparkInput,
  StorageInput,
  TolerationInput,
} from './config/input'
export { type LakebenchConfigInput, type LoadOptions, loadConfig } from './config/load'
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
  TolerationConfig,
} from './contracts/config'
export {
  type BenchmarkRound,
  BenchmarkRoundSchema,
  type ContinuousMetrics,
  ContinuousMetricsSchema,
  type ContinuousScores,
  ContinuousScoresSchema,
  type StreamBatch,
  StreamBatchSchema,
  type StreamMetrics,
  StreamMetricsSchema,
  type WindowRecord,
  type WindowSample,
  WindowSampleSchema,
} from './contracts/continuous-metrics'
export {
  CapacityError,
  CommitConflictError,
  CommitFailedError,
  CommitUnknownError,
  ConfigError,
  type ConfigIssue,
  InputError,
  JobFailedError,
  LakebenchError,
  PrerequisiteError,
  QueryFailedError,
  StageFailedError,
} from './contracts/errors'
export type {
  Emit,
  EndStatus,
  EventBase,
  EventFields,
  EventListeners,
  EventMap,
  EventName,
  StageVolumes,
} from './contracts/events'
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
  Verification,
} from './contracts/jobs'
export type { CorpusLook, CountOptions, TableCounts } from './contracts/lineage'
export {
  type BenchmarkMetrics,
  BenchmarkMetricsSchema,
  type CorpusRecord,
  CorpusSchema,
  type JobMetrics,
  JobMetricsSchema,
  type LineageRecord,
  LineageSchema,
  type QueryMetrics,
  QueryMetricsSchema,
  type RunMetrics,
  RunMetricsSchema,
  type Scores,
  ScoresSchema,
  type SeriesPlace,
  SeriesPlaceSchema,
  type ValidityRule,
  ValidityRuleSchema,
} from './contracts/metrics'
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
  RunPlan,
  StrategyDecision,
  Tier,
} from './contracts/plan'
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
  RunJobOptions,
  RunPlace,
  ServerStatistics,
} from './contracts/ports'
export type { PartStatus } from './contracts/status'
export type {
  RunningStreams,
  SourceFile,
  StreamCommit,
  StreamEngine,
  StreamHooks,
  StreamJob,
  StreamName,
  StreamSettings,
} from './contracts/streams'
export {
  type TableLayout,
  TableLayoutSchema,
  type TablePruning,
  TablePruningSchema,
} from './contracts/table-metrics'
export type {
  ColumnType,
  PartitionBy,
  TableColumn,
  TableFiles,
  TableName,
  TableRole,
} from './contracts/tables'
export type { TrinoLimits } from './engines/trino/options'
export { benchmarkQueries } from './pipeline/benchmark/benchmark-queries'
export { BenchmarkResult } from './pipeline/benchmark/benchmark-result'
export {
  type BenchmarkQuery,
  QueryBenchmark,
  type QueryBenchmarkOptions,
} from './pipeline/benchmark/query-benchmark'
export type { PipelineParts, PipelineRunOptions, RunOutcome, RunSession } from './pipeline/parts'
export { Pipeline } from './pipeline/pipeline'
export { QueryAnswer } from './pipeline/query-answer'
export type { RunPaths } from './pipeline/run-folder'
export {
  type RunPart,
  Stage,
  type StageContext,
  type StageOptions,
  type StageRecord,
} from './pipeline/stage'
export { type CleanupOptions, cleanup, type Swept } from './platforms/cleanup'
export type { ContinuousOptions } from './platforms/continuous-parts'
export { status } from './platforms/status'
export {
  TrinoBenchmark,
  type TrinoBenchmarkOptions,
  type TrinoBenchmarkRunOptions,
} from './platforms/trino-benchmark'
export { renderComparison } from './report/comparison-report'
export { type ReportDocuments, renderReport } from './report/report'
export { baselineText, parseBaseline } from './results/compare/baseline'
export type { UnderTest } from './results/compare/comparability'
export { type CompareArm, type CompareOptions, compareFacts } from './results/compare/compare-runs'
export type {
  ComparedArm,
  Comparison,
  ControlComparison,
  Design,
  MetricComparison,
  PairComparison,
} from './results/compare/comparison'
export type { Spread } from './results/compare/evidence'
export type { ExactDifference } from './results/compare/exact-differences'
export {
  type CheckStatus,
  type GateCheck,
  type GateOptions,
  type GateResult,
  type GateVerdict,
  judgeGate,
} from './results/compare/gate'
export { gateAnnotations } from './results/compare/gate-annotations'
export { gateJunit } from './results/compare/gate-junit'
export { type Limit, parseLimit } from './results/compare/gate-limits'
export { gateMarkdown } from './results/compare/gate-markdown'
export {
  type FactsArm,
  type QueryFacts,
  QueryFactsSchema,
  type RunFacts,
  RunFactsSchema,
  type StageFacts,
  StageFactsSchema,
} from './results/compare/run-facts'
export {
  type SeriesSummary,
  type SeriesTime,
  summarizeSeries,
} from './results/compare/series-summary'
export type { ChangeVerdict } from './results/compare/verdicts'
export {
  adviceFor,
  compareRuns,
  estimateCost,
  type LoadRunOptions,
  loadRun,
  runFacts,
} from './results/load-run'
export type { Advice, AdviceRule } from './results/scorecard/advice'
export type { ComparedScore, Difference, ScorecardComparison } from './results/scorecard/compare'
export type { CostEstimate, JobCost, Prices } from './results/scorecard/cost'
export type { JudgeOptions } from './results/scorecard/judge'
export type {
  ScoreDirection,
  ScoreInfo,
  ScoreInput,
  ScoreName,
} from './results/scorecard/score-info'
export type { ScoreDetail } from './results/scorecard/score-list'
export { Scorecard } from './results/scorecard/scorecard'
export type { Rule, RuleOutcome, Verdict } from './results/scorecard/validity'
export { type Calibration, calibrate } from './results/series/calibration'
export {
  type SeriesRecord,
  SeriesRecordSchema,
  type SeriesRun,
  SeriesRunSchema,
} from './results/series/series-record'
export type { TurnProgress } from './results/series/session'
export {
  type BatchOptions,
  benchmark,
  type GenerateOptions,
  type GenerateResult,
  generate,
  presets,
  type RunContinuousOptions,
  type RunOptions,
  type RunResult,
  runBatch,
  runContinuous,
} from './run'
export {
  type AbResult,
  abTest,
  repeatRun,
  type SeriesOptions,
  type SeriesResult,
} from './run-series'
export type { EmbeddedWishes } from './sizing/embedded'
export {
  type ConfigSizingRequest,
  ExecutorSizer,
  type SizingRequest,
} from './sizing/executor-sizer'
export {
  type PodGroup,
  type Recommendation,
  type RecommendInput,
  recommend,
} from './sizing/recommend'
export {
  StrategySelector,
  type StrategySelectorOptions,
  type StrategyThresholds,
} from './sizing/strategy-selector'
