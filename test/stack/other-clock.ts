import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A store whose clock is another; `stop` ends it. */
export interface OtherClock {
  readonly url: string
  /** Answers in which a time was moved. */
  readonly moved: () => number
  stop(): Promise<void>
}

const DATES = ['date', 'last-modified']
const LISTED = /(?<=<LastModified>)[^<]+/g

/** A proxy before an S3 server, on the loopback, which tells every time so many seconds later (or, below 0, earlier) than the server. */
export async function storeWithOtherClock(endpoint: string, seconds: number): Promise<OtherClock> {
  const { hostname, port } = new URL(endpoint)
  let moved = 0
  const later = (time: string) => new Date(Date.parse(time) + seconds * 1000)
  const head = ({ headers }: IncomingMessage) => {
    const changed = Object.fromEntries(
      DATES.flatMap(name =>
        headers[name] ? [[name, later(String(headers[name])).toUTCString()]] : [],
      ),
    )
    if (Object.keys(changed).length > 0) moved++
    return { ...headers, ...changed }
  }
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // The signature is over the Host header, so that goes on as it came.
    const { expect: _, ...headers } = incoming.headers
    const passed = request({ hostname, port, method: incoming.method, path: incoming.url, headers })
    passed.on('response', answer => {
      if (!/xml/.test(String(answer.headers['content-type']))) {
        outgoing.writeHead(answer.statusCode!, head(answer))
        answer.pipe(outgoing)
        return
      }
      const chunks: Buffer[] = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('end', () => {
        const body = Buffer.concat(chunks)
          .toString()
          .replace(LISTED, time => later(time).toISOString())
        const { 'transfer-encoding': _, ...rest } = head(answer)
        outgoing.writeHead(answer.statusCode!, {
          ...rest,
          'content-length': Buffer.byteLength(body),
        })
        outgoing.end(body)
      })
    })
    passed.on('error', () => incoming.socket.destroy())
    incoming.on('error', () => passed.destroy())
    incoming.pipe(passed)
  }
  const server = createServer(pass)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    moved: () => moved,
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
