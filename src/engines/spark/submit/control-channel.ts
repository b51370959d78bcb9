import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** A line longer than this is not one of the driver's. Characters. */
const LONGEST_LINE = 1_000_000
/** Before the token is known nobody needs more. */
const LONGEST_HELLO = 4096

export interface DriverHello {
  readonly spark: string
  readonly python: string
  readonly pid: number
}

/** What went wrong in a job, in the driver's words. Not yet free of secrets. */
export interface DriverError {
  readonly type: string
  readonly message: string
  /** Class of the innermost cause where Java failed. */
  readonly java_class: string | null
  readonly stack: string
}

export type DriverMessage =
  | { readonly id: number; readonly progress: Readonly<Record<string, unknown>> }
  | { readonly id: number; readonly done: true }
  | { readonly id: number; readonly error: DriverError }

export type DriverOrder =
  | { readonly id: number; readonly module: string; readonly job: string }
  | { readonly cancel: number }
  | { readonly stop: true }

/**
 * The line to one driver: a socket on loopback that answers only to who knows the token. The driver ends when the connection
 * does, so that it cannot outlive this process.
 */
export class ControlChannel {
  readonly port: number
  readonly token = randomBytes(32).toString('hex')
  /** Settles at the first hello with the right token; stays open when there is none. */
  readonly hello: Promise<DriverHello>
  /** Settles when the driver's connection has ended. */
  readonly closed: Promise<void>
  onMessage: (message: DriverMessage) => void = () => {}
  private socket: Socket | null = null
  private readonly strangers = new Set<Socket>()
  private readonly sayHello: (hello: DriverHello) => void
  private readonly sayClosed: () => void

  private constructor(private readonly server: Server) {
    this.port = (server.address() as AddressInfo).port
    let sayHello: (hello: DriverHello) => void = () => {}
    let sayClosed: () => void = () => {}
    this.hello = new Promise(resolve => {
      sayHello = resolve
    })
    this.closed = new Promise(resolve => {
      sayClosed = resolve
    })
    this.sayHello = sayHello
    this.sayClosed = sayClosed
    server.on('connection', socket => this.welcome(socket))
  }

  static async listen(): Promise<ControlChannel> {
    const server = createServer()
    server.maxConnections = 8
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return new ControlChannel(server)
  }

  send(order: DriverOrder): void {
    this.socket?.write(`${JSON.stringify(order)}\n`)
  }

  /** Ends the connection, and with it the driver. */
  close(): void {
    this.server.close()
    for (const socket of [this.socket, ...this.strangers]) socket?.destroy()
    this.sayClosed()
  }

  private welcome(socket: Socket): void {
    this.strangers.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      this.strangers.delete(socket)
      if (this.socket === socket) this.sayClosed()
    })
    let rest = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      if (rest.length > (this.socket === socket ? LONGEST_LINE : LONGEST_HELLO)) socket.destroy()
      for (const line of lines) if (!socket.destroyed && !this.receive(socket, line)) socket.destroy()
    })
  }

  /** False for what no driver of ours would say. */
  private receive(socket: Socket, line: string): boolean {
    const message = parse(line)
    if (message === null) return false
    if (this.socket === socket) {
      if (!isDriverMessage(message)) return false
      this.onMessage(message)
      return true
    }
    if (this.socket !== null || !this.isToken(message.hello)) return false
    this.socket = socket
    this.strangers.delete(socket)
    this.server.close()
    this.sayHello({ spark: String(message.spark), python: String(message.python), pid: Number(message.pid) })
    return true
  }

  private isToken(value: unknown): boolean {
    const given = Buffer.from(typeof value === 'string' ? value : '')
    const right = Buffer.from(this.token)
    return given.length === right.length && timingSafeEqual(given, right)
  }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function isDriverMessage(value: Record<string, unknown>): value is DriverMessage & Record<string, unknown> {
  if (typeof value.id !== 'number') return false
  return value.done === true || isObject(value.progress) || isObject(value.error)
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
