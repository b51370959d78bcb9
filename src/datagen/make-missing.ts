import { existsSync } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import type { JobProgress } from '../contracts/jobs'
import { explainDiskError } from '../disk-error'
import { buildManifest, type Manifest, type ManifestFile, writeManifest } from './manifest'
import { UNFINISHED_PREFIX } from './part-sink'
import type { CorpusPlace } from './place'
import { BYTES_PER_ROW, type CorpusParameters, type PartPlan } from './plan'
import { ProgressMeter } from './progress-meter'
import { makeParts } from './worker-pool'

export interface Missing {
  readonly place: CorpusPlace
  readonly parameters: CorpusParameters
  readonly manifest: Manifest | null
  readonly kept: ReadonlyMap<number, ManifestFile>
  readonly todo: readonly PartPlan[]
  readonly workers: number
  readonly signal: AbortSignal
  readonly onProgress: ((progress: JobProgress) => void) | undefined
}

/** Make the files that are missing, and the manifest after each of them. */
export async function makeMissing({
  place,
  parameters,
  manifest,
  kept,
  todo,
  workers,
  signal,
  onProgress,
}: Missing): Promise<Manifest> {
  const { store, folder, deliver } = place
  const files = new Map(kept)
  const promised = new Map(manifest?.files.map(file => [file.index, file.row_digest]))
  const meter = new ProgressMeter(parameters.rows, [...kept.values()], onProgress)
  await removeUnfinished(folder)
  await place.removeLeftovers?.()
  await requireSpace(place, todo, workers)
  const current = () => buildManifest(parameters, files.values())
  await writeManifest(store, current())
  const saver = new LatestOnly(() => writeManifest(store, current()))
  const saveFailed = new AbortController()
  try {
    await makeParts({
      root: folder,
      parameters,
      parts: todo,
      workers,
      signal: AbortSignal.any([signal, saveFailed.signal]),
      onRows: (rows, bytes) => meter.add(rows, bytes),
      onMade: async (part, facts) => {
        if (deliver) await handOver(deliver, part.key, join(folder, part.key), saveFailed.signal, signal)
        requireSameRows(part, promised.get(part.index), facts.row_digest)
        files.set(part.index, { ...part, ...facts })
        saver.request(error => saveFailed.abort(error))
      },
    })
  } finally {
    await saver.settled()
    await removeUnfinished(folder)
  }
  const complete = current()
  await writeManifest(store, complete)
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

async function removeUnfinished(root: string): Promise<void> {
  try {
    await rm(join(root, UNFINISHED_PREFIX), { recursive: true, force: true })
  } catch (error) {
    throw explainDiskError(error, `remove unfinished files in ${join(root, UNFINISHED_PREFIX)}`)
  }
}

/** The local copy goes either way. */
async function handOver(
  deliver: NonNullable<CorpusPlace['deliver']>,
  key: string,
  path: string,
  ...signals: AbortSignal[]
): Promise<void> {
  try {
    await deliver(key, path, AbortSignal.any(signals))
  } finally {
    await rm(path, { force: true })
  }
}

/** Made in place, every file needs its space; made elsewhere, only those under way. */
async function requireSpace(place: CorpusPlace, todo: readonly PartPlan[], workers: number): Promise<void> {
  const here = place.deliver ? todo.slice(0, workers) : todo
  let folder = place.folder
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const disk = await statfs(folder).catch(() => null)
  // Some network file systems report nothing.
  if (disk === null || disk.blocks === 0) return
  const needed = here.reduce((sum, part) => sum + part.rows, 0) * BYTES_PER_ROW
  const free = disk.bavail * disk.bsize
  if (needed <= free) return
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(2)} GiB`
  throw new PrerequisiteError(
    `The corpus needs ${gib(needed)}, and the disk of ${place.folder} has ${gib(free)} free. Free some space, choose another ${place.deliver ? 'TMPDIR' : 'platform.storage.path'}, or a smaller scale.`,
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
