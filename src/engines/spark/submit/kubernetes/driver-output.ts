import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redact } from '../../../../contracts/secrets'
import { followLog, type Writer } from '../../../../kubernetes/follow-log'
import type { KubeApi } from '../../../../kubernetes/kube-api'
import { formatSize } from '../../../../shared/format'
import { CONTAINERS } from './pod-template'
import type { RunWatch } from './run-watch'

/** Lines kept for a diagnosis. */
const KEPT = 400
/** How long the end of an ended driver's output may take to arrive. */
const SETTLE_MS = 5_000
const WRITE_MS = 200
/** Characters of a line that are kept. */
const LONGEST_LINE = 16_384
/** Characters of an application's output that are kept on this machine; its end is still read, for a diagnosis. */
const LONGEST_LOG = 256 * 2 ** 20

/** A driver's output on its way to the run's folder, free of secrets. */
export class DriverOutput {
  private readonly kept: string[] = []
  private pending = ''
  private length = 0
  private writing: Promise<void> = Promise.resolve()
  private timer: NodeJS.Timeout | null = null
  private readonly stop = new AbortController()
  private readonly done: Promise<void>
  readonly path: string

  constructor(
    private readonly from: {
      readonly api: KubeApi
      readonly watch: RunWatch
      readonly app: string
      readonly runDir: string
      readonly file: string
      readonly redact: Redact
    },
  ) {
    this.path = join(from.runDir, from.file)
    // What of the output is not to be had must not fail a job that goes well.
    this.done = this.follow().catch(() => {})
  }

  /** Last lines, oldest first. */
  lines(): readonly string[] {
    return this.kept
  }

  /** Resolves when the output of an ended driver has been read, or does not come. */
  async settled(): Promise<void> {
    await Promise.race([this.done, delay(SETTLE_MS, undefined, { ref: false })])
  }

  async close(): Promise<void> {
    this.stop.abort()
    await this.done
    if (this.timer) clearTimeout(this.timer)
    await this.write()
  }

  private async follow(): Promise<void> {
    const { api, watch, app } = this.from
    const { signal } = this.stop
    const driver = () => watch.pods(app).driver
    const phase = () => driver()?.status?.phase
    while (!(phase() === 'Running' || this.writer() !== 'runs')) await watch.change(signal)
    const pod = driver()
    if (pod === null) return
    await followLog(
      api,
      { name: pod.metadata.name, container: CONTAINERS.driver },
      line => this.take(line),
      {
        signal,
        writer: () => this.writer(),
      },
    )
  }

  private writer(): Writer {
    const phase = this.from.watch.pods(this.from.app).driver?.status?.phase
    return phase === 'Succeeded' ? 'succeeded' : phase === 'Failed' ? 'failed' : 'runs'
  }

  private take(text: string): void {
    const clean = this.from.redact(text)
    const line = clean.length > LONGEST_LINE ? `${clean.slice(0, LONGEST_LINE)}…` : clean
    this.kept.push(line)
    if (this.kept.length > KEPT) this.kept.shift()
    if (this.length > LONGEST_LOG) return
    this.length += line.length + 1
    this.pending += `${line}\n`
    if (this.length > LONGEST_LOG)
      this.pending += `lakebench: the output goes on; the first ${formatSize(LONGEST_LOG)} are kept.\n`
    this.timer ??= setTimeout(() => {
      this.timer = null
      void this.write()
    }, WRITE_MS)
  }

  private write(): Promise<void> {
    const text = this.pending
    this.pending = ''
    if (text !== '')
      this.writing = this.writing.then(() => appendFile(this.path, text)).catch(() => {})
    return this.writing
  }
}
