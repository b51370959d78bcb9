import type {
  V1LimitRange,
  V1Node,
  V1ObjectMeta,
  V1OwnerReference,
  V1Pod,
  V1ResourceQuota,
} from '@kubernetes/client-node'
import { z } from 'zod'

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
export type OwnerReference = V1OwnerReference

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
