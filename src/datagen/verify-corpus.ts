import { PrerequisiteError } from '../contracts/errors'
import type { JobProgress } from '../contracts/jobs'
import type { ObjectStore } from '../contracts/ports'
import { listRawObjects } from '../workload/raw-files'
import { strangers } from './admission'
import { digestFile } from './check-files'
import type { CorpusLocation } from './location'
import { missingParts } from './make-missing'
import { type ManifestFile, readManifest } from './manifest'
import { ProgressMeter } from './progress-meter'

export interface CorpusFinding {
  /** Below the storage root. */
  readonly key: string
  readonly problem: 'missing' | 'truncated' | 'altered' | 'unexpected'
  /** One sentence. */
  readonly message: string
}

export interface CorpusCheck {
  readonly files_checked: number
  readonly bytes_checked: number
  /** Empty where every file is as its manifest says. */
  readonly findings: readonly CorpusFinding[]
}

/**
 * Compare every file of a generated corpus with the manifest: presence, size, and SHA-256 of its bytes, hence its rows.
 *
 * @throws PrerequisiteError where there is no generated corpus; the signal's reason when aborted
 */
export async function verifyCorpus(
  store: ObjectStore,
  location: CorpusLocation,
  options: { readonly signal: AbortSignal; readonly onProgress?: (progress: JobProgress) => void },
): Promise<CorpusCheck> {
  options.signal.throwIfAborted()
  const manifest = await readManifest(store, location)
  if (manifest === null) {
    throw new PrerequisiteError(
      `There is no ${store.location(location.manifest)}, so there is nothing to compare the raw files with. \`lakebench generate\` makes a corpus.`,
    )
  }
  const { parameters, files, totals } = manifest
  const sizes = new Map(
    (await listRawObjects(store, location.prefix)).map(object => [object.key, object.bytes]),
  )
  const meter = new ProgressMeter({
    rowsTotal: totals.rows,
    bytesTotal: totals.bytes,
    phases: ['checking', 'looking for other files'],
    report: options.onProgress,
  })
  const findings: CorpusFinding[] = []
  let bytes_checked = 0
  for (const file of files) {
    const size = sizes.get(file.key)
    const finding = sizeFinding(file, size)
    if (finding !== null) findings.push(finding)
    else {
      const sha256 = await digestFile(store, file, options.signal, bytes => meter.add(0, bytes))
      bytes_checked += file.bytes
      if (sha256 !== file.sha256) {
        const message = `${file.key} has the right size, but other bytes than were written.`
        findings.push({ key: file.key, problem: 'altered', message })
      }
    }
    meter.add(file.rows, 0)
  }
  const unmade = missingParts(
    parameters,
    location.prefix,
    new Map(files.map(file => [file.index, file])),
  )
  for (const { key } of unmade) {
    const one = unmade.files === 1
    const message = `${key} was never finished${one ? '' : `, nor were ${unmade.files - 1} more`}.`
    findings.push({ key, problem: 'missing', message })
    break
  }
  for (const key of await strangers(store, location, manifest)) {
    const message = `${key} lies in ${location.prefix}, but is no part of the corpus.`
    findings.push({ key, problem: 'unexpected', message })
  }
  meter.finish()
  return { files_checked: files.length, bytes_checked, findings }
}

function sizeFinding(file: ManifestFile, size: number | undefined): CorpusFinding | null {
  const { key, bytes } = file
  if (size === undefined) return { key, problem: 'missing', message: `${key} is missing.` }
  if (size < bytes)
    return { key, problem: 'truncated', message: `${key} has ${size} bytes of ${bytes}.` }
  if (size > bytes)
    return {
      key,
      problem: 'altered',
      message: `${key} has ${size} bytes, ${size - bytes} too many.`,
    }
  return null
}
