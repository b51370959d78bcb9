import { QueryFailedError } from '../contracts/errors'
import type {
  CacheFlush,
  CellValue,
  DialectName,
  EngineDescription,
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
