import { createHash } from 'node:crypto'
import type { ObjectStore } from '../contracts/ports'
import type { RawObject } from '../workload/raw-files'

/** Footer length and magic. */
const TAIL = 8
const MAGIC = 'PAR1'
/** Holds most footers whole, so that a file takes one request. */
const FIRST_READ = 64 * 1024

/** SHA-256 of a file's Parquet footer, or of the last bytes of what is no Parquet file; its reader will say so. */
export async function readFooterDigest(
  store: ObjectStore,
  { key, bytes: size }: RawObject,
): Promise<string> {
  const last = async (length: number) =>
    Buffer.from((await store.get(key, { start: size - length, length })) ?? [])
  const end = await last(Math.min(FIRST_READ, size))
  const length = footerLength(end)
  return sha256(
    length <= end.length
      ? end.subarray(-length)
      : length > size
        ? end.subarray(-TAIL)
        : await last(length),
  )
}

/** The same of a file that is being written. @param end its last bytes, the footer whole among them */
export const footerDigest = (end: Buffer): string => sha256(end.subarray(-footerLength(end)))

function footerLength(end: Buffer): number {
  const tail = end.subarray(-TAIL)
  return tail.length === TAIL && tail.toString('latin1', 4) === MAGIC
    ? tail.readUInt32LE(0) + TAIL
    : TAIL
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
