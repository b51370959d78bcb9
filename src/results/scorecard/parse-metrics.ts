import { documentIssues, jsonFault } from '../../contracts/documents'
import { ConfigError } from '../../contracts/errors'
import { METRICS_SCHEMA_VERSION, type RunMetrics, RunMetricsSchema } from '../../contracts/metrics'
import { type JudgeOptions, judge, judgeAgain } from './judge'
import { NO_WINDOW_SCORES } from './score-table'

type Document = Readonly<Record<string, unknown>>

/** From the version that is the key to the next. Pure, and kept for ever: records outlive versions. */
export type Migrations = ReadonlyMap<number, (document: Document) => Document>

/** Version 1 is the first there was; it knew batch runs only. */
const MIGRATIONS: Migrations = new Map([
  [1, withoutWindow],
  [2, document => withoutProvenance(withoutLandings(withoutClock(document)))],
])

/**
 * Reads a saved record: older versions are migrated, every field is checked, and all that follows from others is computed anew
 * (`judgeAgain`). Fields that this version does not know stay in it.
 *
 * @param json content of a `metrics.json`, parsed or as text
 * @param source its path, for the error
 * @throws ConfigError naming the source and every field that is wrong
 */
export function parseMetrics(json: unknown, source = 'metrics.json'): RunMetrics {
  const parsed = typeof json === 'string' ? parseJson(json, source) : json
  return judgeAgain(checkFields(parsed, source), versionOf(parsed))
}

/**
 * The same for a record in memory. One that nobody has judged yet (without a rule) claims nothing that could be held against it.
 *
 * @throws ConfigError naming every field that is wrong
 */
export function checkRecord(
  record: RunMetrics,
  what: string,
  options: JudgeOptions = {},
): RunMetrics {
  const checked = checkFields(record, what)
  return checked.validity.length === 0
    ? judge(checked, options)
    : judgeAgain(checked, versionOf(record), options)
}

const versionOf = (document: unknown) => (document as Document).schema_version as number

function checkFields(json: unknown, source: string): RunMetrics {
  const document = migrate(json, source)
  const result = RunMetricsSchema.safeParse(document)
  if (result.success) return document as unknown as RunMetrics
  throw new ConfigError(documentIssues(result.error), source)
}

/**
 * A record of any version up to this one, as this version writes it.
 *
 * @throws ConfigError for something that is no record, or one of a newer lakebench
 */
export function migrate(json: unknown, source = 'metrics.json'): Document {
  if (json === undefined || json === null) refuse(source, '', 'there is no record to read.')
  if (typeof json !== 'object' || Array.isArray(json))
    refuse(source, '', 'is not a record of a run: no JSON object.')
  const document = json as Document
  const version = document.schema_version
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    refuse(
      source,
      'schema_version',
      'is missing or no whole number, so this is not a record of lakebench.',
    )
  if (version > METRICS_SCHEMA_VERSION)
    refuse(
      source,
      'schema_version',
      `is ${version}; this lakebench reads up to ${METRICS_SCHEMA_VERSION}. Read it with the version that wrote it, or a newer one.`,
    )
  return upgrade(document, METRICS_SCHEMA_VERSION, MIGRATIONS, source)
}

/** The document taken through every step from its own version to another. */
export function upgrade(
  document: Document,
  to: number,
  steps: Migrations,
  source = 'metrics.json',
): Document {
  const from = document.schema_version as number
  let upgraded = document
  for (let version = from; version < to; version++) {
    const step = steps.get(version)
    if (!step) refuse(source, 'schema_version', `is ${from}, which this lakebench reads no more.`)
    try {
      upgraded = { ...step(upgraded), schema_version: version + 1 }
    } catch {
      // Steps take what that version wrote; its fields cannot be checked any more.
      refuse(
        source,
        'schema_version',
        `is ${from}, but the content is not as that version wrote it.`,
      )
    }
  }
  return upgraded
}

function withoutWindow(document: Document): Document {
  const benchmark = (document.pipeline_benchmark ?? {}) as Document
  const scores = (benchmark.scores ?? {}) as Document
  return {
    ...document,
    continuous: null,
    pipeline_benchmark: { ...benchmark, scores: { ...scores, ...NO_WINDOW_SCORES } },
  }
}

/** Version 3 names the data, the clock and the support of each number; older records do not say. */
function withoutProvenance(document: Document): Document {
  const each = (list: unknown, defaults: Document): unknown =>
    Array.isArray(list) ? list.map((item: Document) => ({ ...defaults, ...item })) : list
  const benchmark = document.benchmark as Document | null | undefined
  const corpus = document.corpus as Document | null
  const pipeline = (document.pipeline_benchmark ?? {}) as Document
  const kind = benchmark ? (document.continuous ? 'median-of-rounds' : benchmark.mode) : null
  return {
    ...document,
    corpus: corpus && { ...corpus, identity: null, prefix: null, changed_files: null },
    lineage: null,
    jobs: each(document.jobs, { corpus: null, raw_input: null }),
    benchmark_rounds: each(document.benchmark_rounds, { queries_in_set: 0 }),
    pipeline_benchmark: {
      qph_kind: null,
      marks: [],
      ...pipeline,
      ...(benchmark &&
        isUnprovenCold(benchmark) && {
          scores: { ...(pipeline.scores as Document), composite_qph: null },
        }),
    },
    ...(benchmark && {
      benchmark: {
        ...withoutSupport(benchmark, kind),
        throughput_seconds: streamSeconds(benchmark),
        queries: each(benchmark.queries, {
          answer: null,
          interval_seconds: null,
          deviation_seconds: null,
          outliers: null,
        }),
      },
    }),
    ...(isDocument(document.tables) && {
      tables: Object.fromEntries(
        Object.entries(document.tables).map(([role, table]) => [
          role,
          { ...UNKNOWN_LINEAGE, ...(table as Document) },
        ]),
      ),
    }),
  }
}

/** Until version 3 the times between stages were those of the wall clock, and only a warning said that a run had been resumed. */
function withoutClock(document: Document): Document {
  const { jobs, start_time, warnings, continuous, pipeline_benchmark } = document
  const seconds = (time: unknown) =>
    (Date.parse(String(time)) - Date.parse(String(start_time))) / 1000
  const resumed =
    Array.isArray(warnings) && warnings.some(w => String(w).startsWith('This run was resumed'))
  const benchmark = (pipeline_benchmark ?? {}) as Document
  const started = (job: Document) => {
    const after =
      job.job_name === 'gold-finalize'
        ? seconds(job.end_time) - Number(job.elapsed_seconds)
        : seconds(job.start_time)
    return resumed || !(after >= 0) ? null : after
  }
  return {
    ...document,
    resumed: ((continuous as Document | null)?.resumed as number | undefined) ?? Number(resumed),
    jobs: Array.isArray(jobs)
      ? jobs.map((job: Document) => ({ ...job, started_after_seconds: started(job) }))
      : jobs,
    pipeline_benchmark: {
      ...benchmark,
      scores: { ...NO_WINDOW_SCORES, ...(benchmark.scores as Document) },
    },
  }
}

/** Until version 3 nobody noted which batch took a file, so what such a record says of saturation was counted otherwise. */
function withoutLandings(document: Document): Document {
  const { continuous, streaming, pipeline_benchmark, benchmark_rounds } = document
  if (!continuous || !Array.isArray(streaming)) return document
  const benchmark = (pipeline_benchmark ?? {}) as Document
  const window = continuous as Document
  return {
    ...document,
    continuous: {
      landings: [],
      clocks: null,
      ...window,
      samples: ((window.samples ?? []) as Document[]).map(sample => ({
        unseen_seconds: null,
        ...sample,
      })),
    },
    benchmark_rounds: ((benchmark_rounds ?? []) as Document[]).map(round => ({
      gold_staleness_seconds: null,
      ...round,
    })),
    pipeline_benchmark: {
      ...benchmark,
      scores: { ...NO_WINDOW_SCORES, ...(benchmark.scores as Document), ingest_ratio: null },
      pipeline_saturated: null,
    },
    streaming: (streaming as Document[]).map(stream => ({
      ...stream,
      batches: ((stream.batches ?? []) as Document[]).map(batch => ({
        source_batch: null,
        ...batch,
      })),
    })),
  }
}

/** Wall seconds of the streams, out of the QpH that they were divided into. */
function streamSeconds({ throughput_qph, streams, queries }: Document): number | null {
  if (typeof throughput_qph !== 'number' || typeof streams !== 'number' || !Array.isArray(queries))
    return null
  return throughput_qph > 0 ? ((queries.length * streams) / throughput_qph) * 3600 : null
}

const UNKNOWN_LINEAGE = {
  rows_snapshot_id: null,
  run_id: null,
  corpus: null,
  source_snapshot_id: null,
  faults: null,
}

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null

/** It was given a cold QpH once, which this version withholds. */
const isUnprovenCold = ({ cache_proof }: Document) =>
  isDocument(cache_proof) && cache_proof.proven === false

/** A benchmark that does not say how well its numbers are supported; its one QpH is named as what it was. */
function withoutSupport(benchmark: Document, kind: unknown): Document {
  const { mode, qph } = benchmark
  return {
    min_seconds: 0,
    queries_in_set: 0,
    qph_kind: qph === null ? null : kind,
    qph_reason: null,
    qph_interval: null,
    composite_qph: mode === 'composite' ? qph : null,
    geometric_mean_seconds: null,
    too_short_to_rank: false,
    outliers: null,
    ...benchmark,
    ...(kind === 'median-of-rounds' && { power_qph: null }),
    ...(isUnprovenCold(benchmark) && { qph: null, power_qph: null, throughput_qph: null }),
  }
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    return refuse(source, '', `is no JSON, or cut off: ${jsonFault(cause)}.`)
  }
}

function refuse(source: string, path: string, message: string): never {
  throw new ConfigError([{ path, message }], source)
}
