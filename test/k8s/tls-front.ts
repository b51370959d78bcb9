import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'

export interface TlsFront {
  readonly port: number
  close(): Promise<void>
}

/** The same server behind TLS, on every address of this machine: bytes are only carried. */
export async function tlsFront(
  address: string,
  keys: { key: string; cert: string },
): Promise<TlsFront> {
  const { hostname, port } = new URL(address)
  const open = new Set<TLSSocket>()
  const server = createServer(keys, socket => {
    const behind = connect(Number(port), hostname)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    for (const [from, to] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      from.on('error', () => to.destroy())
      // What it has yet to write goes out first.
      from.on('close', () => to.destroySoon())
      from.pipe(to)
    }
  })
  await new Promise<void>(done => server.listen(0, '0.0.0.0', done))
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}
