import { createHash } from 'node:crypto'
import type { DatagenConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import { GIB } from '../shared/format'

/** Raised whenever the same identity would give other rows. */
export const GENERATOR_VERSION = 1

/** Bytes that a row takes in a full-size file, footer included; measured, and held to ±3 % by a test. */
export const BYTES_PER_ROW = 4380

/** Bytes of bronze at scale 1. */
export const SCALE_UNIT_BYTES = 10 * GIB
const CUSTOMERS_PER_SCALE = 100_000
const FEWEST_CUSTOMERS = 1000

/** Everything that decides which rows a corpus has and how they are cut into files. */
export interface CorpusParameters {
  readonly scale: number
  readonly seed: number
  readonly rows: number
  readonly rows_per_file: number
  readonly customers: number
  readonly dirty_data_ratio: number
  readonly zipf_exponent: number
  readonly date_skew: number
  /** Inclusive and exclusive, ISO-8601 UTC. */
  readonly timestamp_start: string
  readonly timestamp_end: string
  readonly event_clock: DatagenConfig['event_clock']
}

/** One file's place in the corpus. */
export interface PartPlan {
  readonly index: number
  /** Below the storage root. */
  readonly key: string
  readonly first_row: number
  readonly rows: number
}

/**
 * Rows, files and customers of a configuration: `rows = max(1, round(scale × 10 GiB ÷ BYTES_PER_ROW))`,
 * `rows_per_file = floor(file_size ÷ BYTES_PER_ROW)`, `customers = max(1000, round(100,000 × scale))`.
 *
 * @param paced the corpus is made at a pace, so that its events may follow that
 * @throws PrerequisiteError where the configuration asks for what cannot be made
 */
export function corpusParameters(config: DatagenConfig, { paced = false } = {}): CorpusParameters {
  if (config.event_clock === 'replay' && !paced) {
    throw new PrerequisiteError(
      'event_clock: replay belongs to continuous mode; set architecture.workload.datagen.event_clock: uniform.',
    )
  }
  if (config.event_clock === 'replay' && config.date_skew > 0) {
    throw new PrerequisiteError(
      `event_clock: replay takes the dates one after the other, so none is hotter; set architecture.workload.datagen.date_skew: 0 (it is ${config.date_skew}).`,
    )
  }
  const start = Date.parse(config.timestamp_start)
  const end = Date.parse(config.timestamp_end)
  if (!(start < end)) {
    throw new PrerequisiteError(
      `timestamp_end (${config.timestamp_end}) must be after timestamp_start (${config.timestamp_start}).`,
    )
  }
  return {
    scale: config.scale,
    seed: config.seed,
    rows: countable(rowsOfScale(config.scale), config.scale),
    rows_per_file: Math.max(1, Math.floor(config.file_size / BYTES_PER_ROW)),
    customers: Math.max(FEWEST_CUSTOMERS, Math.round(CUSTOMERS_PER_SCALE * config.scale)),
    dirty_data_ratio: config.dirty_data_ratio,
    zipf_exponent: config.zipf_exponent,
    date_skew: config.date_skew,
    timestamp_start: new Date(start).toISOString(),
    timestamp_end: new Date(end).toISOString(),
    event_clock: config.event_clock,
  }
}

/** Rows of bronze at a scale. */
export const rowsOfScale = (scale: number): number =>
  Math.max(1, Math.round((scale * SCALE_UNIT_BYTES) / BYTES_PER_ROW))

function countable(rows: number, scale: number): number {
  if (Number.isSafeInteger(rows)) return rows
  throw new PrerequisiteError(
    `Scale ${scale} has more rows than can be numbered (2^53). Choose a smaller scale.`,
  )
}

/** A rest below this share of a file joins the last file, so that rounding never leaves a file of five rows. */
const SMALL_REST = 0.01

export const fileCount = (p: Pick<CorpusParameters, 'rows' | 'rows_per_file'>): number =>
  Math.max(1, Math.ceil(p.rows / p.rows_per_file - SMALL_REST))

/** The part with this index; the last one may be short, or longer by a small rest. */
export function partPlan(
  p: Pick<CorpusParameters, 'rows' | 'rows_per_file'>,
  index: number,
  prefix: string,
): PartPlan {
  const first_row = index * p.rows_per_file
  const rows = index === fileCount(p) - 1 ? p.rows - first_row : p.rows_per_file
  return { index, key: partKey(prefix, index), first_row, rows }
}

export const partKey = (prefix: string, index: number): string =>
  `${prefix}part-${String(index).padStart(6, '0')}.parquet`

/**
 * What a corpus is, known before its first row is made: SHA-256 over generator version and parameters, 32 hex digits. Corpora of
 * one identity have the same rows in the same files.
 */
export function corpusIdentity(
  parameters: CorpusParameters,
  generator_version = GENERATOR_VERSION,
): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([generator_version, sorted]))
    .digest('hex')
    .slice(0, 32)
}

/** The parameters whose values differ, as `name: there → wanted`. */
export function identityDifferences(
  there: { generator_version: number; parameters: CorpusParameters },
  wanted: CorpusParameters,
): string[] {
  const differences: string[] = []
  const compare = (name: string, a: unknown, b: unknown) => {
    if (a !== b) differences.push(`${name}: ${a} there, ${b} wanted`)
  }
  compare('generator_version', there.generator_version, GENERATOR_VERSION)
  for (const name of Object.keys(wanted) as (keyof CorpusParameters)[]) {
    compare(name, there.parameters[name], wanted[name])
  }
  return differences
}
