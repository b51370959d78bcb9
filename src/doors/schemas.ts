/**
 * Published as `lakebench/schemas`: the shapes of every document, as zod schemas and types: configs, records and their parts,
 * series, comparisons, gates.
 *
 * @packageDocumentation
 */

export type { Environment } from '../config/environment'
export type { S3Schema } from '../config/platform-schema'
export {
  type BenchmarkConfig,
  ConfigSchema,
  type ContinuousConfig,
  type DatagenConfig,
  type DeepReadonly,
  type PipelineConfig,
  type ShorthandSchema,
  type StorageConfig,
} from '../config/schema'
export {
  type BenchmarkMetrics,
  BenchmarkMetricsSchema,
  type BenchmarkRound,
  BenchmarkRoundSchema,
  type QueryMetrics,
  QueryMetricsSchema,
} from '../contracts/benchmark-metrics'
export type {
  PartitionGranularity,
  QualityGates,
  QueryClass,
  StrategyName,
} from '../contracts/choices'
export {
  type ContinuousMetrics,
  ContinuousMetricsSchema,
  type StreamBatch,
  StreamBatchSchema,
  type StreamMetrics,
  StreamMetricsSchema,
  type WindowRecord,
  type WindowSample,
  WindowSampleSchema,
} from '../contracts/continuous-metrics'
export {
  type CorpusRecord,
  CorpusSchema,
  type JobMetrics,
  JobMetricsSchema,
  RunMetricsSchema,
  type Scores,
  ScoresSchema,
  type SeriesPlace,
  SeriesPlaceSchema,
  type ValidityRule,
  ValidityRuleSchema,
} from '../contracts/metrics'
export {
  type LineageRecord,
  LineageSchema,
  type TableLayout,
  TableLayoutSchema,
  type TablePruning,
  TablePruningSchema,
} from '../contracts/table-metrics'
export type {
  ChangeVerdict,
  ComparedArm,
  ControlComparison,
  Design,
  MetricComparison,
  PairComparison,
} from '../results/compare/comparison'
export type { ExactDifference, UnderTest } from '../results/compare/differences'
export type { CheckStatus, GateCheck, GateVerdict } from '../results/compare/gate'
export {
  type FactsArm,
  type QueryFacts,
  QueryFactsSchema,
  RunFactsSchema,
  type StageFacts,
  StageFactsSchema,
} from '../results/compare/run-facts'
export type { SeriesTime } from '../results/compare/series-summary'
export type { Spread } from '../results/compare/timed-metrics'
export type { AdviceRule } from '../results/scorecard/advice'
export type { JobCost } from '../results/scorecard/cost'
export type { ScoreDirection } from '../results/scorecard/score-inputs'
export type { ComparedScore, Difference } from '../results/scorecard/scorecard'
export {
  SeriesRecordSchema,
  type SeriesRun,
  SeriesRunSchema,
} from '../results/series/series-record'
export type { PodGroup } from '../sizing/recommend'
export type { StrategyThresholds } from '../sizing/strategy-selector'
