import type { DatagenConfig, ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import type { CorpusRecord } from '../contracts/metrics'
import type { RawSource } from '../contracts/streams'
import { pause } from '../shared/abort'
import { machineLimits } from '../shared/machine-limits'
import { retry } from '../shared/retry'
import { admit, presentFiles } from './admission'
import type { CorpusLocation, CorpusTarget } from './location'
import { makeMissing, missingParts } from './make-missing'
import { type Manifest, type ManifestFile, readManifest } from './manifest'
import {
  BYTES_PER_ROW,
  type CorpusParameters,
  corpusIdentity,
  corpusParameters,
  type PartPlan,
  SCALE_UNIT_BYTES,
} from './plan'
import { corpusRecord, locateCorpus } from './read-corpus'

/** Offered load of one unit of scale, bytes a second. Source: the reference's load for this workload. */
const BYTES_PER_SECOND_AND_SCALE = 10_000_000
/** Files that land in a bronze trigger, so that one is never late by a whole file. */
const FILES_PER_TRIGGER = 2
/** In a row, without a file that landed between; with the waits between them, about two minutes. */
const MOST_FAILURES = 8
const RETRY = { seconds: Number.POSITIVE_INFINITY, first_wait: 1000, longest_wait: 30_000 }

/** Load of a continuous run; the rows are those that a corpus of so many rows has. */
export interface PacedPlan {
  readonly rows_per_second: number
  readonly rows: number
  readonly rows_per_file: number
}

/** `null` where nothing is to be made. */
export function pacedPlan(
  config: Pick<DatagenConfig, 'scale' | 'rows_per_second' | 'file_size'>,
  { duration, trigger }: { readonly duration: number; readonly trigger: number },
): PacedPlan | null {
  const rows_per_second =
    config.rows_per_second ?? (config.scale * BYTES_PER_SECOND_AND_SCALE) / BYTES_PER_ROW
  const rows = Math.round(rows_per_second * duration)
  if (rows < 1) return null
  const fitting = Math.floor(config.file_size / BYTES_PER_ROW)
  const timely = Math.ceil((rows_per_second * trigger) / FILES_PER_TRIGGER)
  return { rows_per_second, rows, rows_per_file: Math.max(1, Math.min(fitting, timely, rows)) }
}

/** A file that is in its place. */
export type LandedFile = Pick<ManifestFile, 'key' | 'rows' | 'bytes'>

export interface PacedCorpus {
  readonly place: CorpusTarget
  readonly config: DatagenConfig
  readonly plan: PacedPlan
  /** Go on with the files that are there, as the same run did before. Otherwise an equal corpus is made anew. */
  readonly resume: boolean
}

export interface PacedOptions extends PacedCorpus {
  /** Ends the work; nothing half-made stays. */
  readonly signal: AbortSignal
  /** No further file is begun. */
  readonly enough: AbortSignal
  /** Whether the storage is a service, which may be away for a while. */
  readonly isService: boolean
  /** Each file once, when it is in its place. `before`: it was there when the work began. */
  readonly onLanded: (files: readonly LandedFile[], before: boolean) => void
}

/**
 * Make room for a corpus before anybody reads what lies there: an equal one that is to be made anew is deleted. Resolves to where
 * its files will lie, and to its identity.
 *
 * @throws PrerequisiteError for files that are not the generator's, and where it will not fit
 */
export async function makeRoom({ place, config, plan, resume }: PacedCorpus): Promise<RawSource> {
  const parameters = pacedParameters(config, plan)
  const location = await locateCorpus(place.store, parameters)
  const manifest = await admit(place, location, parameters, !resume)
  const kept = await presentFiles(place.store, location, manifest)
  await place.requireSpace(missingParts(parameters, location.prefix, kept).rows * BYTES_PER_ROW)
  return { raw_prefix: location.prefix, corpus: corpusIdentity(parameters) }
}

/**
 * Make a corpus, for which `makeRoom` was called, at its offered pace: file n is begun when its first row is due, and appears whole. What cannot keep the pace
 * comes late, and is counted when it comes. A service that goes away is waited for; a disk that does is the end.
 *
 * @throws as `generateCorpus` does
 */
export async function produceCorpus(options: PacedOptions): Promise<CorpusRecord> {
  const { place, config, plan, signal, isService } = options
  const parameters = pacedParameters(config, plan)
  const pace = new Pace(options)
  let goesOn = options.resume
  let failures = 0
  let before = 0
  const work = async () => {
    before = pace.landed
    const location = await locateCorpus(place.store, parameters)
    const manifest = goesOn ? await readManifest(place.store, location) : null
    return makeOnTime(options, parameters, location, manifest, pace)
  }
  return retry(work, {
    ...RETRY,
    signal,
    mayHelp: () => {
      goesOn = true
      failures = pace.landed > before ? 1 : failures + 1
      return isService && failures < MOST_FAILURES
    },
  })
}

async function makeOnTime(
  options: PacedOptions,
  parameters: CorpusParameters,
  location: CorpusLocation,
  manifest: Manifest | null,
  pace: Pace,
): Promise<CorpusRecord> {
  const { place, config, signal } = options
  const kept = await presentFiles(place.store, location, manifest)
  pace.landedAlready([...kept.values()])
  const todo = missingParts(parameters, location.prefix, kept)
  const made = await makeMissing({
    place,
    location,
    parameters,
    manifest,
    kept,
    todo,
    workers: Math.min(todo.files, config.workers ?? machineLimits().cores),
    signal,
    onProgress: undefined,
    onRetries: () => {},
    onLanded: file => pace.land(file),
    async ready(part) {
      await pace.due(part)
      return pace.goesOn
    },
  })
  return corpusRecord(made, location)
}

/** When files are due, and which have landed. */
class Pace {
  private readonly told = new Set<number>()
  private readonly stopped: AbortSignal
  private readonly started = performance.now()
  /** Rows that were there before this process began; the pace goes on after them. */
  private rowsBefore: number | null = null

  constructor(private readonly options: PacedOptions) {
    this.stopped = AbortSignal.any([options.signal, options.enough])
  }

  get goesOn(): boolean {
    return !this.stopped.aborted
  }

  get landed(): number {
    return this.told.size
  }

  landedAlready(files: readonly ManifestFile[]): void {
    const before = this.rowsBefore === null
    this.rowsBefore ??= files.reduce((sum, file) => sum + file.rows, 0)
    const fresh = files.filter(f => !this.told.has(f.index))
    for (const { index } of fresh) this.told.add(index)
    if (fresh.length > 0) this.options.onLanded(fresh, before)
  }

  land(file: ManifestFile): void {
    this.landedAlready([file])
  }

  async due(part: PartPlan): Promise<void> {
    const seconds = (part.first_row - (this.rowsBefore ?? 0)) / this.options.plan.rows_per_second
    await pause(this.started + seconds * 1000 - performance.now(), this.stopped)
  }
}

/** Plan of a run at a pace. The scale is what the rows come to, so that the corpus is a whole one of its own size. */
export function pacedParameters(config: DatagenConfig, plan: PacedPlan): CorpusParameters {
  const { rows, rows_per_file } = plan
  return {
    ...corpusParameters(config, { paced: true }),
    rows,
    rows_per_file,
    scale: (rows * BYTES_PER_ROW) / SCALE_UNIT_BYTES,
  }
}

/** The producer of a continuous run of this config; `null` where it makes nothing. */
export function producerPlan({
  architecture: { pipeline, workload },
}: ResolvedConfig): PacedPlan | null {
  const { run_duration: duration, bronze_trigger_interval: trigger } = pipeline.continuous
  return pacedPlan(workload.datagen, { duration, trigger })
}

/** The corpora that a config may mean, the likeliest first. One that cannot be made was not. */
export function wantedCorpora(config: ResolvedConfig): CorpusParameters[] {
  const { pipeline, workload } = config.architecture
  const paced = pipeline.mode === 'continuous' ? producerPlan(config) : null
  const candidates = [
    ...(paced ? [() => pacedParameters(workload.datagen, paced)] : []),
    () => corpusParameters(workload.datagen),
  ]
  return candidates.flatMap(parameters => {
    try {
      return [parameters()]
    } catch (error) {
      if (error instanceof PrerequisiteError) return []
      throw error
    }
  })
}

/** Why the raw data in storage is not what the config describes; `null` when it is, or nobody can tell. */
export function corpusMismatch(config: ResolvedConfig, corpus: CorpusRecord): string | null {
  if (corpus.kind !== 'generated') return null
  const { scale, seed } = config.architecture.workload.datagen
  if (wantedCorpora(config).some(wanted => corpusIdentity(wanted) === corpus.identity)) return null
  return `The raw data in storage is not the corpus that the config describes: it was made with scale ${corpus.scale}, seed ${corpus.seed}; the config says scale ${scale}, seed ${seed}${corpus.scale === scale && corpus.seed === seed ? ', and other settings of its datagen section' : ''}. What lies there is measured; --generate makes the other one beside it.`
}
