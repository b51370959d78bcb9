import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { KubeApi } from '../../src/kubernetes/kube-api'
import type { KubeObject } from '../../src/kubernetes/objects'
import { labelsOf, ownedBy } from '../../src/kubernetes/objects'
import { type ClaimLease, RunClaim, removeRun } from '../../src/kubernetes/run-claim'
import { answeringServer } from '../support/answering-server'

const RUN = 'run-1'
const LEASE = `leases/lakebench-${RUN}`
const signal = new AbortController().signal
const PODS = '/api/v1/namespaces/ns/pods'

/** Objects of a namespace as an API server keeps them: names are taken once, deletions heed uids, and pods take `podMs` to go. */
async function namespace(podMs = 0) {
  const objects = new Map<string, KubeObject>()
  /** Called before a request is answered. */
  const hooks = { before: async (_request: string) => {} }
  const server = await answeringServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const [, resource = '', name] = /namespaces\/ns\/(\w+)(?:\/(.+))?$/.exec(pathname) ?? []
    const body = await textOf(request)
    await hooks.before(`${request.method} ${resource}`)
    const answer = (status: number, content: object) =>
      response.writeHead(status).end(JSON.stringify(content))
    const key = `${resource}/${name}`
    const found = objects.get(key)
    if (request.method === 'POST') {
      const made = JSON.parse(body) as KubeObject
      const at = `${resource}/${made.metadata.name}`
      if (objects.has(at)) return answer(409, { reason: 'AlreadyExists' })
      const object = { ...made, metadata: { ...made.metadata, uid: randomUUID() } }
      objects.set(at, object)
      return answer(201, object)
    }
    if (name === undefined) {
      const items = [...objects]
        .filter(([at, { metadata }]) => at.startsWith(`${resource}/`) && selected(metadata.labels))
        .map(([, object]) => object)
      return answer(200, { metadata: {}, items })
    }
    if (found === undefined) return answer(404, { reason: 'NotFound' })
    if (request.method === 'DELETE') {
      const wanted = JSON.parse(body).preconditions?.uid
      if (wanted !== undefined && wanted !== found.metadata.uid)
        return answer(409, { reason: 'Conflict' })
      const remove = () =>
        objects.get(key)?.metadata.uid === found.metadata.uid && objects.delete(key)
      Object.assign(found.metadata, { deletionTimestamp: new Date().toISOString() })
      if (resource === 'pods') setTimeout(remove, podMs)
      else remove()
    }
    return answer(200, found)

    function selected(labels: Readonly<Record<string, string>> = {}) {
      const selector = searchParams.get('labelSelector') ?? ''
      return selector.split(',').every(part => labels[part.split('=')[0]!] === part.split('=')[1])
    }
  })
  const api = new KubeApi({ server: server.url, namespace: 'ns', credentials: async () => ({}) })
  return { api, objects, hooks }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

const pod = (name: string, owner: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: labelsOf(RUN, 'spark'), ...ownedBy(owner) },
})

describe('a claim that is let go', () => {
  test('removes its own objects, and none that the next claim of the same run makes meanwhile', async () => {
    const { api, objects } = await namespace(200)
    const first = await RunClaim.take(api, RUN, signal)
    await api.create(PODS, pod('old', first.owner))
    const release = first.release()
    // As who looks at the namespace sees it: nothing is there any more.
    await expect.poll(() => objects.size, { interval: 10 }).toBe(0)
    const second = await RunClaim.take(api, RUN, signal)
    await api.create(PODS, pod('new', second.owner))
    await release
    await new Promise(resolve => setTimeout(resolve, 1500))
    expect([...objects.keys()].sort()).toEqual([LEASE, 'pods/new'])
  })

  test('is waited for by the next claim of the same run in this process', async () => {
    const { api, objects } = await namespace(500)
    const first = await RunClaim.take(api, RUN, signal)
    await api.create(PODS, pod('old', first.owner))
    const release = first.release()
    const second = await RunClaim.take(api, RUN, signal)
    expect([...objects.keys()]).toEqual([LEASE])
    expect(second.owner.metadata.uid).not.toBe(first.owner.metadata.uid)
    await release
  })

  test('removes what its objects came to own since, such as the pods of a driver', async () => {
    const { api, objects, hooks } = await namespace(100)
    const first = await RunClaim.take(api, RUN, signal)
    const driver = await api.create(PODS, pod('driver', first.owner))
    hooks.before = async request => {
      if (request !== 'DELETE pods') return
      hooks.before = async () => {}
      await api.create(PODS, pod('executor', { apiVersion: 'v1', kind: 'Pod', ...driver }))
    }
    await first.release()
    expect([...objects.keys()]).toEqual([])
  })

  test('leaves a run to whom took it over', async () => {
    const { api, objects } = await namespace()
    const first = await RunClaim.take(api, RUN, signal)
    const { spec } = objects.get(LEASE) as ClaimLease
    Object.assign(spec!, { renewTime: '2025-01-01T00:00:00.000000Z' })
    const second = await RunClaim.take(api, RUN, signal)
    await first.release()
    expect([...objects.values()]).toMatchObject([{ metadata: { uid: second.owner.metadata.uid } }])
  })
})

describe('a run', () => {
  test('whose process is gone can be claimed at once, and what it left goes', async () => {
    const { api, objects } = await namespace()
    const first = await RunClaim.take(api, RUN, signal)
    await api.create(PODS, pod('old', first.owner))
    const { spec } = objects.get(LEASE) as ClaimLease
    const gone = { ...JSON.parse(spec!.holderIdentity!), boot_id: 'an earlier one' }
    Object.assign(spec!, { holderIdentity: JSON.stringify(gone) })
    await RunClaim.take(api, RUN, signal)
    expect([...objects.keys()]).toEqual([LEASE])
  })

  test('that lives cannot be claimed again, and keeps its objects', async () => {
    const { api, objects } = await namespace()
    const first = await RunClaim.take(api, RUN, signal)
    await api.create(PODS, pod('a', first.owner))
    await expect(RunClaim.take(api, RUN, signal)).rejects.toThrow(/Run run-1 lives/)
    expect([...objects.keys()].sort()).toEqual([LEASE, 'pods/a'])
  })

  test('is claimed by one of two that begin at once', async () => {
    const { api, objects } = await namespace()
    const both = [0, 1].map(() => RunClaim.take(api, RUN, signal))
    const outcomes = await Promise.allSettled(both)
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect([...objects.keys()]).toEqual([LEASE])
  })

  test('that is aborted while its claim is made leaves none', async () => {
    const { api, objects, hooks } = await namespace()
    const stop = new AbortController()
    const requests: string[] = []
    hooks.before = async request => {
      requests.push(request)
      if (request !== 'POST leases') return
      stop.abort(new Error('enough'))
      await new Promise(resolve => setTimeout(resolve, 500))
    }
    await expect(RunClaim.take(api, RUN, stop.signal)).rejects.toThrow('enough')
    expect(objects.size).toBe(0)
    await expect.poll(() => requests).toContain('DELETE leases')
    await expect.poll(() => objects.size).toBe(0)
  })

  test('that is cleaned up loses what it had, not what its next claim makes', async () => {
    const { api, objects } = await namespace(200)
    const first = await RunClaim.take(api, RUN, signal)
    await api.create(PODS, pod('old', first.owner))
    const removal = removeRun(api, RUN, signal)
    await expect.poll(() => objects.size, { interval: 10 }).toBe(0)
    const second = await RunClaim.take(api, RUN, signal)
    await api.create(PODS, pod('new', second.owner))
    expect((await removal).sort()).toEqual([LEASE, 'pods/old'])
    expect([...objects.keys()].sort()).toEqual([LEASE, 'pods/new'])
  })
})
