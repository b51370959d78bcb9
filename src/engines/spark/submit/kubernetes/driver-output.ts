import { setTimeout as delay } from 'node:timers/promises'
import { followLog, type Writer } from '../../../../kubernetes/follow-log'
import type { KubeApi } from '../../../../kubernetes/kube-api'
import type { RunObjects } from '../../../../kubernetes/run-objects'
import type { OutputLog } from '../output-log'
import { CONTAINERS } from './application-request'
import { driverPod } from './submission'

/** The longest that the end of an ended driver's output may take to arrive. */
const SETTLE_MS = 8_000

/** A driver's output on its way from its pod to the run's folder. */
export class DriverOutput {
  private readonly stop = new AbortController()
  private readonly done: Promise<void>

  constructor(
    private readonly api: KubeApi,
    private readonly objects: RunObjects,
    private readonly app: string,
    readonly log: OutputLog,
  ) {
    // What of the output is not to be had must not fail a job that goes well.
    this.done = this.follow().catch(() => {})
  }

  /** Resolves when the output of an ended driver has been read, or does not come. */
  async settled(): Promise<void> {
    await Promise.race([this.done, delay(SETTLE_MS, undefined, { ref: false })])
  }

  async close(): Promise<void> {
    this.stop.abort()
    await this.done
  }

  private async follow(): Promise<void> {
    const { api, objects, app, log } = this
    const { signal } = this.stop
    const driver = () => driverPod(objects, app)
    while ((driver()?.status?.phase ?? 'Pending') === 'Pending') await objects.next(signal)
    const writer = (): Writer => {
      const phase = driver()?.status?.phase
      return phase === 'Succeeded' ? 'succeeded' : phase === 'Failed' ? 'failed' : 'runs'
    }
    await followLog(
      api,
      { name: driver()!.metadata.name, container: CONTAINERS.driver },
      lines => log.add(lines),
      { signal, writer, next: () => objects.next(signal) },
    )
  }
}
