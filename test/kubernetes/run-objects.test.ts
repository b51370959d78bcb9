import { describe, expect, test } from 'vitest'
import { KubeApi } from '../../src/kubernetes/kube-api'
import type { KubeObject } from '../../src/kubernetes/objects'
import { RunObjects } from '../../src/kubernetes/run-objects'
import { answeringServer } from '../support/answering-server'

const signal = new AbortController().signal
const EVERY_MS = 200
const APPLICATIONS = '/apis/x/v1/namespaces/ns/things'

const object = (name: string): KubeObject => ({ metadata: { name, uid: `uid-${name}` } })

/** Objects of a run on a server that lists `pods` and `things`, or refuses with `status`. */
async function runOn(cluster: { pods: string[]; things: string[]; status?: number }) {
  const server = await answeringServer((request, response) => {
    const { status = 200 } = cluster
    response.writeHead(status, { 'retry-after': '0' })
    const names = request.url!.startsWith(APPLICATIONS) ? cluster.things : cluster.pods
    const list = { metadata: { resourceVersion: '1' }, items: names.map(object) }
    response.end(JSON.stringify(status === 200 ? list : { reason: 'No', message: 'no' }))
  })
  const api = new KubeApi({ server: server.url, namespace: 'ns', credentials: async () => ({}) })
  return { server, objects: new RunObjects(api, 'run-1', APPLICATIONS, EVERY_MS) }
}

const podNames = (objects: RunObjects) => objects.pods.map(({ metadata }) => metadata.name)

describe("a run's objects", () => {
  test('are listed from the cache of the API server by the label of the run, once for all that wait', async () => {
    const { server, objects } = await runOn({ pods: ['a', 'b'], things: ['app'] })
    await Promise.all([objects.next(signal), objects.next(signal), objects.next(signal)])
    expect(podNames(objects)).toEqual(['a', 'b'])
    expect(objects.owner('uid-app')).toMatchObject({ metadata: { name: 'app' } })
    expect(objects.owner('uid-other')).toBeNull()
    expect(server.requests).toHaveLength(2)
    for (const { url } of server.requests) {
      const { searchParams } = new URL(url!, server.url)
      expect(searchParams.get('resourceVersion')).toBe('0')
      expect(searchParams.get('labelSelector')).toBe(
        'app.kubernetes.io/managed-by=lakebench,lakebench.io/run=run-1',
      )
    }
  })

  test('are asked for no more often than may be, and not at all while nobody waits', async () => {
    const cluster = { pods: ['a'], things: ['app'] }
    const { server, objects } = await runOn(cluster)
    const begun = performance.now()
    await objects.next(signal)
    cluster.pods = ['b']
    cluster.things = []
    await objects.next(signal)
    await objects.next(signal)
    expect(performance.now() - begun).toBeGreaterThan(1.5 * EVERY_MS)
    expect(podNames(objects)).toEqual(['b'])
    expect(objects.owner('uid-app')).toBeNull()
    await new Promise(resolve => setTimeout(resolve, 3 * EVERY_MS))
    expect(server.requests).toHaveLength(6)
  })

  test('stay as they were while a server that restarted denies what it has not read yet', async () => {
    const cluster: Parameters<typeof runOn>[0] = { pods: ['a'], things: ['app'] }
    const { objects } = await runOn(cluster)
    await objects.next(signal)
    for (const status of [403, 404]) {
      await objects.next(signal)
      Object.assign(cluster, { status })
    }
    expect(podNames(objects)).toEqual(['a'])
  })

  test.each([403, 404])('that may not be listed from the start are an error: %i', async status => {
    const { objects } = await runOn({ pods: [], things: [], status })
    const waiting = [objects.next(signal), objects.next(signal)]
    for (const wait of waiting) await expect(wait).rejects.toMatchObject({ status })
  })

  test('keep nobody waiting who was aborted, and break nothing when the list fails later', async () => {
    const cluster: Parameters<typeof runOn>[0] = { pods: [], things: [] }
    const { objects, server } = await runOn(cluster)
    await objects.next(signal)
    cluster.status = 400
    const stop = new AbortController()
    const waiting = expect(objects.next(stop.signal)).rejects.toThrow('enough')
    stop.abort(new Error('enough'))
    await waiting
    await expect.poll(() => server.requests).toHaveLength(4)
    await expect(objects.next(signal)).rejects.toMatchObject({ status: 400 })
  })
})

describe('a list', () => {
  const listOf = async (answers: ((next: string | null) => [number, object])[]) => {
    const server = await answeringServer((request, response) => {
      const next = new URL(request.url!, 'http://x').searchParams.get('continue')
      const [status, body] = answers.shift()!(next)
      response.writeHead(status, { 'retry-after': '0' }).end(JSON.stringify(body))
    })
    const api = new KubeApi({ server: server.url, namespace: 'ns', credentials: async () => ({}) })
    const items = await api.list<KubeObject>('/api/v1/pods')
    return items.map(({ metadata }) => metadata.name).join('')
  }
  const page = (name: string, next?: string) => (): [number, object] => [
    200,
    { metadata: { continue: next }, items: [object(name)] },
  ]
  const refusal = (status: number) => (): [number, object] => [status, { message: 'no' }]

  test('is read page by page, and begun anew where its pages are gone from the server', async () => {
    expect(await listOf([page('a', '1'), page('b', '2'), page('c')])).toBe('abc')
    expect(await listOf([page('a', '1'), refusal(410), page('x', '9'), page('y')])).toBe('xy')
  })

  test('is asked for again where the server is busy, or denies rights after it was away', async () => {
    expect(await listOf([refusal(429), refusal(503), refusal(403), page('a')])).toBe('a')
  })
})
