import { createHash } from 'node:crypto'
import { PrerequisiteError } from '../contracts/errors'
import type { JobProgress } from '../contracts/jobs'
import type { ObjectInfo, ObjectStore } from '../contracts/ports'
import { never } from '../shared/abort'
import { listRaw, listRawObjects, type RawObject } from '../workload/raw-files'
import { strangers } from './admission'
import { readFooterDigest } from './footer'
import type { CorpusLocation } from './location'
import { missingParts, ProgressMeter } from './make-missing'
import { type Manifest, type ManifestFile, readManifest, writeManifest } from './manifest'

const AT_ONCE = 16

export interface ChangedFile {
  /** Below the storage root. */
  readonly key: string
  /** The fault, without the key. */
  readonly message: string
}

export interface FileCheck {
  /** Files that are there as the generator left them. */
  readonly unchanged: readonly ManifestFile[]
  /** Files that are there, but with other bytes. */
  readonly changed: readonly ChangedFile[]
  /** Unchanged files whose time was another, or not known, so that every byte was compared. */
  readonly compared: number
}

/**
 * Whether the files of a manifest are those that the generator wrote, without reading them: by size, footer and modification time on a
 * disk, by size and ETag in a store that has them. What a copy or a restored backup changes is its times only: such a file is
 * compared byte for byte, once, since the manifest then takes its new time.
 */
export async function checkFiles(
  store: ObjectStore,
  location: CorpusLocation,
  manifest: Manifest,
  signal: AbortSignal = never(),
): Promise<FileCheck> {
  const objects = new Map(
    (await listRaw(store, location.prefix)).files.map(object => [object.key, object]),
  )
  const unchanged: ManifestFile[] = []
  const changed: ChangedFile[] = []
  let compared = 0
  const check = async (file: ManifestFile) => {
    const object = objects.get(file.key)
    if (object === undefined) return
    const message =
      object.size === file.bytes
        ? await difference(store, file, object, signal)
        : sizes(file, object)
    if (typeof message === 'string') changed.push({ key: file.key, message })
    else {
      if (message !== file) compared++
      unchanged.push(message)
    }
  }
  for (let i = 0; i < manifest.files.length; i += AT_ONCE) {
    signal.throwIfAborted()
    await Promise.all(manifest.files.slice(i, i + AT_ONCE).map(check))
  }
  unchanged.sort((a, b) => a.index - b.index)
  changed.sort((a, b) => (a.key < b.key ? -1 : 1))
  if (compared > 0) {
    const known = new Map(unchanged.map(file => [file.index, file]))
    const files = manifest.files.map(file => known.get(file.index) ?? file)
    // Where nothing can be written they are compared again next time.
    await writeManifest(store, location, { ...manifest, files }).catch(() => {})
  }
  return { unchanged, changed, compared }
}

const sizes = (file: ManifestFile, { size }: ObjectInfo): string =>
  `the file has ${size} bytes, the corpus manifest says ${file.bytes}`

/** Why a file of the right size is another than was written; else the file, with its time of now. */
async function difference(
  store: ObjectStore,
  file: ManifestFile,
  object: ObjectInfo,
  signal: AbortSignal,
): Promise<string | ManifestFile> {
  const { etag = null, modified } = object
  if (etag !== null && etag === file.etag) return file
  const raw = { key: file.key, bytes: file.bytes }
  const footer = await readFooterDigest(store, raw)
  if (file.footer !== null && footer !== file.footer)
    return 'the file has the right size, but another footer than the generator wrote'
  // An ETag that differs says nothing of the bytes: services cut uploads as they like.
  if (file.footer !== null && modified === file.modified && (etag === null || file.etag === null))
    return file
  if ((await digestFile(store, raw, signal)) !== file.sha256)
    return 'the file has the right size, but other bytes than the generator wrote'
  return { ...file, footer, modified, etag }
}

const PIECE = 4 << 20

/** SHA-256 of a file's bytes, hex, in memory that does not grow with it. */
export async function digestFile(
  store: ObjectStore,
  { key, bytes }: RawObject,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  const sha256 = createHash('sha256')
  for (let start = 0; start < bytes; start += PIECE) {
    signal.throwIfAborted()
    const piece = await store.get(key, { start, length: PIECE })
    if (piece === null) break
    sha256.update(piece)
    onBytes(piece.length)
  }
  return sha256.digest('hex')
}

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
