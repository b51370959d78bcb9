import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { PrerequisiteError } from '../contracts/errors'
import { never, untilAborted } from '../shared/abort'
import { after } from '../shared/guard'
import { currentProcess, isProvenDead, type ProcessIdentity } from '../shared/process-identity'
import type { KubeApi } from './kube-api'
import { hasStatus } from './kube-error'
import { type KubeObject, labelsOf, MANAGED, ownedBy, RUN, runSelector } from './objects'

/** A Lease object that owns everything a run makes, renewed while the run lives. */
export interface ClaimLease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly renewTime?: string
  }
}

type Contents = Readonly<Record<string, string>>

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

/** Claims of this process that are being let go, by their lease's uid. */
const releases = new Map<string | undefined, Promise<unknown>>()

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
   * Remove what an earlier process left of this run and what lapsed runs left, then claim the run. An earlier claim of this
   * process that is being let go is waited for.
   * @throws PrerequisiteError where another process lives that has this run
   */
  static async take(api: KubeApi, runId: string, signal: AbortSignal): Promise<RunClaim> {
    const leases = api.in(LEASES, 'leases')
    const name = `lakebench-${runId}`
    const earlier = await api.find<ClaimLease>(`${leases}/${name}`, { signal })
    await untilAborted(releases.get(earlier?.metadata.uid) ?? Promise.resolve(), signal, 0)
    await sweep(api, { wanted: runId, signal })
    const holderIdentity = JSON.stringify({ ...currentProcess(), claim: randomUUID() })
    const lease: ClaimLease = {
      apiVersion: LEASES,
      kind: 'Lease',
      metadata: { name, labels: labelsOf(runId, 'claim') },
      spec: {
        holderIdentity,
        leaseDurationSeconds: DURATION_S,
        renewTime: time(api),
      },
    }
    // Also one that is made although nobody waits for it any more must be let go.
    const making = api.create<ClaimLease>(leases, lease).then(created => {
      // Of two that begin at once, one has it.
      if (created.spec?.holderIdentity !== holderIdentity) throw living(api, runId, created)
      return new RunClaim(api, runId, { ...created, apiVersion: LEASES, kind: 'Lease' })
    })
    const claim = await untilAborted(making, signal, 0).catch(error => {
      making.then(late => late.release()).catch(() => {})
      throw error
    })
    claim.keepRenewing()
    return claim
  }

  /** Remove everything of this run, and wait until it is gone. */
  release(): Promise<void> {
    this.released = true
    if (this.timer) clearTimeout(this.timer)
    const { uid } = this.lease.metadata
    const release = this.removeOwn().finally(() => releases.delete(uid))
    // Who waits for it looks again; who let go is told.
    releases.set(
      uid,
      release.catch(() => {}),
    )
    return release
  }

  /** Make a ConfigMap that goes with the run. @returns its name */
  createMap(component: string, data: Contents, signal: AbortSignal): Promise<string> {
    return this.create('configmaps', component, { kind: 'ConfigMap', data }, signal)
  }

  /** Make a Secret that goes with the run. @returns its name */
  createSecret(component: string, stringData: Contents, signal: AbortSignal): Promise<string> {
    return this.create('secrets', component, { kind: 'Secret', type: 'Opaque', stringData }, signal)
  }

  private async create(
    resource: string,
    component: string,
    content: object,
    signal: AbortSignal,
  ): Promise<string> {
    const name = `lakebench-${this.runId}-${component}`
    const metadata = { name, labels: labelsOf(this.runId, component), ...ownedBy(this.owner) }
    const object = { apiVersion: 'v1', metadata, ...content }
    await this.api.create(this.api.in('api/v1', resource), object, signal)
    return name
  }

  private async removeOwn(): Promise<void> {
    const found = await allOf(this.api, runSelector(this.runId), never())
    const lease = found.find(({ resource }) => resource === 'leases')
    // Who took over a claim that had lapsed removed all that was there; the rest is his.
    if (lease !== undefined && lease.object.metadata.uid !== this.lease.metadata.uid) return
    await removeObjects(this.api, this.runId, found, never())
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
    const put = (lease: ClaimLease) => {
      const body = { ...lease, spec: { ...lease.spec, renewTime: time(this.api) } }
      return this.api.call<ClaimLease>(path, { method: 'PUT', body })
    }
    try {
      this.lease = await put(this.lease)
    } catch (error) {
      if (!hasStatus(error, 409)) throw error
      // Somebody wrote it since; one that was replaced is another's.
      const there = await this.api.call<ClaimLease>(path)
      if (there.metadata.uid === this.lease.metadata.uid) this.lease = await put(there)
    }
  }
}

/** The server's time with microseconds, as leases have it. */
const time = (api: KubeApi) => new Date(api.now()).toISOString().replace('Z', '000Z')

const living = (api: KubeApi, runId: string, { spec }: ClaimLease) =>
  new PrerequisiteError(
    `Run ${runId} lives in namespace ${api.namespace}: a process renewed its claim at ${spec?.renewTime}. End it, or wait ${DURATION_S} s after its end.`,
  )

function isLive(api: KubeApi, { metadata, spec }: ClaimLease, within: number): boolean {
  if (metadata.deletionTimestamp !== undefined) return false
  if (isHolderDead(spec?.holderIdentity)) return false
  return api.now() - Date.parse(spec?.renewTime ?? '') < within
}

/** True where the process that holds a claim is proven to be gone. */
function isHolderDead(identity = ''): boolean {
  try {
    return isProvenDead(JSON.parse(identity) as ProcessIdentity)
  } catch {
    return false
  }
}

/** Something that a dead run left and that is gone now. */
export interface Swept {
  /** `null`: of the storage, whichever run left it. */
  readonly run_id: string | null
  /** Objects that were removed, `kind/name`; files. */
  readonly removed: readonly string[]
}

/**
 * Remove what dead runs left in the namespace: those whose claim lapsed or whose holder is gone, and those without a claim.
 * @throws PrerequisiteError where the run that is wanted lives
 */
export async function sweep(
  api: KubeApi,
  { wanted, signal }: { wanted?: string; signal: AbortSignal },
): Promise<Swept[]> {
  // Objects before claims: a run that begins meanwhile has its claim before anything else.
  const found = await allOf(api, MANAGED, signal)
  const leases = await api.list<ClaimLease>(api.in(LEASES, 'leases'), {
    query: { labelSelector: MANAGED },
    signal,
  })
  const live = new Set<string | undefined>()
  for (const lease of leases) {
    const run = lease.metadata.labels?.[RUN]
    if (!isLive(api, lease, run === wanted ? DURATION_S * 1000 : LAPSED_MS)) continue
    if (run === wanted) throw living(api, wanted!, lease)
    live.add(run)
  }
  const runOf = ({ object }: Found) => object.metadata.labels?.[RUN]
  const swept: Swept[] = []
  for (const run of new Set(found.map(runOf))) {
    if (run === undefined || live.has(run)) continue
    const left = found.filter(f => runOf(f) === run)
    swept.push({ run_id: run, removed: await removeObjects(api, run, left, signal) })
  }
  return swept
}

/** Remove all that a run has in the namespace now. Waits until it is gone. */
export async function removeRun(
  api: KubeApi,
  runId: string,
  signal: AbortSignal,
): Promise<string[]> {
  return removeObjects(api, runId, await allOf(api, runSelector(runId), signal), signal)
}

/**
 * Applications first, so that their operator ends them; then whatever is still there of what was found, or belongs to it. What a
 * later claim of the same run makes meanwhile stays. Waits until all of it is gone.
 */
async function removeObjects(
  api: KubeApi,
  runId: string,
  found: readonly Found[],
  signal: AbortSignal,
): Promise<string[]> {
  const removed = new Set<string>()
  const uids = new Set<string | undefined>()
  const deadline = performance.now() + GONE_MS
  for (let left = found; left.length > 0; ) {
    for (const { path, resource, object } of left) {
      const { name, uid, deletionTimestamp } = object.metadata
      uids.add(uid)
      removed.add(`${resource}/${name}`)
      if (deletionTimestamp === undefined) await api.remove(`${path}/${name}`, { uid, signal })
    }
    if (performance.now() > deadline)
      throw stuck(left.map(l => `${l.resource}/${l.object.metadata.name}`))
    await delay(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
    left = (await allOf(api, runSelector(runId), signal)).filter(
      ({ object: { metadata } }) =>
        uids.has(metadata.uid) || metadata.ownerReferences?.some(({ uid }) => uids.has(uid)),
    )
  }
  return [...removed]
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
