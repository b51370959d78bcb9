import { PrerequisiteError } from '../contracts/errors'
import type { ByteRange, ObjectInfo, ObjectStore } from '../contracts/ports'

/** An ObjectStore in memory; passes the same conformance suite as the real ones. Engines cannot open its locations. */
export class MemoryStore implements ObjectStore {
  private readonly objects = new Map<string, { body: Uint8Array; modified: number }>()

  /** Objects below the prefix, sorted by key. */
  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    return [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, { body, modified }]) => ({ key, size: body.byteLength, modified }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  }

  /** `null` where there is none. */
  async get(key: string, range?: ByteRange): Promise<Uint8Array | null> {
    const body = this.objects.get(checked(key))?.body ?? null
    return body && range ? body.subarray(range.start, range.start + range.length) : body
  }

  /** `ifAbsent` refuses to replace and returns false. */
  async put(
    key: string,
    body: Uint8Array | string,
    options: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    if (options.ifAbsent && this.objects.has(checked(key))) return false
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : Uint8Array.from(body)
    this.objects.set(checked(key), { body: bytes, modified: Date.now() })
    return true
  }

  /** Remove it; no error where there is none. */
  async delete(key: string): Promise<void> {
    this.objects.delete(checked(key))
  }

  /** `memory:` and the key; nothing opens it. */
  location(key: string): string {
    return `memory:${checked(key)}`
  }
}

function checked(key: string): string {
  const parts = key.split('/')
  if (
    key === '' ||
    key.startsWith('/') ||
    key.includes('\0') ||
    parts.some(p => p === '' || p === '.' || p === '..')
  ) {
    throw new PrerequisiteError(
      `${JSON.stringify(key)} is no key below the store's root. Use parts separated by /, without . or ..`,
    )
  }
  return key
}
