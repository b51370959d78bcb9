import { setTimeout as delay } from 'node:timers/promises'
import { PrerequisiteError } from '../contracts/errors'
import { never } from '../shared/abort'
import { after } from '../shared/guard'
import type { KubeApi } from './kube-api'
import { hasStatus } from './kube-error'
import { labelsOf, MANAGED, RUN, runSelector } from './labels'
import type { KubeObject } from './objects'

/** A Lease object that owns everything a run makes, renewed while the run lives. */
export interface ClaimLease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly renewTime?: string
  }
}

/** Who holds claims: written into them, and asked whether an earlier holder is proven to be gone. */
export interface LeaseHolder {
  readonly identity: string
  isGone(identity: string): boolean
}

const LEASES = 'coordination.k8s.io/v1'
const RENEW_MS = 30_000
const DURATION_S = 90
/** Beyond this a claim's run counts as dead, whoever held it. */
const LAPSED_MS = 300_000
const GONE_MS = 60_000
const LOOK_MS = 1_000

/** Kinds that a run leaves behind, in the order in which they are removed. */
const KINDS: readonly (readonly [group: string, resource: string])[] = [
  ['sparkoperator.k8s.io/v1beta2', 'sparkapplications'],
  ['batch/v1', 'jobs'],
  ['api/v1', 'pods'],
  ['api/v1', 'persistentvolumeclaims'],
  ['api/v1', 'configmaps'],
  ['api/v1', 'secrets'],
  [LEASES, 'leases'],
]

/** A run's presence in a namespace: its owner object, and the sweeping away of what earlier runs left. */
export class RunClaim {
  private timer: NodeJS.Timeout | null = null
  private released = false

  private constructor(
    private readonly api: KubeApi,
    readonly runId: string,
    /** The lease as the server answered last. */
    private lease: ClaimLease,
  ) {}

  /** Owner of everything that the run makes. */
  get owner(): KubeObject {
    return this.lease
  }

  /**
   * Remove what an earlier process left of this run and what lapsed runs left, then claim the run.
   * @throws PrerequisiteError where another process lives that has this run
   */
  static async take(
    api: KubeApi,
    runId: string,
    holder: LeaseHolder,
    signal: AbortSignal,
  ): Promise<RunClaim> {
    await refuseLiving(api, runId, holder, signal)
    await sweep(api, { holder, also: runId, signal })
    const lease: ClaimLease = {
      apiVersion: LEASES,
      kind: 'Lease',
      metadata: { name: `lakebench-${runId}`, labels: labelsOf(runId, 'claim') },
      spec: {
        holderIdentity: holder.identity,
        leaseDurationSeconds: DURATION_S,
        renewTime: time(api),
      },
    }
    const created = await api.create<ClaimLease>(api.in(LEASES, 'leases'), lease, signal)
    // Of two that begin at once, one has it.
    if (created.spec?.holderIdentity !== holder.identity) throw living(api, runId, created)
    const claim = new RunClaim(api, runId, { ...created, apiVersion: LEASES, kind: 'Lease' })
    claim.keepRenewing()
    return claim
  }

  /** Remove everything of this run, and wait until it is gone. */
  async release(): Promise<void> {
    this.released = true
    if (this.timer) clearTimeout(this.timer)
    await removeRun(this.api, this.runId, never())
  }

  private keepRenewing(): void {
    const renew = async () => {
      await this.renew().catch(() => {})
      if (this.released) return
      this.timer = after(RENEW_MS, renew).unref()
    }
    this.timer = after(RENEW_MS, renew).unref()
  }

  /** A renewal that fails is made up by the next one; the claim lapses only after many. */
  private async renew(): Promise<void> {
    const path = this.api.in(LEASES, 'leases', this.lease.metadata.name)
    const put = () => {
      const { spec } = this.lease
      const body = { ...this.lease, spec: { ...spec, renewTime: time(this.api) } }
      return this.api.call<ClaimLease>(path, { method: 'PUT', body })
    }
    try {
      this.lease = await put()
    } catch (error) {
      if (!hasStatus(error, 409)) throw error
      // Somebody wrote it since.
      this.lease = await this.api.call<ClaimLease>(path)
      this.lease = await put()
    }
  }
}

/** The server's time with microseconds, as leases have it. */
const time = (api: KubeApi) => new Date(api.now()).toISOString().replace('Z', '000Z')

async function refuseLiving(
  api: KubeApi,
  runId: string,
  holder: LeaseHolder,
  signal: AbortSignal,
): Promise<void> {
  const lease = await api.find<ClaimLease>(api.in(LEASES, 'leases', `lakebench-${runId}`), {
    signal,
  })
  if (
    lease === null ||
    lease.metadata.deletionTimestamp !== undefined ||
    !isLive(api, lease, holder, DURATION_S * 1000)
  )
    return
  throw living(api, runId, lease)
}

const living = (api: KubeApi, runId: string, { spec }: ClaimLease) =>
  new PrerequisiteError(
    `Run ${runId} lives in namespace ${api.namespace}: a process renewed its claim at ${spec?.renewTime}. End it, or wait ${DURATION_S} s after its end.`,
  )

function isLive(api: KubeApi, { spec }: ClaimLease, holder: LeaseHolder, within: number): boolean {
  if (spec?.holderIdentity !== undefined && holder.isGone(spec.holderIdentity)) return false
  return api.now() - Date.parse(spec?.renewTime ?? '') < within
}

/** Something that a dead run left and that is gone now. */
export interface Swept {
  /** `null`: of the storage, whichever run left it. */
  readonly run_id: string | null
  /** Objects that were removed, `kind/name`; files. */
  readonly removed: readonly string[]
}

/** Remove what dead runs left in the namespace: those whose claim lapsed or whose holder is gone, and those without a claim. */
export async function sweep(
  api: KubeApi,
  { holder, also, signal }: { holder: LeaseHolder; also?: string; signal: AbortSignal },
): Promise<Swept[]> {
  // Objects before claims: a run that begins meanwhile has its claim before anything else.
  const found = await allOf(api, MANAGED, signal)
  const leases = await api.list<ClaimLease>(api.in(LEASES, 'leases'), {
    query: { labelSelector: MANAGED },
    signal,
  })
  const living = new Set(
    leases
      .filter(lease => isLive(api, lease, holder, LAPSED_MS))
      .map(lease => lease.metadata.labels?.[RUN]),
  )
  const dead = new Set(
    found.map(f => f.object.metadata.labels?.[RUN]).filter(run => run !== undefined),
  )
  if (also !== undefined) living.delete(also)
  const swept: Swept[] = []
  for (const run of dead) {
    if (living.has(run)) continue
    swept.push({ run_id: run, removed: await removeRun(api, run, signal) })
  }
  return swept
}

/** Applications first, so that their operator ends them; then whatever is still there. Waits until all of it is gone. */
export async function removeRun(
  api: KubeApi,
  runId: string,
  signal: AbortSignal,
): Promise<string[]> {
  const removed = new Set<string>()
  const deadline = performance.now() + GONE_MS
  for (;;) {
    const left = await allOf(api, runSelector(runId), signal)
    for (const { path, resource, object } of left) {
      removed.add(`${resource}/${object.metadata.name}`)
      if (object.metadata.deletionTimestamp === undefined)
        await api.remove(`${path}/${object.metadata.name}`, { uid: object.metadata.uid, signal })
    }
    if (left.length === 0) return [...removed]
    if (performance.now() > deadline)
      throw stuck(left.map(l => `${l.resource}/${l.object.metadata.name}`))
    await delay(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** A finalizer of somebody else's is never stripped. */
const stuck = (names: readonly string[]) =>
  new PrerequisiteError(
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} still there ${GONE_MS / 1000} s after deletion. See \`kubectl get -o yaml\` for finalizers, and whether the operator runs; \`lakebench cleanup\` tries again.`,
  )

interface Found {
  readonly path: string
  readonly resource: string
  readonly object: KubeObject
}

async function allOf(api: KubeApi, labelSelector: string, signal: AbortSignal): Promise<Found[]> {
  const lists = await Promise.all(
    KINDS.map(async ([group, resource]) => {
      const path = api.in(group, resource)
      try {
        const items = await api.list<KubeObject>(path, { query: { labelSelector }, signal })
        return items.map(object => ({ path, resource, object }))
      } catch (error) {
        // A cluster without the operator has none of its kind.
        if (hasStatus(error, 404)) return []
        throw error
      }
    }),
  )
  return lists.flat()
}
