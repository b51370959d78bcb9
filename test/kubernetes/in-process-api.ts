import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { type Call, KubeApi, type ListOptions } from '../../src/kubernetes/kube-api'
import { KubeError } from '../../src/kubernetes/kube-error'
import type { Answer, Collection } from './collection'

/** The client without a network below it, so that thousands of histories are played in seconds. */
export class InProcessApi extends KubeApi {
  constructor(private readonly collection: Collection) {
    super({ server: 'http://in-process', namespace: 'ns', credentials: async () => ({}) })
  }

  override async call<T>(_path: string, { query }: Call): Promise<T> {
    const answered = await new Promise<T>((resolve, reject) =>
      this.collection.answer(params(query), {
        json: (status, body) =>
          status === 200 ? resolve(body as T) : reject(refusal(status, body)),
      } as Answer),
    )
    // Others have their turn between pages.
    await turn()
    return answered
  }

  override async open(
    _path: string,
    { query, signal }: ListOptions = {},
  ): Promise<IncomingMessage> {
    await turn()
    signal?.throwIfAborted()
    const stream = await new Promise<PassThrough>((resolve, reject) => {
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
    return stream as unknown as IncomingMessage
  }
}

export const turn = (): Promise<void> => new Promise(done => setImmediate(done))

const params = (query: Call['query'] = {}) =>
  new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, String(value)]],
    ),
  )

const refusal = (status: number, body: object): KubeError => {
  const { reason = '', message = '' } = body as { reason?: string; message?: string }
  return new KubeError(status, reason, message)
}
