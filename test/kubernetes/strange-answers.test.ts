import { expect, test } from 'vitest'
import { checkCluster } from '../../src/kubernetes/check-cluster'
import { KubeApi } from '../../src/kubernetes/kube-api'
import { answeringServer, pour } from '../support/answering-server'

const apiOf = (server: string) =>
  new KubeApi({ server, namespace: 'lake', credentials: async () => ({}) })

test('an answer without an end is told with the limit', async () => {
  const server = await answeringServer((_, response, self) => pour(response, self, '{"items":['))
  await expect(apiOf(server.url).list('/api/v1/pods')).rejects.toThrow(
    'what answers is no Kubernetes API: the answer is longer than 64 MiB, the most that is read',
  )
})

test.each([
  ['<html>Log in</html>', /an answer is no JSON/],
  ['', /an answer is no JSON/],
  ['[]', /not what was asked for \(Invalid input: expected object/],
  ['null', /not what was asked for/],
  ['{"metadata":{},"items":null}', /not what was asked for \(items: /],
  ['{"metadata":{},"items":[null]}', /not what was asked for \(items\.0: /],
  ['{"metadata":{},"items":[{"metadata":{"name":7}}]}', /items\.0\.metadata\.name: /],
])('a list that is %s is an error in a sentence', async (body, expected) => {
  const server = await answeringServer((_, response) => response.end(body))
  await expect(apiOf(server.url).list('/api/v1/pods')).rejects.toThrow(expected)
  expect(server.requests).toHaveLength(1)
})

test('status says which part of the cluster it may not look into, not that nothing is there', async () => {
  const server = await answeringServer((request, response) => {
    const path = request.url!
    const answer = (status: number, body: object) =>
      response.writeHead(status).end(JSON.stringify(body))
    if (path === '/version') return answer(200, { gitVersion: 'v1.36.1' })
    if (path.startsWith('/apis/sparkoperator'))
      return answer(200, { resources: [{ name: 'sparkapplications' }] })
    if (path.includes('selfsubjectaccessreviews')) return answer(201, { status: { allowed: true } })
    return answer(403, {
      kind: 'Status',
      reason: 'Forbidden',
      message: 'User "u" cannot list resource "pods"',
    })
  })
  const needs = {
    scratch: { type: 'empty-dir', storage_class: '' },
    service_account: 's',
    submit: 'operator',
  } as const
  const { healthy, details } = await checkCluster(apiOf(server.url), needs)
  expect(healthy).toBe(true)
  expect(details).toContain(
    "The operator's namespace may not be looked into with these rights (list pods in the whole cluster), so nobody knows yet whether the operator runs; the first job tells within 60 s.",
  )
})

test('status of what is no Kubernetes says so', async () => {
  const server = await answeringServer((_, response) => response.end('<html>'))
  const needs = {
    scratch: { type: 'empty-dir', storage_class: '' },
    service_account: 's',
    submit: 'operator',
  } as const
  expect(await checkCluster(apiOf(server.url), needs)).toMatchObject({
    healthy: false,
    details: [
      expect.stringMatching(
        /^Kubernetes at .* did not answer: what answers is no Kubernetes API: an answer is no JSON\. See/,
      ),
    ],
  })
})
