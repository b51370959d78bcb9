import { untilAborted } from '../shared/abort'
import type { KubeApi } from './kube-api'
import { hasStatus } from './kube-error'
import { type KubeObject, type Pod, runSelector } from './objects'

/** The interval of lists, each of which costs the API server no more than a look into its cache. */
const EVERY_MS = 2_000
/** An API server that restarts denies rights and kinds that it has not read yet. */
const GRACE_MS = 60_000

/**
 * Pods of one run, and objects of another kind that they belong to, as the API server last listed them: a list of each by label every
 * two seconds at most, for all that wait, and none while nobody does. A list from the cache may lag behind, so who misses an object
 * that it made has to ask for that one.
 */
export class RunObjects<T extends KubeObject = KubeObject> {
  private listedPods: readonly Pod[] = []
  private listedOwners: readonly T[] = []
  private coming: Promise<void> | null = null
  /** When lists were last asked for, and last answered; monotonic. */
  private askedAt = Number.NEGATIVE_INFINITY
  private answeredAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly api: KubeApi,
    private readonly runId: string,
    /** Path of the collection whose objects own the pods; `null`: nothing but the run does. */
    private readonly owners: string | null,
    private readonly everyMs = EVERY_MS,
  ) {}

  get pods(): readonly Pod[] {
    return this.listedPods
  }

  owner(uid: string | undefined): T | null {
    return this.listedOwners.find(({ metadata }) => metadata.uid === uid) ?? null
  }

  /**
   * Resolves when the objects have been listed anew.
   * @throws KubeError where they cannot be; the signal's reason when aborted
   */
  async next(signal: AbortSignal): Promise<void> {
    const coming = this.coming ?? this.list().finally(() => (this.coming = null))
    this.coming = coming
    // Whoever still waits is told; others have gone.
    coming.catch(() => {})
    await untilAborted(coming, signal, 0)
  }

  private async list(): Promise<void> {
    const wait = Math.max(0, this.askedAt + this.everyMs - performance.now())
    await new Promise(resolve => setTimeout(resolve, wait))
    this.askedAt = performance.now()
    const query = { labelSelector: runSelector(this.runId), resourceVersion: 0 }
    try {
      const [pods, owners] = await Promise.all([
        this.api.list<Pod>(this.api.in('api/v1', 'pods'), { query }),
        this.owners === null ? [] : this.api.list<T>(this.owners, { query }),
      ])
      this.listedPods = pods
      this.listedOwners = owners
      this.answeredAt = performance.now()
    } catch (error) {
      const known = performance.now() - this.answeredAt < GRACE_MS
      if (!known || !hasStatus(error, 401, 403, 404)) throw error
    }
  }
}
