import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createWriteStream, rmSync, type WriteStream } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { Redact } from '../../../contracts/secrets'
import { isFrame } from './diagnose'
import { endSession, signalSession } from './process-group'

/** Lines kept in memory for a diagnosis, frames of stacks left out: they would push the rest out. */
const KEPT_LINES = 200
/** A longer line is cut: somebody printed data. Characters. */
const LONGEST_LINE = 16_384

/**
 * Runs the command and waits for it, and for the end of its own standard input: that is a pipe which lakebench holds, so its
 * end means that lakebench is gone, however it went. Then the command gets two seconds, and after them whatever is left of
 * this session is killed and the scratch folder, which may hold secrets, removed. `$1` is that folder, the rest the command.
 */
const GUARD = `
scratch=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
(
  while read -r _; do :; done <&3
  trap '' TERM
  kill -TERM "$child"
  n=0
  while kill -0 "$child" && [ "$n" -lt 2 ]; do sleep 1; n=$((n + 1)); done
  read -r self _ </proc/self/stat
  for file in /proc/[0-9]*/stat; do
    read -r line <"$file" || continue
    pid=\${line%% *}
    set -- \${line##*) }
    [ "$4" != "$$" ] || [ "$pid" = "$self" ] || [ "$pid" = "$$" ] || kill -KILL "$pid"
  done
  rm -rf -- "$scratch"
  kill -KILL 0
) >/dev/null 2>&1 &
guard=$!
wait "$child"
code=$?
kill "$guard"
exit "$code"
`

export interface DriverExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface DriverCommand {
  /** Program and arguments; never a secret among them, since every user of the machine can read them. */
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Working folder; removed by the guard when lakebench is killed. */
  readonly scratch: string
  /** Output goes there line by line, secrets taken out; appended to. */
  readonly log: string
  readonly redact: Redact
}

/** spark-submit and all it starts, as one thing that can be watched and ended. */
export class DriverProcess {
  /** Settles when the process is gone and its output is written. Never rejects. */
  readonly exited: Promise<DriverExit>
  /** Leader of the session in which everything runs. */
  readonly pid: number | null
  private ended: DriverExit | null = null
  private readonly tail: string[] = []
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  private readonly log: WriteStream
  private readonly redact: Redact

  constructor({ command, env, scratch, log, redact }: DriverCommand) {
    this.redact = redact
    this.log = createWriteStream(log, { flags: 'a' })
    // A log that cannot be written must not end the run; its lines are still in memory.
    this.log.on('error', () => {})
    this.child = spawn('/bin/sh', ['-c', GUARD, 'lakebench-spark', scratch, ...command], {
      cwd: scratch,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.pid = this.child.pid ?? null
    this.child.stdin.on('error', () => {})
    // Who leaves without having ended it, e.g. at a second Ctrl-C, leaves nothing running.
    const endAtOnce = () => {
      if (this.ended !== null || this.pid === null) return
      signalSession(this.pid, 'SIGKILL')
      rmSync(scratch, { recursive: true, force: true })
    }
    process.once('exit', endAtOnce)
    this.exited = this.watch().finally(() => process.off('exit', endAtOnce))
  }

  get alive(): boolean {
    return this.ended === null
  }

  /** The last lines of output without frames of stacks, secrets taken out. */
  lines(count: number = KEPT_LINES): readonly string[] {
    return this.tail.slice(-count)
  }

  /** A text of our own in the log, free of secrets: the stack of a job's error, which the driver itself does not print. */
  async note(text: string): Promise<void> {
    if (this.log.destroyed || this.log.writableEnded) return
    await new Promise<void>(resolve => this.log.write(`${text}\n`, () => resolve()))
  }

  /** TERM to all of it, then KILL. */
  async end(): Promise<void> {
    // Once it is gone its number may be another's.
    if (this.ended === null && this.pid !== null) await endSession(this.pid)
    await this.exited
  }

  private async watch(): Promise<DriverExit> {
    const output = Promise.all([this.copy(this.child.stdout), this.copy(this.child.stderr)])
    const exit = await new Promise<DriverExit>(resolve => {
      this.child.once('exit', (code, signal) => resolve({ code, signal }))
      this.child.once('error', error => {
        void this.write(error.message)
        resolve({ code: null, signal: null })
      })
    })
    this.ended = exit
    // The rest of the session has lost its head; also, a worker that lives on would hold the pipes open.
    if (this.pid !== null) await endSession(this.pid)
    await output
    await new Promise<void>(resolve => this.log.end(resolve).once('error', () => resolve()))
    return exit
  }

  private async copy(stream: Readable): Promise<void> {
    let rest = ''
    try {
      for await (const chunk of stream.setEncoding('utf8')) {
        const lines = (rest + (chunk as string)).split('\n')
        rest = lines.pop()!
        for (const line of lines) await this.write(line)
        // Cut well behind what will be kept, so that no half of a secret escapes the redaction.
        if (rest.length > 4 * LONGEST_LINE) rest = rest.slice(0, 4 * LONGEST_LINE)
      }
    } catch {
      // The pipe broke with its process, whose exit tells.
    }
    if (rest !== '') await this.write(rest)
  }

  private async write(line: string): Promise<void> {
    const whole = this.redact(line)
    const clean = whole.length > LONGEST_LINE ? `${whole.slice(0, LONGEST_LINE)}…` : whole
    if (clean.trim() !== '' && !isFrame(clean)) this.tail.push(clean)
    if (this.tail.length > KEPT_LINES) this.tail.shift()
    if (this.log.destroyed || this.log.writableEnded || this.log.write(`${clean}\n`)) return
    // Who prints faster than the disk writes has to wait.
    await new Promise<void>(resolve => {
      const goOn = () => {
        this.log.off('drain', goOn).off('close', goOn)
        resolve()
      }
      this.log.on('drain', goOn).on('close', goOn)
    })
  }
}
