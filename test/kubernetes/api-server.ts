import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeApi } from '../../src/kubernetes/kube-api'
import { type Answer, Collection } from './collection'

/** A collection behind HTTP, at an address of its own. */
export class FaultyApiServer extends Collection {
  private constructor(private readonly server: Server) {
    super()
    server.on('request', (request, response) =>
      this.answer(new URL(request.url!, 'http://x').searchParams, answerOver(response)),
    )
  }

  static async start(): Promise<FaultyApiServer> {
    const server = createServer()
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    return new FaultyApiServer(server)
  }

  api(): KubeApi {
    const { port } = this.server.address() as AddressInfo
    return new KubeApi({
      server: `http://127.0.0.1:${port}`,
      namespace: 'ns',
      credentials: async () => ({}),
    })
  }

  async stop(): Promise<void> {
    this.cut()
    this.server.closeAllConnections()
    await new Promise(done => this.server.close(done))
  }
}

function answerOver(response: ServerResponse): Answer {
  return {
    json: (status, body) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(status === 429 && { 'retry-after': '0' }),
      })
      response.end(JSON.stringify(body))
    },
    begin: () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
    },
    write: bytes => response.write(bytes),
    end: bytes => response.end(bytes),
    destroy: () => response.destroy(),
    destroySoon: () => setTimeout(() => response.destroy(), 5),
    onClose: listener => response.on('close', listener),
  }
}
