import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What may happen to a request. Positions are bytes of the answer's body. */
export type Fault =
  /** The answer waits, up to half as long again by the seed. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** The connection is reset before the server has the request. */
  | { readonly kind: 'reset' }
  /** The request is swallowed, and nothing ever answers. */
  | { readonly kind: 'stall' }
  /** The server carries it out, and the connection is reset in place of its answer. */
  | { readonly kind: 'lose-answer' }
  /** The server carries it out, and its answer never comes. */
  | { readonly kind: 'lose-answer-silently' }
  /** The answer's head promises the whole body, which ends early. */
  | { readonly kind: 'cut'; readonly at: number }
  /** As cut, but the connection stays open and silent. */
  | { readonly kind: 'freeze'; readonly at: number }
  /** One bit of the answer's body is turned over. */
  | { readonly kind: 'flip'; readonly at: number }
  /** The server gets it twice, as from a nervous gateway; the second answer is passed on. */
  | { readonly kind: 'repeat' }
  /** The proxy answers itself; the server has nothing of it. */
  | {
      readonly kind: 'answer'
      readonly status: number
      /** S3's code, for an answer in its form. */
      readonly code?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

export interface Rule {
  /** `GET /bucket/key?query` must match. */
  readonly match: RegExp
  readonly fault: Fault
  /** The first matching request that it happens to, counted from 1. */
  readonly from?: number
  /** How many in a row; default 1. */
  readonly times?: number
}

interface SeenRequest {
  /** Method, path and query. */
  readonly line: string
  readonly fault: Fault['kind'] | null
}

/**
 * A proxy before one HTTP server that does to requests what networks and servers do. Everything is triggered by counting
 * requests, so that a test repeats exactly. It listens on loopback only.
 */
export class FaultProxy {
  /** Every request that came, in order. */
  readonly seen: SeenRequest[] = []
  private readonly sockets = new Set<Socket>()
  private rules: { readonly rule: Rule; count: number }[] = []
  private server: Server | null = null
  private port = 0
  private random: number

  constructor(
    private readonly target: URL,
    seed = 1,
  ) {
    this.random = seed
  }

  static async to(endpoint: string, seed?: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(endpoint), seed)
    await proxy.up()
    return proxy
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Replace what is to happen; requests are counted anew. */
  rule(...rules: readonly Rule[]): void {
    this.rules = rules.map(rule => ({ rule, count: 0 }))
    this.seen.length = 0
  }

  /** How many requests matched since the rules were set. */
  count(match: RegExp): number {
    return this.seen.filter(({ line }) => match.test(line)).length
  }

  /** Nothing listens any more, and open connections are reset. */
  async down(): Promise<void> {
    const closed = this.server && once(this.server, 'close')
    this.server?.close()
    for (const socket of this.sockets) socket.resetAndDestroy()
    await closed
    this.server = null
  }

  /** Listen, after `down` on the same port again. */
  async up(): Promise<void> {
    this.server = createServer(client => this.accept(client))
    this.server.listen(this.port, '127.0.0.1')
    await once(this.server, 'listening')
    this.port = (this.server.address() as AddressInfo).port
  }

  private accept(client: Socket): void {
    this.keep(client)
    let received = Buffer.alloc(0)
    client.on('data', bytes => {
      received = Buffer.concat([received, bytes])
      for (;;) {
        const length = requestLength(received)
        if (length === null || received.length < length) return
        const request = received.subarray(0, length)
        received = received.subarray(length)
        this.handle(client, request).catch(() => client.destroy())
      }
    })
  }

  private async handle(client: Socket, request: Buffer): Promise<void> {
    const line = request.toString('latin1', 0, request.indexOf('\r\n')).replace(/ HTTP\/1\.\d$/, '')
    const fault = this.faultFor(line)
    this.seen.push({ line, fault: fault?.kind ?? null })
    if (fault?.kind === 'stall') return
    if (fault?.kind === 'reset') return void client.resetAndDestroy()
    if (fault?.kind === 'answer') return void client.end(ownAnswer(fault))
    if (fault?.kind === 'repeat') await this.ask(request)
    const answer = await this.ask(request)
    if (fault?.kind === 'lose-answer-silently') return
    if (fault?.kind === 'lose-answer') return void client.resetAndDestroy()
    if (fault?.kind === 'latency') await sleep(fault.ms * (1 + this.jitter() / 2))
    const body = answer.indexOf('\r\n\r\n') + 4
    if (fault?.kind === 'flip') answer[body + fault.at]! ^= 1
    if (fault?.kind === 'freeze') return void client.write(answer.subarray(0, body + fault.at))
    if (fault?.kind === 'cut') return void client.end(answer.subarray(0, body + fault.at))
    // The server closes after each answer, and so does the proxy.
    client.end(answer)
  }

  private faultFor(line: string): Fault | null {
    let found: Fault | null = null
    for (const entry of this.rules) {
      const { match, fault, from = 1, times = 1 } = entry.rule
      if (!match.test(line)) continue
      entry.count++
      if (entry.count >= from && entry.count < from + times) found ??= fault
    }
    return found
  }

  /** The server's whole answer. */
  private async ask(request: Buffer): Promise<Buffer> {
    const server = connect({ host: this.target.hostname, port: Number(this.target.port) })
    this.keep(server)
    server.write(withoutKeepAlive(request))
    const pieces: Buffer[] = []
    for await (const piece of server) pieces.push(piece as Buffer)
    return Buffer.concat(pieces)
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('error', () => {})
  }

  /** 0 to 1, the same row for the same seed. */
  private jitter(): number {
    this.random = (this.random * 48_271) % 2_147_483_647
    return this.random / 2_147_483_647
  }
}

/** Bytes of the request at the beginning; `null` while its head is not complete. */
function requestLength(bytes: Buffer): number | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const head = bytes.toString('latin1', 0, end)
  if (/^transfer-encoding:/im.test(head)) throw new Error('the proxy knows no chunked requests')
  return end + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
}

/** No S3 signature covers the header, which concerns two neighbours only. */
function withoutKeepAlive(request: Buffer): Buffer {
  const end = request.indexOf('\r\n\r\n')
  const head = request.toString('latin1', 0, end).replace(/^connection:.*$/im, 'Connection: close')
  return Buffer.concat([Buffer.from(head, 'latin1'), request.subarray(end)])
}

function ownAnswer({
  status,
  code,
  headers = {},
  body,
}: Extract<Fault, { kind: 'answer' }>): string {
  const text =
    body ??
    (code === undefined
      ? ''
      : `<Error><Code>${code}</Code><Message>as the test wants</Message></Error>`)
  const all = {
    'Content-Type': 'application/xml',
    'Content-Length': text.length,
    Connection: 'close',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Answer\r\n${lines.join('')}\r\n${text}`
}
