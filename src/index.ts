/**
 * lakebench benchmarks lakehouses: it generates raw customer data, drives it through a medallion pipeline, runs eight
 * analytical queries, and says how fast, how fresh and how dear that was.
 *
 * @packageDocumentation
 */

export { type LakebenchConfigInput, type LoadOptions, loadConfig } from './config/load'
export type { ResolvedConfig } from './config/schema'
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
export type { EventMap, EventName } from './contracts/events'
export type { Verification } from './contracts/jobs'
export type { RunMetrics } from './contracts/metrics'
export type { RunPlan, StrategyDecision } from './contracts/plan'
export type { PartStatus } from './contracts/ports'
export type { TrinoLimits } from './engines/trino/options'
export { BenchmarkResult } from './pipeline/benchmark/benchmark-result'
export { QueryBenchmark, type QueryBenchmarkOptions } from './pipeline/benchmark/query-benchmark'
export { Pipeline } from './pipeline/pipeline'
export type { PipelineRunOptions } from './pipeline/pipeline-options'
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
export { status } from './platforms/status'
export {
  TrinoBenchmark,
  type TrinoBenchmarkOptions,
  type TrinoBenchmarkRunOptions,
} from './platforms/trino-benchmark'
export { type ReportDocuments, renderComparison, renderReport } from './report/report'
export { baselineText, parseBaseline } from './results/compare/baseline'
export { type CompareArm, type CompareOptions, compareFacts } from './results/compare/compare-runs'
export type { Comparison } from './results/compare/comparison'
export {
  type GateOptions,
  type GateResult,
  judgeGate,
  type Limit,
  parseLimit,
} from './results/compare/gate'
export { gateAnnotations, gateJunit, gateMarkdown } from './results/compare/gate-formats'
export type { RunFacts } from './results/compare/run-facts'
export { type SeriesSummary, summarizeSeries } from './results/compare/series-summary'
export {
  adviceFor,
  compareRuns,
  estimateCost,
  type LoadRunOptions,
  loadRun,
  runFacts,
} from './results/load-run'
export type { Advice } from './results/scorecard/advice'
export type { CostEstimate, Prices } from './results/scorecard/cost'
export type { JudgeOptions } from './results/scorecard/judge'
export type { Rule, RuleOutcome, Verdict } from './results/scorecard/rule'
export type { ScoreDetail, ScoreName } from './results/scorecard/score-inputs'
export type { ScorecardComparison } from './results/scorecard/scorecard'
export { Scorecard } from './results/scorecard/scorecard'
export { type Calibration, calibrate } from './results/series/fixed-work'
export type { SeriesRecord } from './results/series/series-record'
export type { TurnProgress } from './results/series/session'
export {
  type BatchOptions,
  benchmark,
  type ContinuousOptions,
  type GenerateOptions,
  type GenerateResult,
  generate,
  openQueryEngine,
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
export {
  type ConfigSizingRequest,
  ExecutorSizer,
  type SizingRequest,
} from './sizing/executor-sizer'
export { type Recommendation, type RecommendInput, recommend } from './sizing/recommend'
export { StrategySelector, type StrategySelectorOptions } from './sizing/strategy-selector'
export {
  type BenchmarkQuery,
  benchmarkQueries,
  defineQuery,
  type OwnQuery,
  type QueryDefinition,
} from './workload/benchmark-queries'
export { resultFingerprint } from './workload/fingerprint'
