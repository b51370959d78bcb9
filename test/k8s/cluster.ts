import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { connect } from '../../src/kubernetes/connect'
import type { KubeApi } from '../../src/kubernetes/kube-api'
import { servers } from '../stack/servers'

function given(name: string): string {
  const value = process.env[`LAKEBENCH_K8S${name}`]
  if (!value)
    throw new Error('Run these tests with `npm run test:k8s`, which brings the cluster up.')
  return value
}

export const cluster = {
  namespace: () => given('_NAMESPACE'),
  image: () => given('_SPARK_IMAGE'),
  toolImage: () => given('_TOOL_IMAGE'),
  /** This machine as pods reach it. */
  address: () => given('_BRIDGE'),
  /** A server of the stack as pods reach it. */
  fromPods: (address: string) => address.replace('127.0.0.1', given('_BRIDGE')),
}

export type User = 'bench' | 'admin' | 'nobody'

/** `bench` has the rights of deploy/, `nobody` none. */
export const kubeconfig = (user: User): string => join(given('_ACCESS'), `${user}.conf`)

export async function apiAs(user: User): Promise<KubeApi> {
  process.env.KUBECONFIG = kubeconfig(user)
  return connect({ context: '', namespace: cluster.namespace() })
}

/** What an administrator sees and does, with a client that is none of ours. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(given('_KUBECTL'), [
    '--kubeconfig',
    kubeconfig('admin'),
    '-n',
    cluster.namespace(),
    ...args,
  ])
  return stdout.trim()
}

export async function apply(manifest: object): Promise<void> {
  const child = promisify(execFile)(given('_KUBECTL'), [
    '--kubeconfig',
    kubeconfig('admin'),
    '-n',
    cluster.namespace(),
    'apply',
    '-f',
    '-',
  ])
  child.child.stdin!.end(JSON.stringify(manifest))
  await child
}

/** Everything that lakebench made in the namespace and that is still there, `kind/name`. */
export async function leftovers(
  selector = 'app.kubernetes.io/managed-by=lakebench',
): Promise<string[]> {
  const kinds = 'sparkapplications,jobs,pods,persistentvolumeclaims,configmaps,secrets,leases'
  const out = await kubectl('get', kinds, '-l', selector, '-o', 'name')
  return out === '' ? [] : out.split('\n')
}

const SCRIPTS = resolve(import.meta.dirname, '../stack/k8s')

/** What is in the namespace of these kinds and Kubernetes did not make itself, `kind/name`. */
export async function everything(kinds: string): Promise<string[]> {
  const out = await kubectl('get', kinds, '-o', 'name')
  return out.split('\n').filter(name => name !== '' && name !== 'configmap/kube-root-ca.crt')
}

/** Stop one part of the cluster. */
export const stopPart = (name: string) =>
  promisify(execFile)(join(SCRIPTS, 'down.sh'), ['only', name])

/** Bring back whatever of the cluster is missing; its objects stay. */
export const startParts = () =>
  promisify(execFile)(join(SCRIPTS, 'up.sh'), ['start'], { env: { ...process.env, KEEP: '1' } })

export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | false>,
  seconds = 60,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const found = await look()
    if (found !== null && found !== false) return found as T
    if (Date.now() > end) throw new Error(`gave up after ${seconds} s: ${what}`)
    await new Promise(done => setTimeout(done, 250))
  }
}

/** The stack's S3 service, with buckets of the name. */
export const s3For = (name: string) => ({
  ...servers.s3(),
  endpoint_in_cluster: cluster.fromPods(servers.s3().endpoint),
  create_buckets: true,
  buckets: { bronze: `${name}-bronze`, silver: `${name}-silver`, gold: `${name}-gold` },
})
