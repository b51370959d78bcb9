import { once } from 'node:events'
import { rmdir } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { guarded } from '../../../shared/guard'
import { makeScratchFolder } from '../../../shared/scratch-folder'

/** A line longer than this is not one of the driver's. Characters. */
const LONGEST_LINE = 1_000_000

export interface DriverHello {
  readonly spark: string
  readonly python: string
  readonly pid: number
}

/** A job's failure in the driver's words. Not yet free of secrets. */
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

/** Begins the names of folders for sockets alone. */
const SCRATCH = 'lakebench-line-'

/**
 * The line to one driver: a socket file that only this user can open, and the first who does is the driver. The driver ends when
 * the connection does, so that it cannot outlive this process.
 */
export class ControlChannel {
  /** Settles at the hello; stays open when there is none. */
  readonly hello: Promise<DriverHello>
  /** Settles when the driver's connection has ended. */
  readonly closed: Promise<void>
  onMessage: (message: DriverMessage) => void = () => {}
  private socket: Socket | null = null
  private greeted = false
  private sayHello!: (hello: DriverHello) => void
  private sayClosed!: () => void

  private constructor(
    private readonly server: Server,
    /** The socket file. */
    readonly path: string,
  ) {
    this.hello = new Promise(resolve => {
      this.sayHello = resolve
    })
    this.closed = new Promise(resolve => {
      this.sayClosed = resolve
    })
    server.once(
      'connection',
      guarded((socket: Socket) => this.welcome(socket)),
    )
  }

  /** In a folder of its own below the system's: a socket's path may have a hundred bytes, and not every file system has sockets. */
  static async listen(): Promise<ControlChannel> {
    const path = join(makeScratchFolder(tmpdir(), SCRATCH), 'control.sock')
    const server = createServer()
    server.listen(path)
    await once(server, 'listening')
    await chmod(path, 0o600)
    return new ControlChannel(server, path)
  }

  send(order: DriverOrder): void {
    this.socket?.write(`${JSON.stringify(order)}\n`)
  }

  /** Ends the connection, and with it the driver. */
  close(): void {
    this.stopListening()
    this.socket?.destroy()
    this.sayClosed()
  }

  /** Takes the socket file away, and the folder that was made for it alone. */
  private stopListening(): void {
    this.server.close()
    rmdir(dirname(this.path), () => {})
  }

  private welcome(socket: Socket): void {
    this.socket = socket
    this.stopListening()
    socket.on('error', () => {})
    socket.once('close', guarded(this.sayClosed))
    let rest = ''
    const take = (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      if (rest.length > LONGEST_LINE) socket.destroy()
      for (const line of lines) if (!socket.destroyed && !this.receive(line)) socket.destroy()
    }
    // Who is not understood is no driver.
    const broken = () => socket.destroy()
    socket.setEncoding('utf8').on('data', guarded(take, broken))
  }

  /** False for what no driver of ours would say. */
  private receive(line: string): boolean {
    const message = parse(line)
    if (message === null) return false
    if (this.greeted) {
      if (!isDriverMessage(message)) return false
      this.onMessage(message)
      return true
    }
    if (message.hello !== true) return false
    this.greeted = true
    this.sayHello({
      spark: String(message.spark),
      python: String(message.python),
      pid: Number(message.pid),
    })
    return true
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

function isDriverMessage(
  value: Record<string, unknown>,
): value is DriverMessage & Record<string, unknown> {
  if (typeof value.id !== 'number') return false
  return value.done === true || isObject(value.progress) || isObject(value.error)
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
