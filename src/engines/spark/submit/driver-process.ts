import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { untilAborted } from '../../../shared/abort'
import { guarded } from '../../../shared/guard'
import type { Redact } from '../../../shared/redaction'
import { eachLines, OutputLog } from './output-log'

/** The longest that the process may take to end by itself after TERM. */
const TERM_MS = 800

export interface DriverExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface DriverCommand {
  /** Program and arguments; never a secret among them, since every user of the machine can read them. */
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Working folder. */
  readonly folder: string
  /** Output goes there line by line, secrets taken out; appended to. */
  readonly log: string
  readonly redact: Redact
}

/** spark-submit and the process group of all that it starts, as one thing that can be watched and ended. */
export class DriverProcess {
  /** Settles when the process is gone and its output is written. Never rejects. */
  readonly exited: Promise<DriverExit>
  /** Leader of the process group in which everything runs; Spark's Python workers leave it, and end with their Java. */
  readonly pid: number | null
  readonly log: OutputLog
  private ended: DriverExit | null = null
  private readonly child: ChildProcessByStdio<null, Readable, Readable>

  constructor({ command: [program, ...args], env, folder, log, redact }: DriverCommand) {
    this.log = new OutputLog(log, redact)
    this.child = spawn(program!, args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.pid = this.child.pid ?? null
    // Who leaves without having ended it, e.g. at a second Ctrl-C, leaves nothing running.
    const endAtOnce = guarded(() => {
      this.signalGroup('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })
    process.once('exit', endAtOnce)
    this.exited = this.watch().finally(() => process.off('exit', endAtOnce))
  }

  get alive(): boolean {
    return this.ended === null
  }

  /** TERM to all of it, not a second for what it still wants to do, KILL. */
  async end(): Promise<void> {
    if (this.ended === null) {
      this.signalGroup('SIGTERM')
      await Promise.race([this.exited, delay(TERM_MS, undefined, { ref: false })])
      if (this.ended === null) this.signalGroup('SIGKILL')
    }
    await this.exited
  }

  private async watch(): Promise<DriverExit> {
    const output = Promise.all([this.copy(this.child.stdout), this.copy(this.child.stderr)])
    const exit = await new Promise<DriverExit>(resolve => {
      this.child.once('exit', (code, signal) => resolve({ code, signal }))
      const failed = (error: Error) => {
        resolve({ code: null, signal: null })
        return this.log.add([error.message])
      }
      this.child.once('error', guarded(failed))
    })
    this.ended = exit
    // The rest has lost its head; also, what lives on would hold the pipes open.
    this.signalGroup('SIGKILL')
    await output
    return exit
  }

  private signalGroup(signal: NodeJS.Signals): void {
    try {
      if (this.pid !== null) process.kill(-this.pid, signal)
    } catch {
      // Nobody is left.
    }
  }

  /** A pipe breaks with its process, whose exit tells. */
  private copy(stream: Readable): Promise<void> {
    return eachLines(stream.setEncoding('utf8'), lines => this.log.add(lines)).catch(() => {})
  }
}

/** Runs spark-submit to its end. @throws the signal's reason when aborted; nothing of it runs any more in either case */
export async function runToEnd(
  command: DriverCommand,
  signal: AbortSignal,
): Promise<{ readonly exit: DriverExit; readonly lines: readonly string[] }> {
  signal.throwIfAborted()
  const child = new DriverProcess(command)
  try {
    return { exit: await untilAborted(child.exited, signal, 0), lines: child.log.lines }
  } finally {
    await child.end()
  }
}
