import { createHash } from 'node:crypto'
import type { ObjectStore } from '../contracts/ports'
import type { RawObject } from '../workload/raw-files'

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
