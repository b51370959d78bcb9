import { readFileSync, statSync } from 'node:fs'
import { PrerequisiteError } from '../../contracts/errors'
import { DEFAULT_USER, type TrinoOptions } from './options'

/** Where a Trino is and who asks, checked before anything is sent. */
export interface TrinoAddress {
  /** Scheme, host and port, nothing else: what messages show. */
  readonly origin: string
  readonly secure: boolean
  readonly user: string
  readonly password: string
  /** PEM text of the authorities to trust. */
  readonly ca: string | undefined
}

/** What an HTTP header can carry as it is. */
const HEADER_TEXT = /^[\x20-\x7e]*$/

/** @throws PrerequisiteError for an address that cannot work, or that would send the password in the clear */
export function trinoAddress(options: TrinoOptions): TrinoAddress {
  const { password = '', ca_cert = '' } = options
  const user = options.user || DEFAULT_USER
  const url = parse(options.url)
  const origin = url.origin
  if (url.username || url.password) {
    throw new PrerequisiteError(
      `The address of Trino (${origin}) must not carry credentials. Give them as architecture.query_engine.user and password.`,
    )
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new PrerequisiteError(
      `The address of Trino is scheme, host and port, like ${origin}; Trino cannot be reached below a path or with a query.`,
    )
  }
  const secure = url.protocol === 'https:'
  if (password !== '' && !secure) {
    throw new PrerequisiteError(
      `Trino at ${origin} would get the password in the clear: it is sent over https only. Use the https address, or leave architecture.query_engine.password empty.`,
    )
  }
  for (const [name, value] of [
    ['user', user],
    ['run id', options.source ?? ''],
  ] as const) {
    if (!HEADER_TEXT.test(value))
      throw new PrerequisiteError(
        `The ${name} for Trino at ${origin} may hold printable ASCII characters only.`,
      )
  }
  return {
    origin,
    secure,
    user,
    password,
    ca: ca_cert === '' ? undefined : readAuthorities(ca_cert, origin),
  }
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new PrerequisiteError(
      'The address of Trino (architecture.query_engine.url) must be an http or https URL, e.g. http://localhost:8080.',
    )
  }
  return url
}

function readAuthorities(path: string, origin: string): string {
  const remedy = `Set architecture.query_engine.ca_cert to a PEM file with the authorities that signed the certificate of Trino at ${origin}.`
  let pem: string
  try {
    // Reading a pipe could wait for ever.
    if (!statSync(path).isFile())
      throw Object.assign(new Error('no file'), { code: 'it is no file' })
    pem = readFileSync(path, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    throw new PrerequisiteError(`The authorities in ${path} cannot be read (${code}). ${remedy}`, {
      cause,
    })
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new PrerequisiteError(`${path} holds no PEM certificate. ${remedy}`)
  return pem
}
