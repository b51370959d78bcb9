/**
 * lakebench benchmarks lakehouses: it generates raw customer data, drives it through a medallion pipeline, runs eight
 * analytical queries, and says how fast, how fresh and how dear that was.
 *
 * @packageDocumentation
 */
export { BenchmarkResult } from './benchmark/benchmark-result'
export { type BenchmarkQuery, QueryBenchmark, type QueryBenchmarkOptions } from './benchmark/query-benchmark'
export { benchmarkQueries } from './benchmark-queries'
export { type CleanupOptions, cleanup, type Swept } from './cleanup'
export { baselineText, parseBaseline } from './compare/baseline'
export type { UnderTest } from './compare/comparability'
export { type CompareArm, type CompareOptions, compareFacts } from './compare/compare-runs'
export type {
  ComparedArm,
  Comparison,
  ControlComparison,
  Design,
  MetricComparison,
  PairComparison,
} from './compare/comparison'
export type { Spread } from './compare/evidence'
export type { ExactDifference } from './compare/exact-differences'
export {
  type CheckStatus,
  type GateCheck,
  type GateOptions,
  type GateResult,
  type GateVerdict,
  judgeGate,
} from './compare/gate'
export { gateAnnotations } from './compare/gate-annotations'
export { gateJunit } from './compare/gate-junit'
export { type Limit, parseLimit } from './compare/gate-limits'
export { gateMarkdown } from './compare/gate-markdown'
export {
  type FactsArm,
  type QueryFacts,
  QueryFactsSchema,
  type RunFacts,
  RunFactsSchema,
  type StageFacts,
  StageFactsSchema,
} from './compare/run-facts'
export { type SeriesSummary, type SeriesTime, summarizeSeries } from './compare/series-summary'
export type { ChangeVerdict } from './compare/verdicts'
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
export type { ContinuousOptions } from './continuous-parts'
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
  type TableLayout,
  TableLayoutSchema,
  type TablePruning,
  TablePruningSchema,
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
export type { ColumnType, PartitionBy, TableColumn, TableFiles, TableName, TableRole } from './contracts/tables'
export type { TrinoLimits } from './engines/trino/options'
export type { PipelineParts, PipelineRunOptions, RunOutcome, RunSession } from './pipeline/parts'
export { Pipeline } from './pipeline/pipeline'
export { QueryAnswer } from './pipeline/query-answer'
export type { RunPaths } from './pipeline/run-folder'
export { type RunPart, Stage, type StageContext, type StageOptions, type StageRecord } from './pipeline/stage'
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
} from './presets'
export { renderComparison } from './report/comparison-report'
export { type ReportDocuments, renderReport } from './report/report'
export { adviceFor, compareRuns, estimateCost, type LoadRunOptions, loadRun, runFacts } from './run-records'
export type { Advice, AdviceRule } from './scorecard/advice'
export type { ComparedScore, Difference, ScorecardComparison } from './scorecard/compare'
export type { CostEstimate, JobCost, Prices } from './scorecard/cost'
export type { JudgeOptions } from './scorecard/judge'
export type { ScoreDirection, ScoreInfo, ScoreInput, ScoreName } from './scorecard/score-info'
export type { ScoreDetail } from './scorecard/score-list'
export { Scorecard } from './scorecard/scorecard'
export type { Rule, RuleOutcome, Verdict } from './scorecard/validity'
export { type Calibration, calibrate } from './series/calibration'
export { type SeriesRecord, SeriesRecordSchema, type SeriesRun, SeriesRunSchema } from './series/series-record'
export type { TurnProgress } from './series/session'
export { type AbResult, abTest, repeatRun, type SeriesOptions, type SeriesResult } from './series-runs'
export type { EmbeddedWishes } from './sizing/embedded'
export { type ConfigSizingRequest, ExecutorSizer, type SizingRequest } from './sizing/executor-sizer'
export { type PodGroup, type Recommendation, type RecommendInput, recommend } from './sizing/recommend'
export { StrategySelector, type StrategySelectorOptions, type StrategyThresholds } from './sizing/strategy-selector'
export { status } from './status'
export { TrinoBenchmark, type TrinoBenchmarkOptions, type TrinoBenchmarkRunOptions } from './trino-benchmark'
