import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { servers } from './servers'

/** What happens to a request instead of being passed on; `cut` passes it on and breaks the answer in the middle. */
export type Fault = 'reset' | 'cut' | { readonly status: number; readonly body?: string }

export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
}

export interface TrinoProxy {
  readonly url: string
  readonly seen: Seen[]
  /** Requests that a fault met. */
  readonly faults: () => number
  /** As if Trino had gone. */
  stop(): Promise<void>
}

export interface ProxyOptions {
  readonly fault?: (request: Seen, count: number) => Fault | null
  /** Speak TLS with this certificate, and ask for this user and password. */
  readonly tls?: {
    readonly key: string
    readonly cert: string
    readonly user: string
    readonly password: string
  }
}

/** A proxy in front of the real Trino, on the loopback; ends with the test. */
export async function trinoProxy({ fault, tls }: ProxyOptions = {}): Promise<TrinoProxy> {
  const target = new URL(servers.trino())
  const seen: Seen[] = []
  let faults = 0
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const one: Seen = {
      method: incoming.method!,
      path: incoming.url!,
      headers: { ...incoming.headers },
    }
    seen.push(one)
    if (
      tls &&
      incoming.headers.authorization !==
        `Basic ${Buffer.from(`${tls.user}:${tls.password}`).toString('base64')}`
    ) {
      outgoing.writeHead(401).end('Unauthorized')
      return
    }
    // The Trino behind speaks http and would refuse a password.
    const { authorization: _, ...headers } = incoming.headers
    const failed = fault?.(one, seen.length) ?? null
    if (failed !== null) faults++
    if (failed === 'reset') {
      incoming.socket.resetAndDestroy()
      return
    }
    if (failed !== null && failed !== 'cut') {
      outgoing.writeHead(failed.status).end(failed.body ?? '')
      return
    }
    // Trino makes the address of the next page from the Host header, which is this proxy's.
    const passed = request({
      host: target.hostname,
      port: target.port,
      method: one.method,
      path: one.path,
      headers: { ...headers, 'accept-encoding': 'identity' },
    })
    passed.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const body = Buffer.from(tls ? text.replaceAll(`http://127.0.0.1:${port()}`, url()) : text)
        const {
          'content-length': _length,
          'transfer-encoding': _encoding,
          ...rest
        } = response.headers
        outgoing.writeHead(response.statusCode!, { ...rest, 'content-length': body.length })
        if (failed === null) outgoing.end(body)
        else
          outgoing.write(body.subarray(0, body.length / 2), () => incoming.socket.resetAndDestroy())
      })
    })
    passed.on('error', () => incoming.socket.destroy())
    incoming.pipe(passed)
  }
  const server = tls
    ? createTlsServer({ key: tls.key, cert: tls.cert }, answer)
    : createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port: number } = server.address() as AddressInfo
  const port = () => number
  const url = () => `${tls ? 'https' : 'http'}://127.0.0.1:${number}`
  const stop = async () => {
    server.closeAllConnections()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
  onTestFinished(async () => {
    if (server.listening) await stop()
  })
  return { url: url(), seen, faults: () => faults, stop }
}
