import { CapacityError, type LakebenchError, PrerequisiteError } from '../contracts/errors'

/** Characters of a server's own words. */
const LONGEST_MESSAGE = 2000

/** An API server's refusal, or why it did not answer. `status` 0: no answer. */
export class KubeError extends Error {
  constructor(
    readonly status: number,
    /** Machine-readable, e.g. `Forbidden`, `AlreadyExists`, `Expired`; a code of the network where nothing answered. */
    readonly reason: string,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message.slice(0, LONGEST_MESSAGE), options)
    this.name = 'KubeError'
  }
}

export const hasStatus = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof KubeError && statuses.includes(error.status)

/** The error of an answer that no API server gives; asking again would not help. */
export const notKubernetes = (why: string): KubeError =>
  new KubeError(200, 'NotKubernetes', `what answers is no Kubernetes API: ${why}`)

/** A quota answers 403 as a missing right does; only its text tells. */
const isQuota = (error: KubeError): boolean => error.status === 403 && isQuotaText(error.message)
export const isQuotaText = (text: string): boolean => /exceeded quota/i.test(text)

/** Nothing was done, and asking again may help. */
export const isPassing = (error: unknown): boolean =>
  error instanceof KubeError &&
  (error.status === 0 || error.status === 429 || error.status >= 500) &&
  error.reason !== 'CERT'

/** An answer of the API server in a user's words: what was tried, the cause, the remedy. */
export function explainKubeError(
  error: unknown,
  doing: string,
  server: string,
): LakebenchError | unknown {
  if (!(error instanceof KubeError)) return error
  const options = { cause: error }
  if (isQuota(error)) {
    return new CapacityError(
      `Kubernetes does not let lakebench ${doing}: ${error.message}. Have the quota raised, end what uses it, or set fewer executors or a smaller platform.compute.spark.profile_share.`,
      options,
    )
  }
  return new PrerequisiteError(
    `Kubernetes at ${server} did not ${doing}: ${remedy(error, server)}`,
    options,
  )
}

function remedy(error: KubeError, server: string): string {
  const { status, reason, message } = error
  if (status === 401)
    return `it does not accept the credentials of the kubeconfig (${message}). Log in again.`
  if (status === 403)
    return `${missingRight(message)} Ask for it, or apply deploy/rbac.yaml with the user of the kubeconfig as its subject.`
  if (reason === 'CERT')
    return `${message}. The kubeconfig has no certificate authority that signed it.`
  if (reason === 'NotKubernetes')
    return `${message}. See that platform.kubernetes.context names a Kubernetes cluster, and look at a proxy in between.`
  if (status === 404) return `there is none (${message}).`
  if (status === 0)
    return `nothing answers at ${server} (${message}). See that the cluster runs and platform.kubernetes.context names it.`
  if (status === 422 || status === 400) return `it refuses the object: ${message}.`
  return `it answers ${status} ${reason}: ${message}.`
}

/** `User "x" cannot create resource "pods" in API group "" in the namespace "ns"`, as the right that is missing. */
export function missingRight(message: string): string {
  const match =
    /User "([^"]*)" cannot (\w+) resource "([^"]*)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?/.exec(
      message,
    )
  if (!match) return `it forbids it (${message}).`
  const [, user, verb, resource, group, namespace] = match
  const place = namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`
  return `the user ${user} lacks the right to ${verb} ${group ? `${resource}.${group}` : resource} ${place}.`
}
