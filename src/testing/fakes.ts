import { PrerequisiteError, QueryFailedError } from '../contracts/errors'
import type {
  ByteRange,
  CacheFlush,
  CellValue,
  DialectName,
  EngineDescription,
  ObjectInfo,
  ObjectStore,
  QueryEngine,
  QueryResponse,
} from '../contracts/ports'

/** An answer that a fake gives. */
export interface FakeAnswer {
  /** Names of the columns; default `n`. */
  readonly columns?: readonly string[]
  /** Values by row; default one row with 1. */
  readonly rows?: readonly (readonly CellValue[])[]
  /** Time that the answer is said to have taken; default 0.001 s. */
  readonly engine_seconds?: number
  /** The query fails with this text. */
  readonly error?: string
}

/** A QueryEngine that answers from a script: for the edge cases of a port that a real engine will not show on demand. */
export class FakeQueryEngine implements QueryEngine {
  /** Proves nothing and reports nothing. */
  readonly capabilities: QueryEngine['capabilities'] = {
    provesColdCache: false,
    reportsBytesRead: false,
  }
  /** Every SQL text that came, in order. */
  readonly asked: string[] = []
  /** How often caches were to be flushed. */
  flushes = 0

  constructor(
    private readonly answer: (sql: string, call: number) => FakeAnswer,
    readonly dialect: DialectName = 'duckdb',
  ) {}

  /** The answer to this text, or `QueryFailedError`. */
  async query(sql: string, { signal }: { signal: AbortSignal }): Promise<QueryResponse> {
    signal.throwIfAborted()
    this.asked.push(sql)
    const {
      columns = ['n'],
      rows = [[1]],
      engine_seconds = 0.001,
      error,
    } = this.answer(sql, this.asked.length)
    if (error !== undefined) throw new QueryFailedError('', error)
    return {
      columns: columns.map(name => ({ name, type: 'VARCHAR' })),
      rows,
      engine_seconds,
      fetch_seconds: 0,
      bytes_read: null,
      bytes_from_device: null,
    }
  }

  /** Counted; proves nothing. */
  async flushCaches(): Promise<CacheFlush> {
    this.flushes++
    return { proven: false, detail: 'a fake has no cache' }
  }

  /** The name `fake`. */
  async describe(): Promise<EngineDescription> {
    return { name: 'fake', version: '0', details: {} }
  }

  /** Nothing to release. */
  async close(): Promise<void> {}
}

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
