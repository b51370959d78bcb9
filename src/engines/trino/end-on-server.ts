import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from './connection'
import { HttpFailure } from './http-failure'
import type { TrinoLimits } from './options'
import { QueryStateSchema } from './page'
import { retried } from './retry'

const POLL_MS = 50
/** A cancelled query that still runs after this many looks is killed by its id. */
const LOOKS_BEFORE_KILL = 20
const RETRY_SECONDS = 1

/**
 * Cancel a query and wait until the server says that it has ended, at most `cancel_seconds`. Never rejects: it is called
 * when there is a reason already.
 * @returns whether the server said so
 */
export async function endOnServer(
  client: Client,
  query: { readonly id: string; readonly nextUri: string | undefined },
  limits: TrinoLimits,
): Promise<boolean> {
  const signal = AbortSignal.timeout(limits.cancel_seconds * 1000)
  const request = { signal, timeoutMs: limits.request_seconds * 1000 }
  const path = `/v1/query/${encodeURIComponent(query.id)}`
  try {
    if (query.nextUri !== undefined) await client.delete(query.nextUri, request).catch(() => {})
    for (let look = 1; ; look++) {
      const info = await retried(() => client.get(`${path}?pruned=true`, request), {
        seconds: RETRY_SECONDS,
        signal,
      })
      const state = QueryStateSchema.safeParse(info).data?.state
      if (state === 'FAILED' || state === 'FINISHED') return true
      if (look === LOOKS_BEFORE_KILL || query.nextUri === undefined)
        await client.delete(path, request).catch(() => {})
      await sleep(POLL_MS, undefined, { signal })
    }
  } catch (error) {
    // What the server does not know any more does not run.
    return error instanceof HttpFailure && (error.status === 404 || error.status === 410)
  }
}
