import type { RequestOptions } from 'node:https'
import { PrerequisiteError } from '../contracts/errors'
import { KubeApi } from './kube-api'

/** The oldest Node on which the Kubernetes client loads. */
const LEAST_NODE = [22, 19] as const
/** Tokens of a kubeconfig are short-lived; plugins and files are asked again after so long. */
const CREDENTIALS_MS = 60_000

export interface Cluster {
  /** kubeconfig context; empty: the current one. */
  readonly context: string
  /** Empty: that of the context, else `default`. */
  readonly namespace: string
}

/**
 * The API of the cluster that the kubeconfig names. Nothing is asked of it yet.
 *
 * @throws PrerequisiteError for an older Node, a missing or broken kubeconfig, an unknown context
 */
export async function connect({ context, namespace }: Cluster): Promise<KubeApi> {
  const config = await loadKubeConfig(context)
  const cluster = config.getCurrentCluster()
  if (!cluster)
    throw new PrerequisiteError(
      `There is no cluster in the kubeconfig's context ${config.getCurrentContext() || '(none)'}. Set KUBECONFIG, or platform.kubernetes.context to one of: ${names(config)}.`,
    )
  const fresh = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {}
    // An agent for plain HTTP is refused by the client, and needs nothing from it.
    if (!cluster.server.startsWith('http:')) await config.applyToHTTPSOptions(options)
    return options
  }
  return new KubeApi({
    server: cluster.server,
    namespace:
      namespace || config.getContextObject(config.getCurrentContext())?.namespace || 'default',
    credentials: cached(fresh, CREDENTIALS_MS),
  })
}

type KubeConfig = InstanceType<typeof import('@kubernetes/client-node').KubeConfig>

async function loadKubeConfig(context: string): Promise<KubeConfig> {
  const { KubeConfig } = await client()
  const config = new KubeConfig()
  try {
    config.loadFromDefault()
  } catch (cause) {
    throw new PrerequisiteError(
      `The kubeconfig cannot be read (${(cause as Error).message}). Set KUBECONFIG to one that works with kubectl.`,
      { cause },
    )
  }
  if (context === '') return config
  if (!config.getContextObject(context))
    throw new PrerequisiteError(
      `The kubeconfig has no context ${JSON.stringify(context)}. Set platform.kubernetes.context to one of: ${names(config)}.`,
    )
  config.setCurrentContext(context)
  return config
}

const names = (config: KubeConfig) =>
  config
    .getContexts()
    .map(c => c.name)
    .join(', ') || 'none at all'

/** Loaded by the run that needs it: the client is large, and works on newer Nodes only. */
async function client(): Promise<typeof import('@kubernetes/client-node')> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]))
    throw new PrerequisiteError(
      `Kubernetes needs Node ${LEAST_NODE.join('.')} or later; this is ${process.versions.node}. Everything else works on it.`,
    )
  return import('@kubernetes/client-node').catch((cause: unknown) => {
    throw new PrerequisiteError(
      'Kubernetes needs the optional package @kubernetes/client-node, which was not installed with lakebench. Run `npm install @kubernetes/client-node` here.',
      { cause },
    )
  })
}

/** One answer for so long; `renew` forgets it. */
function cached<T>(make: () => Promise<T>, milliseconds: number): (renew: boolean) => Promise<T> {
  let kept: { readonly at: number; readonly value: Promise<T> } | null = null
  return renew => {
    const now = performance.now()
    if (kept === null || renew || now - kept.at > milliseconds) {
      const value = make()
      kept = { at: now, value }
      value.catch(() => {
        if (kept?.value === value) kept = null
      })
    }
    return kept.value
  }
}
