import type { KubeApi } from '../../../../kubernetes/kube-api'
import { runSelector } from '../../../../kubernetes/labels'
import { ListWatch } from '../../../../kubernetes/list-watch'
import type { Pod } from '../../../../kubernetes/objects'
import { wasOutOfMemory } from '../../../../kubernetes/pod-trouble'
import { APPLICATIONS, type SparkApplication } from './application'
import { APPLICATION } from './pod-template'

const ROLE = 'spark-role'
/** Waiters look again by their own clocks so often; nothing is asked of the server for that. */
const TICK_MS = 500

/** Pods of one run as the API server knows them now, and its SparkApplications where it makes some: a watch each for all jobs. */
export class RunWatch {
  private readonly stop = new AbortController()
  private readonly apps: ListWatch<SparkApplication> | null
  private readonly podWatch: ListWatch<Pod>
  private readonly waiters = new Set<() => void>()
  /** Uids of applications that are gone. */
  private readonly gone = new Set<string>()
  /** Pods that ran out of memory, by application. */
  private readonly starved = new Map<string, Set<string>>()
  private readonly ended: Promise<unknown>
  private failure: unknown = null

  constructor(api: KubeApi, runId: string, { applications }: { readonly applications: boolean }) {
    const common = { labelSelector: runSelector(runId), signal: this.stop.signal }
    this.apps = applications
      ? new ListWatch(api, {
          ...common,
          path: api.in(APPLICATIONS, 'sparkapplications'),
          onChange: () => this.wake(),
          onDelete: app => {
            this.gone.add(app.metadata.uid!)
            this.wake()
          },
        })
      : null
    this.podWatch = new ListWatch(api, {
      ...common,
      path: api.in('api/v1', 'pods'),
      onChange: pod => {
        this.remember(pod)
        this.wake()
      },
      onDelete: pod => {
        this.remember(pod)
        this.wake()
      },
    })
    this.ended = Promise.allSettled(
      [this.apps, this.podWatch].map(watch => watch?.run().catch(error => this.fail(error))),
    )
  }

  /** Why nothing more will be heard; `null` while the watches live. */
  get broken(): unknown {
    return this.failure
  }

  application(uid: string): SparkApplication | null {
    return this.apps?.all.find(app => app.metadata.uid === uid) ?? null
  }

  isGone(uid: string): boolean {
    return this.gone.has(uid)
  }

  pods(app: string): { readonly driver: Pod | null; readonly executors: readonly Pod[] } {
    const own = this.podWatch.all.filter(pod => pod.metadata.labels?.[APPLICATION] === app)
    return {
      driver: own.find(pod => pod.metadata.labels?.[ROLE] === 'driver') ?? null,
      executors: own.filter(pod => pod.metadata.labels?.[ROLE] === 'executor'),
    }
  }

  /** Names of pods of an application that ran out of memory. */
  outOfMemory(app: string): readonly string[] {
    return [...(this.starved.get(app) ?? [])]
  }

  /** Resolves at the next change, and after half a second at the latest. */
  async change(signal: AbortSignal): Promise<void> {
    await new Promise<void>(resolve => {
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        this.waiters.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, TICK_MS)
      signal.addEventListener('abort', wake, { once: true })
      this.waiters.add(wake)
      if (signal.aborted) wake()
    })
    signal.throwIfAborted()
  }

  async close(): Promise<void> {
    this.stop.abort()
    this.wake()
    await this.ended
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) waiter()
  }

  private fail(error: unknown): void {
    this.failure ??= error
    this.wake()
  }

  private remember(pod: Pod): void {
    const app = pod.metadata.labels?.[APPLICATION]
    if (app === undefined || !wasOutOfMemory(pod)) return
    const names = this.starved.get(app) ?? new Set()
    this.starved.set(app, names.add(pod.metadata.name))
  }
}
