import { setTimeout as delay } from 'node:timers/promises'
import type { JobFailedError } from '../../../contracts/errors'
import { untilAborted } from '../../../shared/abort'
import type { DriverError, DriverMessage } from './control-channel'
import { driverEnded, jobFailed } from './driver-failure'
import type { DriverExit } from './driver-process'
import { driverProgress, type JobCounters } from './driver-progress'
import {
  type LocalDriverOptions,
  removeScratch,
  type StartedDriver,
  startDriver,
} from './start-driver'

export type { DriverState, LocalDriverOptions } from './start-driver'

export interface DriverJob {
  /** Name of a module in the jobs' folder. */
  readonly module: string
  /** URI of the job document. */
  readonly job: string
}

export interface RunDriverJobOptions {
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: JobCounters) => void) | undefined
}

/** After `cancel`, so that Spark can delete what it has written of an unfinished table; then everything is killed. */
const CANCEL_MS = 1_000
const STOP_MS = 10_000
/** From the end of the connection to the end of the process. */
const LEAVE_MS = 15_000

/** One spark-submit on this machine that carries out the jobs of a run one after the other, so that start-up is paid once. */
export class LocalDriver {
  private current: { id: number; module: string; take(message: DriverMessage): void } | null = null
  private jobs = 0
  private ending: Promise<void> | null = null

  private constructor(
    private readonly driver: StartedDriver,
    private readonly onState: NonNullable<LocalDriverOptions['onState']>,
  ) {
    const { channel, process, hello } = driver
    channel.onMessage = message => {
      if (message.id === this.current?.id) this.current.take(message)
    }
    // Its connection is the driver's life; a Java that stays without it has lost its head.
    const lost = async () => {
      await this.exitWithin(LEAVE_MS)
      await process.end()
    }
    const bury = ({ code, signal }: DriverExit) =>
      this.end('failed', signal === null ? `exit code ${code}` : `signal ${signal}`)
    void channel.closed.then(lost).catch(() => {})
    void process.exited.then(bury).catch(() => {})
    onState('ready', `Spark ${hello.spark}, Python ${hello.python}, pid ${process.pid}`)
  }

  /**
   * Start spark-submit and wait until Spark is ready.
   *
   * @throws PrerequisiteError when a jar or driver.py is missing, JobFailedError with the last lines and the likely cause when
   *   Spark does not start, the signal's reason when aborted. Nothing keeps running then.
   */
  static async start(options: LocalDriverOptions): Promise<LocalDriver> {
    const onState: LocalDriverOptions['onState'] = (state, detail) => {
      try {
        options.onState?.(state, detail)
      } catch {
        // A listener that throws must not leave a driver without an owner.
      }
    }
    return new LocalDriver(await startDriver({ ...options, onState }), onState)
  }

  /** False once the process is gone or about to go: the next job needs another driver. */
  get alive(): boolean {
    return this.driver.process.alive && this.ending === null
  }

  /** Leader of the process group in which Java and Python run. */
  get pid(): number | null {
    return this.driver.process.pid
  }

  /** Versions of the Spark and Python that run. */
  get versions(): { readonly spark: string; readonly python: string } {
    return this.driver.hello
  }

  /**
   * Carry out one job; its result is the document that the module writes.
   *
   * @throws JobFailedError when the module failed (the driver lives on) or the process ended (`alive` is false then); the
   *   signal's reason when aborted, after everything of the driver is gone.
   */
  async run(
    { module, job }: DriverJob,
    { signal, onProgress }: RunDriverJobOptions,
  ): Promise<void> {
    signal.throwIfAborted()
    if (this.current !== null)
      throw new Error(`The driver is busy with ${this.current.module}: it takes one job at a time.`)
    const { channel, process } = this.driver
    if (!process.alive)
      throw driverEnded(`before ${module} could start`, await process.exited, process.log)
    const id = ++this.jobs
    const answer = new Promise<DriverError | DriverExit | 'done'>(settle => {
      const progress = driverProgress(onProgress)
      const take = (message: DriverMessage) => {
        if ('progress' in message) progress(message.progress)
        else settle('error' in message ? message.error : 'done')
      }
      this.current = { id, module, take }
      void process.exited.then(settle).catch(() => {})
    })
    try {
      channel.send({ id, module, job })
      const outcome = await untilAborted(answer, signal, 0).catch(async reason => {
        channel.send({ cancel: id })
        await Promise.race([answer, pause(CANCEL_MS)])
        await this.end('stopped', null)
        throw reason
      })
      if (outcome === 'done') return
      throw 'type' in outcome
        ? await this.failure(module, outcome)
        : driverEnded(`while ${module} ran`, outcome, process.log)
    } finally {
      this.current = null
    }
  }

  /** End Spark and wait until nothing of it runs. Repeating it does no harm. */
  stop(): Promise<void> {
    if (this.ending === null) this.driver.channel.send({ stop: true })
    return this.end('stopped', null, this.exitWithin(STOP_MS))
  }

  /** TERM and KILL, once; whatever wanted it first says what it is called. */
  private end(
    state: 'stopped' | 'failed',
    detail: string | null,
    first?: Promise<unknown>,
  ): Promise<void> {
    this.ending ??= (async () => {
      const { process, channel, folders } = this.driver
      await first
      await process.end()
      channel.close()
      // What cannot be removed is left to its owner; secrets went when Spark had read them.
      await removeScratch(folders).catch(() => {})
      this.onState(state, detail)
    })()
    return this.ending
  }

  /** Does not keep this process alive. */
  private exitWithin(milliseconds: number): Promise<unknown> {
    return Promise.race([this.driver.process.exited, pause(milliseconds)])
  }

  private async failure(module: string, error: DriverError): Promise<JobFailedError> {
    const { redact, process } = this.driver
    const clean = { ...error, message: redact(error.message), stack: redact(error.stack) }
    // The driver keeps it to itself, and the error shows only the gist.
    await process.log.add([`lakebench: ${module} failed`, ...clean.stack.split('\n')])
    return jobFailed(module, clean, process.log.path)
  }
}

const pause = (milliseconds: number): Promise<void> =>
  delay(milliseconds, undefined, { ref: false })
