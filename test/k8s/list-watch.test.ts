import { Transform } from 'node:stream'
import { expect, test } from 'vitest'
import { hasStatus } from '../../src/kubernetes/kube-error'
import { ListWatch, type ListWatchApi } from '../../src/kubernetes/list-watch'
import type { KubeObject } from '../../src/kubernetes/objects'
import { apiAs, eventually, kubectl } from './cluster'
import { restartWithoutHistory } from './control-plane'

const LABEL = 'lakebench-test=watched'
const map = async (name: string, ...labels: string[]) => {
  await kubectl('create', 'configmap', name)
  for (const label of labels) await kubectl('label', 'configmap', name, label)
}

test('goes on over an API server that restarted and says 410 to where the watch was', async () => {
  const api = await apiAs('admin')
  const heard = { lists: 0, gone: 0 }
  const recorded: ListWatchApi = {
    list: (path, options) => {
      heard.lists++
      return api.list(path, options)
    },
    open: async (path, options) => {
      const stream = await api.open(path, options).catch(error => {
        if (hasStatus(error, 410)) heard.gone++
        throw error
      })
      const passed = new Transform({
        transform(chunk, _encoding, done) {
          if (/"type":"ERROR".*"code":410/s.test(String(chunk))) heard.gone++
          done(null, chunk)
        },
      })
      stream.on('error', error => passed.destroy(error))
      stream.on('aborted', () => passed.destroy(new Error('aborted')))
      passed.on('close', () => stream.destroy())
      return stream.pipe(passed)
    },
  }
  const stop = new AbortController()
  const deleted: string[] = []
  const watch = new ListWatch<KubeObject>(recorded, {
    path: api.in('api/v1', 'configmaps'),
    labelSelector: LABEL,
    signal: stop.signal,
    onChange: () => {},
    onDelete: object => deleted.push(object.metadata.name),
  })
  const over = watch.run()
  const names = () => watch.all.map(object => object.metadata.name).sort()
  try {
    await map('kept', LABEL)
    await map('dropped', LABEL)
    await eventually('both are seen', async () => names().length === 2)
    // Changes that this watch is not told of: the server is ahead of where it was.
    for (const name of ['other-1', 'other-2', 'other-3']) await map(name)
    await restartWithoutHistory()
    await kubectl('delete', 'configmap', 'dropped')
    await map('new', LABEL)
    await eventually(
      'the copy is true',
      async () => names().join() === 'kept,new' && deleted.join() === 'dropped',
    )
    expect(heard.gone).toBeGreaterThan(0)
    expect(heard.lists).toBe(1 + heard.gone)
  } finally {
    stop.abort()
    await over
    await kubectl(
      'delete',
      'configmap',
      '--ignore-not-found',
      'kept',
      'dropped',
      'new',
      'other-1',
      'other-2',
      'other-3',
    )
  }
})
