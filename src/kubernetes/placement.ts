import type { V1Taint } from '@kubernetes/client-node'
import type { Node } from './objects'

/** The nodes that the pods of a run may use, as a config says it. */
export interface Placement {
  readonly node_selector: Readonly<Record<string, string>>
  readonly tolerations: readonly Toleration[]
}

interface Toleration {
  readonly key: string
  readonly operator: 'Equal' | 'Exists'
  readonly value: string
  readonly effect: string
  readonly toleration_seconds: number | null
}

export const ANY_NODE: Placement = { node_selector: {}, tolerations: [] }

/** The fields of a pod that say so; none where nothing was asked for. */
export function placementFields({
  node_selector,
  tolerations,
}: Placement): Record<string, unknown> {
  return {
    ...(Object.keys(node_selector).length > 0 && { nodeSelector: node_selector }),
    ...(tolerations.length > 0 && { tolerations: tolerations.map(tolerationField) }),
  }
}

function tolerationField({
  key,
  operator,
  value,
  effect,
  toleration_seconds,
}: Toleration): Record<string, unknown> {
  return {
    operator,
    ...(key !== '' && { key }),
    ...(operator === 'Equal' && { value }),
    ...(effect !== '' && { effect }),
    ...(toleration_seconds !== null && { tolerationSeconds: toleration_seconds }),
  }
}

/** True where the scheduler would put such a pod on the node, room aside. */
export function acceptsPods(
  { metadata, spec }: Node,
  { node_selector, tolerations }: Placement,
): boolean {
  const selected = Object.entries(node_selector).every(
    ([key, value]) => metadata.labels?.[key] === value,
  )
  const repelled =
    spec?.taints?.some(taint => repels(taint) && !tolerations.some(t => bears(t, taint))) ?? false
  return selected && !repelled
}

/** `PreferNoSchedule` only ranks nodes. */
const repels = ({ effect }: V1Taint): boolean => effect === 'NoSchedule' || effect === 'NoExecute'

function bears({ key, operator, value, effect }: Toleration, taint: V1Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false
  if (key === '') return operator === 'Exists'
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''))
}
