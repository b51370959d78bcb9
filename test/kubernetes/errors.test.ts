import { describe, expect, it } from 'vitest'
import { CapacityError, PrerequisiteError } from '../../src/contracts/errors'
import { explainKubeError, KubeError } from '../../src/kubernetes/kube-error'
import type { Pod } from '../../src/kubernetes/objects'
import { podFailure, podsDoNotRun } from '../../src/kubernetes/pod-failure'

const explained = (status: number, reason: string, message: string) =>
  explainKubeError(
    new KubeError(status, reason, message),
    'run silver-build',
    'https://k8s:6443',
  ) as Error

describe('an answer of the API server', () => {
  it('403 names the right, its place and who lacks it', () => {
    const error = explained(
      403,
      'Forbidden',
      'pods is forbidden: User "eva" cannot list resource "pods" in API group "" in the namespace "lake"',
    )
    expect(error).toBeInstanceOf(PrerequisiteError)
    expect(error.message).toMatch(
      /the user eva lacks the right to list pods in namespace lake\. .*deploy\/rbac\.yaml/,
    )
    expect(
      explained(
        403,
        'Forbidden',
        'nodes is forbidden: User "eva" cannot list resource "nodes" in API group "" at the cluster scope',
      ).message,
    ).toMatch(/list nodes in the whole cluster/)
  })

  it('403 of a quota is a matter of capacity', () => {
    const error = explained(
      403,
      'Forbidden',
      'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4',
    )
    expect(error).toBeInstanceOf(CapacityError)
    expect(error.message).toMatch(/exceeded quota: small.*profile_share/s)
  })

  it.each([
    [401, 'Unauthorized', 'Unauthorized', /does not accept the credentials/],
    [0, 'ECONNREFUSED', 'connect ECONNREFUSED', /nothing answers at https:\/\/k8s:6443.*context/],
    [0, 'CERT', 'self-signed certificate', /certificate authority/],
    [422, 'Invalid', 'spec.x is wrong', /refuses the object: spec.x is wrong/],
  ])('%i %s', (status, reason, message, text) =>
    expect(explained(status, reason, message).message).toMatch(text),
  )
})

const waiting = (reason: string, message: string): Pod =>
  ({
    metadata: { name: 'p' },
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'c', state: { waiting: { reason, message } } }],
    },
  }) as Pod
const unschedulable = (message: string): Pod => ({
  metadata: { name: 'p' },
  status: {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  },
})

describe('a pod that does not run', () => {
  it.each([
    [waiting('ImagePullBackOff', 'Back-off pulling image'), /image_pull_secrets/],
    [waiting('InvalidImageName', 'bad'), /platform\.kubernetes\.image/],
    [waiting('CreateContainerConfigError', 'secret "x" not found'), /secret "x" not found/],
    [unschedulable('0/3 nodes are available: 3 Insufficient memory.'), /profile_share/],
    [
      unschedulable('0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.'),
      /scratch\.storage_class/,
    ],
    [unschedulable('0/3 nodes are available: 3 node(s) had untolerated taint {gpu: }.'), /taint/],
    [
      {
        metadata: { name: 'p' },
        status: { phase: 'Failed', reason: 'Evicted', message: 'low on disk' },
      },
      /Evicted: low on disk/,
    ],
  ] as [Pod, RegExp][])('%#', (pod, text) => {
    const failure = podFailure(pod)!
    expect(podsDoNotRun('job', failure, 9000).message).toMatch(text)
  })

  it('is not one that is being made, or runs', () => {
    expect(podFailure(waiting('ContainerCreating', ''))).toBeNull()
    expect(podFailure({ metadata: { name: 'p' }, status: { phase: 'Running' } })).toBeNull()
  })
})
