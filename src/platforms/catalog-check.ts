import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import type { ResolvedConfig } from '../config/schema'
import type { PartStatus } from '../contracts/ports'
import { MIB } from '../shared/format'
import { bodyOf, readBody } from '../shared/http-body'

type CatalogConfig = ResolvedConfig['architecture']['catalog']

const DEADLINE_MS = 10_000
const LONGEST_ANSWER = MIB

const properties = z.record(z.string(), z.string().nullable())
const ConfigSchema = z.union([
  z.object({ defaults: properties, overrides: properties.optional() }),
  z.object({ defaults: properties.optional(), overrides: properties }),
])

/** Whether the catalog that a config names answers. Never throws. */
export async function checkCatalog(catalog: CatalogConfig): Promise<PartStatus> {
  const address = addressOf(catalog)
  const base = { part: 'catalog', address, version: null }
  if (catalog.type === 'hadoop')
    return {
      ...base,
      healthy: true,
      latency_ms: null,
      details: ['hadoop: tables are files, no service is needed'],
    }
  const started = performance.now()
  try {
    const details = catalog.type === 'rest' ? await askRest(catalog) : await knock(catalog.uri)
    return { ...base, healthy: true, latency_ms: performance.now() - started, details }
  } catch (error) {
    const why = error instanceof Error ? (causeOf(error) ?? error.message) : String(error)
    return {
      ...base,
      healthy: false,
      latency_ms: null,
      details: [
        `${why}. Start the ${catalog.type} catalog, or correct architecture.catalog.uri (${address}).`,
      ],
    }
  }
}

/** Without what may be secret in a URI. */
function addressOf({ type, uri }: CatalogConfig): string {
  if (type === 'hadoop') return 'hadoop'
  const url = new URL(uri)
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
}

/** Source: the Iceberg REST specification, `GET /v1/config`. */
async function askRest({ uri, token, warehouse }: CatalogConfig): Promise<string[]> {
  const url = new URL(`${uri.replace(/\/+$/, '')}/v1/config`)
  if (warehouse !== '') url.searchParams.set('warehouse', warehouse)
  const response = await fetch(url, {
    signal: AbortSignal.timeout(DEADLINE_MS),
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    // Another address would get the token, or answer for a catalog that it is not.
    redirect: 'manual',
  })
  const text = (await readBody(bodyOf(response), LONGEST_ANSWER)).toString('utf8')
  if (response.status === 401 || response.status === 403)
    throw new Error(
      `it refuses the token (HTTP ${response.status}); check architecture.catalog.token`,
    )
  if (response.status >= 300 && response.status < 400)
    throw new Error(
      `it redirects to ${originOf(response.headers.get('location'), url)}, which is not followed`,
    )
  if (!response.ok) throw new Error(`it answers HTTP ${response.status}`)
  if (!ConfigSchema.safeParse(parsed(text)).success)
    throw new Error('its answer is not that of an Iceberg REST catalog')
  return ['rest: answers its configuration']
}

const originOf = (location: string | null, base: URL): string =>
  location !== null && URL.canParse(location, base) ? new URL(location, base).origin : 'nowhere'

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A Hive metastore speaks Thrift; that its port is open is what can be told. */
function knock(uri: string): Promise<string[]> {
  const { hostname, port } = new URL(uri)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 9083), timeout: DEADLINE_MS })
    socket.once('connect', () => {
      socket.destroy()
      resolve(['hive: its port is open'])
    })
    socket.once('timeout', () => {
      socket.destroy()
      reject(new Error(`no answer within ${DEADLINE_MS / 1000} s`))
    })
    socket.once('error', reject)
  })
}

/** The cause that fetch hides behind `fetch failed`. */
function causeOf(error: Error): string | null {
  if (error.name === 'TimeoutError') return `no answer within ${DEADLINE_MS / 1000} s`
  const { cause } = error
  if (!(cause instanceof Error)) return null
  const code = (cause as NodeJS.ErrnoException).code
  return code === undefined ? cause.message : `${code} (${cause.message || 'connection failed'})`
}
