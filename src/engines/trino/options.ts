import { readFileSync, statSync } from 'node:fs'
import { PrerequisiteError } from '../../contracts/errors'
import type { TableRole } from '../../contracts/tables'
import { MIB } from '../../shared/format'
import { TRINO } from '../../workload/dialects/trino'

/** How to reach a Trino, and what the queries read there. */
export interface TrinoOptions {
  /** e.g. `https://trino.example.org:8443`; without a path. */
  readonly url: string
  readonly catalog: string
  /** Sent with every request; empty: `lakebench`. */
  readonly user?: string
  /** Sent as basic auth, over https only; empty: none. */
  readonly password?: string
  /** Path of a PEM file with the authorities to trust in place of the system's; empty: the system's. */
  readonly ca_cert?: string
  /** `namespace.table` each; what stands before the last dot is the schema. */
  readonly tables: { readonly silver: string; readonly gold: string }
  /** Id of the run: Trino shows its queries as `lakebench/<source>`. */
  readonly source?: string
  /** Session properties of every query, e.g. `{ query_max_run_time: '10m' }`. */
  readonly session?: Readonly<Record<string, string>>
  readonly limits?: Partial<TrinoLimits>
}

/** Bounds of waiting, seconds, and of answers, bytes. */
export interface TrinoLimits {
  /** One HTTP request, its answer read to the end. Trino holds a request open for about a second. */
  readonly request_seconds: number
  /** Waiting for a Trino that says it is starting. */
  readonly start_seconds: number
  /** Asking again for one page of a result after 502, 503, 504 or a broken connection. */
  readonly retry_seconds: number
  /** Waiting until a canceled query has ended on the server. */
  readonly cancel_seconds: number
  /** One page of a result. Trino fills a page up to 1 MiB, or with one row that is longer. */
  readonly page_bytes: number
  /** All pages of one result. */
  readonly result_bytes: number
}

export const DEFAULT_LIMITS: TrinoLimits = {
  request_seconds: 30,
  start_seconds: 120,
  retry_seconds: 10,
  cancel_seconds: 10,
  page_bytes: 16 * MIB,
  result_bytes: 64 * MIB,
}

/** Where a Trino is and who asks, checked before anything is sent. */
export interface TrinoAddress {
  /** Scheme, host and port, nothing else: what messages show. */
  readonly origin: string
  readonly user: string
  readonly password: string
  /** PEM text of the authorities to trust. */
  readonly ca: string | undefined
}

/** Text that an HTTP header can carry as it is. */
const HEADER_TEXT = /^[\x20-\x7e]*$/

/** @throws PrerequisiteError for an address that cannot work, or that would send the password in the clear */
export function trinoAddress(options: TrinoOptions): TrinoAddress {
  const { password = '', ca_cert = '', source = '' } = options
  const user = options.user || 'lakebench'
  const url = URL.canParse(options.url) ? new URL(options.url) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new PrerequisiteError(
      'The address of Trino (architecture.query_engine.url) must be an http or https URL, e.g. http://localhost:8080.',
    )
  }
  const { origin } = url
  const refused =
    url.username || url.password
      ? `The address of Trino (${origin}) must not carry credentials. Give them as architecture.query_engine.user and password.`
      : url.pathname !== '/' || url.search || url.hash
        ? `The address of Trino is scheme, host and port, like ${origin}; Trino cannot be reached below a path or with a query.`
        : password !== '' && url.protocol === 'http:'
          ? `Trino at ${origin} would get the password in the clear: it is sent over https only. Use the https address, or leave architecture.query_engine.password empty.`
          : !HEADER_TEXT.test(user + source)
            ? `The user and the run id for Trino at ${origin} may hold printable ASCII characters only.`
            : null
  if (refused !== null) throw new PrerequisiteError(refused)
  return { origin, user, password, ca: ca_cert === '' ? undefined : readCa(ca_cert, origin) }
}

function readCa(path: string, origin: string): string {
  const remedy = `Set architecture.query_engine.ca_cert to a PEM file with the authorities that signed the certificate of Trino at ${origin}.`
  let pem: string
  try {
    // Reading a pipe could wait for ever.
    if (!statSync(path).isFile())
      throw Object.assign(new Error('no file'), { code: 'it is no file' })
    pem = readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const message = `The authorities in ${path} cannot be read (${code}). ${remedy}`
    throw new PrerequisiteError(message, { cause })
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new PrerequisiteError(`${path} holds no PEM certificate. ${remedy}`)
  return pem
}

type TrinoRole = Exclude<TableRole, 'bronze'>

export interface TrinoTables {
  readonly catalog: string
  readonly names: Readonly<Record<TrinoRole, readonly [namespace: string, table: string]>>
  /** Quoted, with the catalog. */
  readonly relations: Readonly<Record<TrinoRole, string>>
}

/** The tables as SQL names them, every part quoted. */
export function trinoTables(catalog: string, tables: TrinoOptions['tables']): TrinoTables {
  const silver = tableParts(tables.silver, 'silver')
  const gold = tableParts(tables.gold, 'gold')
  const relation = (name: readonly string[]) => [catalog, ...name].map(TRINO.identifier).join('.')
  return {
    catalog,
    names: { silver, gold },
    relations: { silver: relation(silver), gold: relation(gold) },
  }
}

/** Schema and table. A nested namespace is one schema of Trino, so the last dot divides. */
export function tableParts(text: string, role: string): [namespace: string, table: string] {
  const dot = text.lastIndexOf('.')
  if (dot <= 0 || dot === text.length - 1) {
    throw new PrerequisiteError(
      `${JSON.stringify(text)} is no name for the ${role} table. Write namespace.table.`,
    )
  }
  return [text.slice(0, dot), text.slice(dot + 1)]
}
