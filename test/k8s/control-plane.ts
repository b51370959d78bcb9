import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startParts, stopPart } from './cluster'

/** Stop the API server, make every place that a watch could go on from older than what etcd knows, and bring it back. */
export async function restartWithoutHistory(): Promise<void> {
  await stopPart('kube-apiserver')
  await compactEtcd()
  await startParts()
}

async function compactEtcd(): Promise<void> {
  const etcd = `http://127.0.0.1:${readFileSync(join(process.env.LAKEBENCH_K8S!, 'etcd.port'), 'utf8').trim()}`
  const post = async (path: string, body: object) =>
    (
      await fetch(`${etcd}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) })
    ).json() as Promise<{
      header: { revision: string }
    }>
  const { header } = await post('kv/range', {
    key: Buffer.from('/').toString('base64'),
    limit: '1',
  })
  await post('kv/compaction', { revision: header.revision, physical: true })
}
