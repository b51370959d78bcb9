import { setTimeout as sleep } from 'node:timers/promises'
import { PrerequisiteError } from '../../contracts/errors'
import type { Connection } from './connection'
import { requestFailure } from './explain-error'
import { HttpFailure } from './http-failure'
import type { TrinoLimits } from './options'
import { ServerInfoSchema } from './page'

/** What `/v1/info` says. */
export interface ServerInfo {
  readonly version: string
  readonly environment: string | null
  readonly starting: boolean
}

const POLL_MS = 500

/** @throws HttpFailure, or the signal's reason */
export async function serverInfo(
  connection: Connection,
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<ServerInfo> {
  const { data: info } = ServerInfoSchema.safeParse(
    await connection.client().get('/v1/info', options),
  )
  if (info === undefined) {
    throw new HttpFailure('does not answer /v1/info as Trino does', {
      kind: 'answer',
      remedy: 'Check that architecture.query_engine.url is a Trino coordinator.',
    })
  }
  const { nodeVersion, environment = null, starting } = info
  return { version: nodeVersion.version, environment, starting: starting === true }
}

/**
 * Wait for a server that says it is starting; one that cannot be reached is an error at once.
 * @throws PrerequisiteError, or the signal's reason
 */
export async function readyServer(
  connection: Connection,
  limits: TrinoLimits,
  signal: AbortSignal,
): Promise<ServerInfo> {
  const { origin } = connection.address
  const until = performance.now() + limits.start_seconds * 1000
  for (;;) {
    try {
      const info = await serverInfo(connection, {
        signal,
        timeoutMs: limits.request_seconds * 1000,
      })
      if (!info.starting) return info
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof HttpFailure && error.status === 503)) {
        const { message } = requestFailure(error, origin, null)
        throw new PrerequisiteError(message, { cause: error })
      }
    }
    if (performance.now() >= until) {
      throw new PrerequisiteError(
        `Trino at ${origin} is still starting after ${limits.start_seconds} s. Wait until its /v1/info says "starting": false, or look at its log.`,
      )
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}
