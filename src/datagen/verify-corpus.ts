import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import type { JobProgress } from '../contracts/jobs'
import { explainDiskError } from '../disk-error'
import { CORPUS_MANIFEST_KEY, RAW_PREFIX } from '../workload/raw-columns'
import { strangers } from './admission'
import { type ManifestFile, readManifest } from './manifest'
import { fileCount, partPlan } from './plan'
import { ProgressMeter } from './progress-meter'
import { listRaw } from './raw-listing'

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

const PIECE = 4 << 20

/**
 * Compare every file of a generated corpus with the manifest: presence, size, and SHA-256 of its bytes, hence its rows.
 *
 * @throws PrerequisiteError where there is no generated corpus; the signal's reason when aborted
 */
export async function verifyCorpus(
  root: string,
  options: { readonly signal: AbortSignal; readonly onProgress?: (progress: JobProgress) => void },
): Promise<CorpusCheck> {
  options.signal.throwIfAborted()
  const manifest = await readManifest(root)
  if (manifest === null) {
    throw new PrerequisiteError(
      `There is no ${CORPUS_MANIFEST_KEY} in ${root}, so there is nothing to compare the raw files with. \`lakebench generate\` makes a corpus.`,
    )
  }
  const { parameters, files, totals } = manifest
  const sizes = new Map((await listRaw(root)).map(object => [object.key, object.bytes]))
  const meter = new ProgressMeter(Math.max(1, totals.rows), [], options.onProgress, totals.bytes)
  const findings: CorpusFinding[] = []
  let bytes_checked = 0
  for (const file of files) {
    const size = sizes.get(file.key)
    const finding = sizeFinding(file, size)
    if (finding !== null) findings.push(finding)
    else {
      const sha256 = await digestFile(join(root, file.key), options.signal, bytes => meter.add(0, bytes))
      bytes_checked += file.bytes
      if (sha256 !== file.sha256) {
        const message = `${file.key} has the right size, but other bytes than were written.`
        findings.push({ key: file.key, problem: 'altered', message })
      }
    }
    meter.add(file.rows, 0)
  }
  const listed = new Set(files.map(file => file.index))
  for (let index = 0; index < fileCount(parameters); index++) {
    if (listed.has(index)) continue
    const { key } = partPlan(parameters, index)
    findings.push({ key, problem: 'missing', message: `${key} was never finished.` })
  }
  for (const key of await strangers(root, manifest)) {
    const message = `${key} lies in ${RAW_PREFIX}, but is no part of the corpus.`
    findings.push({ key, problem: 'unexpected', message })
  }
  meter.finish()
  return { files_checked: files.length, bytes_checked, findings }
}

function sizeFinding(file: ManifestFile, size: number | undefined): CorpusFinding | null {
  const { key, bytes } = file
  if (size === undefined) return { key, problem: 'missing', message: `${key} is missing.` }
  if (size < bytes) return { key, problem: 'truncated', message: `${key} has ${size} bytes of ${bytes}.` }
  if (size > bytes) return { key, problem: 'altered', message: `${key} has ${size} bytes, ${size - bytes} too many.` }
  return null
}

async function digestFile(path: string, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<string> {
  const sha256 = createHash('sha256')
  const buffer = Buffer.allocUnsafe(PIECE)
  try {
    const file = await open(path, 'r')
    try {
      for (;;) {
        signal.throwIfAborted()
        const { bytesRead } = await file.read(buffer, 0, PIECE)
        if (bytesRead === 0) return sha256.digest('hex')
        sha256.update(buffer.subarray(0, bytesRead))
        onBytes(bytesRead)
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw explainDiskError(error, `read ${path}`)
  }
}
