import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TcpFront {
  readonly url: string
  /** Cuts what is open and refuses what comes, as if the server had gone. */
  down(): Promise<void>
  up(): Promise<void>
}

/** A port on the loopback that passes bytes on to a server as they come, so that it costs nothing; ends with the test. */
export async function tcpFront(target: string): Promise<TcpFront> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  const server = createServer(client => {
    const behind = connect(Number(port), hostname)
    for (const socket of [client, behind]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        behind.destroy()
      })
    }
    client.pipe(behind).pipe(client)
  })
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const here = (server.address() as AddressInfo).port
  const down = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of open) socket.destroy()
    await closed
  }
  onTestFinished(async () => {
    if (server.listening) await down()
  })
  return { url: `http://127.0.0.1:${here}`, down, up: () => listen(here) }
}
