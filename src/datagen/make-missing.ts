import { PrerequisiteError } from '../contracts/errors'
import type { JobProgress } from '../contracts/jobs'
import type { CorpusLocation, CorpusTarget } from './location'
import { buildManifest, type Manifest, type ManifestFile, writeManifest } from './manifest'
import { BYTES_PER_ROW, type CorpusParameters, fileCount, type PartPlan, partPlan } from './plan'
import type { Shard } from './shards'
import { makeParts } from './worker-pool'

export interface Missing {
  readonly place: CorpusTarget
  readonly location: CorpusLocation
  readonly parameters: CorpusParameters
  readonly manifest: Manifest | null
  readonly kept: ReadonlyMap<number, ManifestFile>
  readonly todo: MissingParts
  readonly workers: number
  readonly signal: AbortSignal
  readonly onProgress: ((progress: JobProgress) => void) | undefined
  /** Told how many requests a worker had to repeat for a file. */
  readonly onRetries: (retries: number) => void
  /** Paced generation: when a file may be begun, and what is told of it once it is in its place. */
  readonly ready?: (part: PartPlan) => Promise<boolean>
  readonly onLanded?: (file: ManifestFile) => void
}

/** After a failure, which may be that of the service itself. */
const LONGEST_CLEANUP_MS = 10_000

/** Make the files that are missing, and the manifest after each of them. */
export async function makeMissing({
  place,
  location,
  parameters,
  manifest,
  kept,
  todo,
  workers,
  signal,
  onProgress,
  onRetries,
  ready,
  onLanded,
}: Missing): Promise<Manifest> {
  const { store } = place
  const files = new Map(kept)
  const promised = new Map(manifest?.files.map(file => [file.index, file.row_digest]))
  const rowsTotal = parameters.rows - [...kept.values()].reduce((sum, file) => sum + file.rows, 0)
  const meter = new ProgressMeter({
    rowsTotal,
    phases: ['writing', 'committing'],
    report: onProgress,
  })
  await place.removeUnfinished(location.prefix)
  await place.requireSpace(todo.rows * BYTES_PER_ROW)
  const current = () => buildManifest(parameters, files.values())
  await writeManifest(store, location, current())
  const saver = new LatestOnly(() => writeManifest(store, location, current()))
  const saveFailed = new AbortController()
  try {
    await makeParts({
      storage: place.storage,
      parameters,
      parts: todo,
      workers,
      signal: AbortSignal.any([signal, saveFailed.signal]),
      onRows: (rows, bytes) => meter.add(rows, bytes),
      onRetries,
      ready,
      onMade: (part, facts) => {
        requireSameRows(part, promised.get(part.index), facts.row_digest)
        files.set(part.index, { ...part, ...facts })
        onLanded?.({ ...part, ...facts })
        saver.request(error => saveFailed.abort(error))
      },
    })
  } catch (error) {
    await saver.settled()
    // What ended the run is what is told; the next one removes what this could not.
    await place
      .removeUnfinished(location.prefix, AbortSignal.timeout(LONGEST_CLEANUP_MS))
      .catch(() => {})
    throw error
  }
  await saver.settled()
  await place.removeUnfinished(location.prefix)
  const complete = current()
  await writeManifest(store, location, complete)
  meter.finish()
  return complete
}

/** A restored file must have the rows that the manifest promised, or the corpus would silently be another one. */
function requireSameRows(part: PartPlan, promised: string | undefined, made: string): void {
  if (promised === undefined || promised === made) return
  throw new PrerequisiteError(
    `${part.key} was restored with other rows than its manifest promised, so the generator has changed. Delete the corpus and generate anew.`,
  )
}

/** Runs a save at a time; requests that come meanwhile are served by one more. */
class LatestOnly {
  private running: Promise<void> | null = null
  private again = false

  constructor(private readonly save: () => Promise<void>) {}

  request(onError: (error: unknown) => void): void {
    this.again = true
    this.running ??= this.loop().catch(onError)
  }

  async settled(): Promise<void> {
    await this.running
  }

  private async loop(): Promise<void> {
    while (this.again) {
      this.again = false
      await this.save()
    }
    this.running = null
  }
}

/** Files that are to be made: their number and rows at once, the files themselves one after the other as they are asked for. */
interface MissingParts extends Iterable<PartPlan> {
  readonly files: number
  readonly rows: number
}

/** @param there files that are not to be made; of a shard, none but its own */
export function missingParts(
  parameters: CorpusParameters,
  prefix: string,
  there: ReadonlyMap<number, PartPlan>,
  { index: first, count: step }: Shard = { index: 0, count: 1 },
): MissingParts {
  const end = fileCount(parameters)
  const files = Math.max(0, Math.ceil((end - first) / step)) - there.size
  const done = [...there.values()].reduce((sum, { rows }) => sum + rows, 0)
  return {
    files,
    rows: Math.min(files * parameters.rows_per_file, parameters.rows - done),
    *[Symbol.iterator]() {
      for (let index = first; index < end; index += step) {
        if (!there.has(index)) yield partPlan(parameters, index, prefix)
      }
    },
  }
}

const INTERVAL_MS = 100

export interface MeterOptions {
  /** Rows that are to be made or checked now. */
  readonly rowsTotal: number
  readonly bytesTotal?: number
  /** Work on the rows, and the work that follows once all of them are through. */
  readonly phases: readonly [work: string, end: string]
  readonly report: ((progress: JobProgress) => void) | undefined
}

/** Counts rows and bytes that are really through, and reports at most ten times a second. */
export class ProgressMeter {
  private rows = 0
  private bytes = 0
  private reported = 0

  constructor(private readonly options: MeterOptions) {}

  add(rows: number, bytes: number): void {
    this.rows += rows
    this.bytes += bytes
    const { rowsTotal, phases } = this.options
    const through = this.rows >= rowsTotal
    if (!through && performance.now() - this.reported < INTERVAL_MS) return
    // All rows are through, the work is not: no share is known of what is left.
    if (through) this.send({ fraction: null, phase: phases[1] })
    else this.send({ fraction: this.rows / rowsTotal, phase: phases[0] })
  }

  /** Report the end of the work. */
  finish(): void {
    this.send({ fraction: 1 })
  }

  private send(state: Pick<JobProgress, 'fraction' | 'phase'>): void {
    this.reported = performance.now()
    const { rowsTotal: rows_total, bytesTotal: bytes_total = null, report } = this.options
    report?.({ rows: this.rows, rows_total, bytes: this.bytes, bytes_total, ...state })
  }
}
