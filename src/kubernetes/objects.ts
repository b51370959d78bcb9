import type {
  V1LimitRange,
  V1Node,
  V1ObjectMeta,
  V1OwnerReference,
  V1Pod,
  V1ResourceQuota,
} from '@kubernetes/client-node'
import { z } from 'zod'
import { MIB } from '../shared/format'

/** Objects of the API: their shapes, the labels and owner of those that lakebench makes, and their quantities. */

/** An object of the API as it is sent; the client's types are of those that it has read, where times are dates. */
export interface KubeObject {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  readonly metadata: Pick<
    V1ObjectMeta,
    'uid' | 'resourceVersion' | 'labels' | 'annotations' | 'ownerReferences'
  > & { readonly name: string; readonly deletionTimestamp?: string | undefined }
}

type Sent<T> = Pick<T, Extract<keyof T, 'spec' | 'status'>> & KubeObject
export type Pod = Sent<V1Pod>
export type Node = Sent<V1Node>
export type ResourceQuota = Sent<V1ResourceQuota>
export type LimitRange = Sent<V1LimitRange>

export interface KubeList<T> {
  readonly metadata: { readonly continue?: string }
  readonly items: readonly T[]
}

/** The fields that every object must have before anything of it is read; the fields of its kind are looked at where they are used. */
export const KubeObjectSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
})
export const KubeListSchema = z.looseObject({
  metadata: z.looseObject({
    resourceVersion: z.string().optional(),
    continue: z.string().optional(),
  }),
  items: z.array(KubeObjectSchema),
})
/** The server's reason for a request that failed. */
export const StatusSchema = z.object({
  code: z.number().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
})
export type Status = z.infer<typeof StatusSchema>

/** The label of everything that lakebench makes in a cluster, pods included. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by'
export const RUN = 'lakebench.io/run'
export const JOB = 'lakebench.io/job'

export const MANAGED = `${MANAGED_BY}=lakebench`

export const runSelector = (runId: string): string => `${MANAGED},${RUN}=${runId}`

export function labelsOf(runId: string, component: string, job?: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'lakebench',
    'app.kubernetes.io/component': component,
    [MANAGED_BY]: 'lakebench',
    [RUN]: runId,
    ...(job !== undefined && { [JOB]: job }),
  }
}

/** Metadata of objects in the owner's namespace that go when it goes. */
export const ownedBy = (owner: KubeObject): { ownerReferences: V1OwnerReference[] } => ({
  ownerReferences: [
    {
      apiVersion: owner.apiVersion!,
      kind: owner.kind!,
      name: owner.metadata.name,
      uid: owner.metadata.uid!,
    },
  ],
})

const POWERS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/

/** A quantity as Kubernetes writes it (`250m`, `1.5Gi`, `1e3`) as a number; `null` for what is none. */
export function parseQuantity(text: string): number | null {
  const match = QUANTITY.exec(text.trim())
  if (!match) return null
  const [, digits, exponent, suffix] = match
  return exponent === undefined
    ? Number(digits) * POWERS[suffix ?? '']!
    : Number(`${digits}${exponent}`)
}

/** `0.25` as `250m`; whole cores as they are. */
export const cpuQuantity = (cores: number): string =>
  Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`

/** Bytes as `1536Mi`, rounded up; whole GiB as `Gi`. */
export function memoryQuantity(bytes: number): string {
  const mib = Math.ceil(bytes / MIB)
  return mib % 1024 === 0 ? `${mib / 1024}Gi` : `${mib}Mi`
}
