import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ListWatch, type ListWatchApi } from '../../src/kubernetes/list-watch'
import type { KubeObject } from '../../src/kubernetes/objects'
import { FaultyApiServer } from './api-server'
import { Collection, type Fault } from './collection'
import { InProcessApi, turn } from './in-process-api'

let server: FaultyApiServer
let stop: AbortController
let copy: Record<string, string>
let told: string[]
let ended: Promise<void> = Promise.resolve()

beforeEach(async () => {
  server = await FaultyApiServer.start()
  begin()
})
afterEach(async () => {
  stop.abort()
  await ended.catch(() => {})
  await server.stop()
})

function begin(options: { silence?: number } = {}): ListWatch<KubeObject> {
  stop = new AbortController()
  copy = {}
  told = []
  const watch = new ListWatch<KubeObject>(server.api(), {
    path: '/api/v1/namespaces/ns/things',
    labelSelector: 'a=b',
    signal: stop.signal,
    silence: options.silence ?? 60_000,
    firstPause: 5,
    onChange: object => {
      copy[object.metadata.name] = object.metadata.annotations!.text!
      told.push(`${object.metadata.name}=${copy[object.metadata.name]}`)
    },
    onDelete: object => {
      delete copy[object.metadata.name]
      told.push(`-${object.metadata.name}`)
    },
  })
  return watch
}

const run = (watch: ListWatch<KubeObject>) => {
  ended = watch.run()
}

async function same(): Promise<void> {
  await expect.poll(() => copy, { timeout: 10_000, interval: 5 }).toEqual(server.truth())
}

describe('a list-watch', () => {
  it('lists page by page, then follows changes, with characters cut anywhere', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name, 'größe 🧮')
    run(begin())
    await same()
    expect(server.lists).toBe(3)
    server.put('f', '日本')
    server.put('a', 'neu')
    server.remove('b')
    await same()
    expect(told.slice(-3)).toEqual(['f=日本', 'a=neu', '-b'])
    expect(server.watches).toBe(1)
  })

  it('resumes a broken watch where it was, without listing again', async () => {
    server.put('a', '1')
    run(begin())
    await same()
    const { lists } = server
    server.cut()
    server.put('b', '2')
    server.remove('a')
    await same()
    expect(server.lists).toBe(lists)
    expect(told).toEqual(['a=1', 'b=2', '-a'])
  })

  it.each(['expired', 'error-event', 'garbage'] as const)(
    'lists anew after %s, and tells what it missed',
    async fault => {
      server.put('a', '1')
      server.put('b', '1')
      run(begin())
      await same()
      server.faults.push(fault)
      server.compact()
      server.cut()
      server.remove('a')
      server.put('b', '2')
      server.put('c', '1')
      await same()
      expect(told).toContain('-a')
    },
  )

  it('does not trust a silent connection', async () => {
    server.faults.push('silence')
    run(begin({ silence: 50 }))
    await expect.poll(() => server.watches, { timeout: 5000 }).toBeGreaterThan(0)
    server.put('a', '1')
    await same()
  })

  it.each(['reset', 'half-line', 'end', 'busy'] as const)('goes on after %s', async fault => {
    server.put('a', '1')
    run(begin())
    await same()
    server.faults.push(fault, fault)
    server.cut()
    server.put('a', 'ä2')
    await same()
  })

  it('bears a server that denies a right which it granted before, as one does that has just started, but not from the start', async () => {
    server.put('a', '1')
    run(begin())
    await same()
    server.faults.push('forbidden', 'forbidden')
    server.cut()
    server.put('a', '2')
    await same()
    stop.abort()
    await ended
    server.denied = true
    const watch = begin()
    ended = watch.run()
    await expect(ended).rejects.toMatchObject({ status: 403 })
  })

  it('does not storm a server that ends every watch at once', async () => {
    server.faults.push(...Array<Fault>(50).fill('end'))
    stop.abort()
    const stopped = new AbortController()
    const watch = new ListWatch<KubeObject>(server.api(), {
      path: '/api/v1/namespaces/ns/things',
      labelSelector: '',
      signal: stopped.signal,
      firstPause: 100,
      onChange: () => {},
      onDelete: () => {},
    })
    ended = watch.run()
    await new Promise(done => setTimeout(done, 1500))
    stopped.abort()
    expect(server.watches).toBeLessThan(15)
  })

  it('ends with its signal, and opens nothing after that', async () => {
    run(begin())
    await expect.poll(() => server.watches).toBe(1)
    stop.abort()
    await ended
    const { watches, lists } = server
    await new Promise(done => setTimeout(done, 100))
    expect([server.watches, server.lists]).toEqual([watches, lists])
  })
})

/** A step of a history. Between steps the watch has a turn or none, so that changes meet it at any point of its work. */
const step = fc.oneof(
  fc.record({
    put: fc.constantFrom('a', 'b', 'c', 'd'),
    text: fc.string({ unit: 'grapheme', maxLength: 4 }),
  }),
  fc.record({ remove: fc.constantFrom('a', 'b', 'c', 'd') }),
  fc.record({
    fault: fc.constantFrom<Fault>(
      'expired',
      'error-event',
      'garbage',
      'reset',
      'half-line',
      'end',
      'busy',
    ),
  }),
  fc.constant({ cut: true }),
  fc.constant({ compact: true }),
  // Long enough for the watch to get to where it waits for more; short enough to meet it on the way.
  fc.record({ turns: fc.integer({ min: 1, max: 30 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Play a history against a watch, and see that its copy and what it told end as the truth. */
async function play(
  server: Collection,
  api: ListWatchApi,
  steps: readonly Step[],
  { pause, wait }: { pause: number; wait: () => Promise<void> },
): Promise<void> {
  const stopped = new AbortController()
  const seen: Record<string, string> = {}
  const watch = new ListWatch<KubeObject>(api, {
    path: '/api/v1/namespaces/ns/things',
    labelSelector: '',
    signal: stopped.signal,
    firstPause: pause,
    longestPause: 8 * pause,
    onChange: o => {
      seen[o.metadata.name] = o.metadata.annotations!.text!
    },
    onDelete: o => {
      delete seen[o.metadata.name]
    },
  })
  const over = watch.run()
  for (const step of steps) {
    if ('put' in step) server.put(step.put, step.text)
    else if ('remove' in step) server.remove(step.remove)
    else if ('fault' in step) server.faults.push(step.fault)
    else if ('cut' in step) server.cut()
    else if ('compact' in step) server.compact()
    else for (let i = 0; i < step.turns; i++) await wait()
  }
  server.faults.length = 0
  const copy = () =>
    Object.fromEntries(watch.all.map(o => [o.metadata.name, o.metadata.annotations!.text!]))
  const end = performance.now() + 10_000
  while (!(isDeepStrictEqual(seen, server.truth()) && isDeepStrictEqual(copy(), seen))) {
    if (performance.now() > end)
      expect({ seen, copy: copy() }).toEqual({ seen: server.truth(), copy: server.truth() })
    await wait()
  }
  stopped.abort()
  await over
}

describe('a copy is true under any order of changes and faults', () => {
  it('in 5,000 histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 40 }), async steps => {
        const server = new Collection()
        await play(server, new InProcessApi(server), steps, { pause: 0, wait: turn })
      }),
      { numRuns: 5000 },
    )
  }, 60_000)

  it('and over HTTP', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
        const server = await FaultyApiServer.start()
        const wait = () => new Promise<void>(done => setTimeout(done, 1))
        await play(server, server.api(), steps, { pause: 1, wait })
        await server.stop()
      }),
      { numRuns: 100 },
    )
  }, 60_000)
})
