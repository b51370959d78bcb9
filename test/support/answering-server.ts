import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface AnsweringServer {
  readonly url: string
  readonly requests: IncomingMessage[]
  /** Bytes that `pour` has sent. */
  poured: number
}

/** A server on loopback that answers as a test wants, gone after it. */
export async function answeringServer(
  answer: (request: IncomingMessage, response: ServerResponse, server: AnsweringServer) => void,
): Promise<AnsweringServer> {
  const requests: IncomingMessage[] = []
  const http = createServer((request, response) => {
    requests.push(request)
    request.resume()
    answer(request, response, server)
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  const server = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    poured: 0,
  }
  return server
}

/** A body without an end, as fast as it is taken. */
export function pour(
  response: ServerResponse,
  server: AnsweringServer,
  head = '',
  piece = ' '.repeat(65_536),
): void {
  response.write(head)
  const more = () => {
    while (!response.destroyed) {
      server.poured += piece.length
      if (!response.write(piece)) break
    }
  }
  response.on('drain', more)
  more()
}
