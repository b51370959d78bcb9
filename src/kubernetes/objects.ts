import { z } from 'zod'

/** Of the API's objects, the fields that are read or written here. Unknown fields pass untouched. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
}

export interface KubeList<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items: readonly T[]
}

/** What every object must have before anything of it is read; the fields of its kind are looked at where they are used. */
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
/** Why a request failed. */
export const StatusSchema = z.object({
  code: z.number().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
})
export type Status = z.infer<typeof StatusSchema>
type Quantities = Readonly<Record<string, string>>

interface Container {
  readonly name: string
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities }
  readonly restartPolicy?: string
}

interface ContainerStatus {
  readonly name: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly running?: object
    readonly terminated?: Termination
  }
}

export interface Termination {
  readonly exitCode: number
  readonly signal?: number
  readonly reason?: string
  readonly message?: string
}

export interface Pod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly overhead?: Quantities
  }
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly message?: string
    }[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

export interface Node extends KubeObject {
  readonly spec?: {
    readonly unschedulable?: boolean
    readonly taints?: readonly Taint[]
  }
  readonly status?: {
    readonly allocatable?: Quantities
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

export interface ResourceQuota extends KubeObject {
  readonly spec?: { readonly scopes?: readonly string[]; readonly scopeSelector?: object }
  readonly status?: { readonly hard?: Quantities; readonly used?: Quantities }
}

export interface LimitRange extends KubeObject {
  readonly spec?: {
    readonly limits?: readonly { readonly type: string; readonly max?: Quantities }[]
  }
}
