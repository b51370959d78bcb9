import { PassThrough, type Readable } from 'node:stream'
import { KubeError } from '../../src/kubernetes/kube-error'
import type { ListWatchApi } from '../../src/kubernetes/list-watch'
import type { KubeList } from '../../src/kubernetes/objects'
import type { Answer, Collection } from './collection'

type Options = Parameters<ListWatchApi['open']>[1]

/** A collection without a network between, so that thousands of histories are played in seconds. */
export class InProcessApi implements ListWatchApi {
  constructor(private readonly collection: Collection) {}

  async list<T>(_path: string, options: Options): Promise<{ items: T[]; resourceVersion: string }> {
    const items: T[] = []
    for (let next: string | undefined; ; ) {
      const page = await this.ask<KubeList<T>>({ ...options.query, limit: 500, continue: next })
      items.push(...page.items)
      next = page.metadata.continue
      if (next === undefined) return { items, resourceVersion: page.metadata.resourceVersion ?? '' }
      // Others have their turn between pages.
      await turn()
    }
  }

  async open(_path: string, { query, signal }: Options): Promise<Readable> {
    await turn()
    signal?.throwIfAborted()
    return new Promise((resolve, reject) => {
      const stream = new PassThrough()
      stream.on('error', () => {})
      signal?.addEventListener('abort', () => stream.destroy(signal.reason), { once: true })
      this.collection.answer(params(query), {
        json: (status, body) => reject(refusal(status, body)),
        begin: () => resolve(stream),
        write: bytes => stream.write(bytes),
        end: bytes => stream.end(bytes),
        destroy: () => stream.destroy(new Error('reset')),
        destroySoon: () => setImmediate(() => stream.destroy(new Error('reset'))),
        onClose: listener => stream.on('close', listener),
      })
    })
  }

  private ask<T>(query: Options['query']): Promise<T> {
    return new Promise((resolve, reject) =>
      this.collection.answer(params(query), {
        json: (status, body) => (status === 200 ? resolve(body as T) : reject(refusal(status, body))),
      } as Answer),
    )
  }
}

export const turn = (): Promise<void> => new Promise(done => setImmediate(done))

const params = (query: Options['query'] = {}) =>
  new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )

const refusal = (status: number, body: object): KubeError => {
  const { reason = '', message = '' } = body as { reason?: string; message?: string }
  return new KubeError(status, reason, message)
}
