import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeApi } from '../../src/kubernetes/kube-api'
import type { KubeObject } from '../../src/kubernetes/objects'

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

/** What goes wrong with the next watch. */
export type Fault =
  | 'expired'
  | 'error-event'
  | 'garbage'
  | 'reset'
  | 'silence'
  | 'half-line'
  | 'end'
  | 'busy'
  | 'forbidden'

/**
 * An API server that keeps one collection and its history, and fails on demand as a real one does not: it expires places, resets and
 * stalls connections, cuts lines in the middle of a character, sends what is no event.
 */
export class FaultyApiServer {
  private readonly objects = new Map<string, KubeObject>()
  private history: Change[] = []
  private version = 1
  private oldest = 1
  private readonly streams = new Set<ServerResponse>()
  readonly faults: Fault[] = []
  /** Everything is forbidden. */
  denied = false
  lists = 0
  watches = 0
  /** Times of the watch requests, by the monotonic clock. */
  readonly watchTimes: number[] = []

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => this.answer(request, response))
  }

  static async start(): Promise<FaultyApiServer> {
    const server = createServer()
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    return new FaultyApiServer(server)
  }

  api(): KubeApi {
    const { port } = this.server.address() as AddressInfo
    return new KubeApi({ server: `http://127.0.0.1:${port}`, namespace: 'ns', credentials: async () => ({}) })
  }

  put(name: string, text: string): void {
    const known = this.objects.get(name)
    const object = this.stamp({
      metadata: { name, uid: known?.metadata.uid ?? `${name}-${this.version}`, annotations: { text } },
    })
    this.objects.set(name, object)
    this.record({ type: known ? 'MODIFIED' : 'ADDED', object })
  }

  remove(name: string): void {
    const known = this.objects.get(name)
    if (!known) return
    this.objects.delete(name)
    this.record({ type: 'DELETED', object: this.stamp(known) })
  }

  /** Forget how it came to be as it is. */
  compact(): void {
    this.history = []
    this.oldest = this.version
  }

  /** Break all watches that are open. */
  cut(): void {
    for (const stream of this.streams) stream.destroy()
  }

  truth(): Record<string, string> {
    return Object.fromEntries([...this.objects].map(([name, o]) => [name, o.metadata.annotations!.text!]))
  }

  async stop(): Promise<void> {
    this.cut()
    this.server.closeAllConnections()
    await new Promise(done => this.server.close(done))
  }

  private stamp(object: KubeObject): KubeObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.version) } }
  }

  private record(change: Omit<Change, 'version'>): void {
    const kept = { ...change, version: this.version }
    this.history.push(kept)
    for (const stream of this.streams) stream.write(line(kept))
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const query = new URL(request.url!, 'http://x').searchParams
    if (this.denied) forbid(response)
    else if (query.get('watch') === 'true') this.watch(Number(query.get('resourceVersion')), response)
    else this.list(query, response)
  }

  private list(query: URLSearchParams, response: ServerResponse): void {
    this.lists++
    const all = [...this.objects.values()]
    const from = Number(query.get('continue') ?? 0)
    const limit = Math.min(2, Number(query.get('limit') ?? 500))
    const more = from + limit < all.length
    json(response, 200, {
      metadata: { resourceVersion: String(this.version), ...(more && { continue: String(from + limit) }) },
      items: all.slice(from, from + limit),
    })
  }

  private watch(from: number, response: ServerResponse): void {
    this.watches++
    this.watchTimes.push(performance.now())
    const fault = this.faults.shift()
    const missed = Buffer.from(
      this.history
        .filter(change => change.version > from)
        .map(line)
        .join(''),
    )
    if (fault === 'forbidden') forbid(response)
    else if (fault === 'busy') json(response, 429, { reason: 'TooManyRequests', message: 'later' })
    else if (fault === 'expired') json(response, 410, EXPIRED)
    else {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      if (from < this.oldest) response.end(line({ type: 'ERROR', object: EXPIRED }))
      else this.stream(missed, response, fault)
    }
  }

  private stream(missed: Buffer, response: ServerResponse, fault: Fault | undefined): void {
    switch (fault) {
      case 'reset':
        response.destroy()
        return
      case 'end':
        response.end()
        return
      case 'silence':
        return
      case 'error-event':
        response.end(line({ type: 'ERROR', object: { code: 500, reason: 'InternalError', message: 'oops' } }))
        return
      case 'garbage':
        response.end('{"type":"ADDED","obj\n')
        return
      case 'half-line':
        response.write(missed.subarray(0, Math.floor(missed.length / 2)))
        setTimeout(() => response.destroy(), 5)
        return
    }
    this.streams.add(response)
    response.on('close', () => this.streams.delete(response))
    // In pieces that end anywhere, also inside a character.
    for (let at = 0; at < missed.length; at += 7) response.write(missed.subarray(at, at + 7))
    response.write(
      line({ type: 'BOOKMARK', object: { metadata: { name: '', resourceVersion: String(this.version) } } }),
    )
  }
}

const EXPIRED = { code: 410, reason: 'Expired', message: 'too old resource version' }

const forbid = (response: ServerResponse) =>
  json(response, 403, { code: 403, reason: 'Forbidden', message: 'things is forbidden' })

const line = (event: object) => `${JSON.stringify(event)}\n`

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 && { 'retry-after': '0' }) })
  response.end(JSON.stringify(body))
}
