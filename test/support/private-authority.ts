import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

interface PrivateAuthority {
  /** PEM files: the authority, the server's key, its certificate. */
  readonly caPath: string
  readonly keyPath: string
  readonly certPath: string
  /** What the latter two hold. */
  readonly key: string
  readonly cert: string
}

/** An authority of its own and a certificate of it for 127.0.0.1; the files go with the test. */
export function privateAuthority(): PrivateAuthority {
  const dir = mkdtempSync(join(tmpdir(), 'lakebench-ca-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return makeAuthority(dir, ['127.0.0.1'])
}

/** The same in a folder of the caller's, for servers at these addresses. */
export function makeAuthority(dir: string, addresses: readonly string[]): PrivateAuthority {
  const at = (name: string) => join(dir, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'rsa:2048', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=lakebench test authority',
  )
  openssl(
    'req',
    ...newKey,
    '-keyout',
    at('key.pem'),
    '-out',
    at('request.pem'),
    '-subj',
    '/CN=trino',
  )
  writeFileSync(
    at('extensions'),
    `subjectAltName=${addresses.map(address => `IP:${address}`).join(',')}\n`,
  )
  openssl(
    'x509',
    '-req',
    '-in',
    at('request.pem'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    at('extensions'),
    '-out',
    at('cert.pem'),
  )
  const [keyPath, certPath] = [at('key.pem'), at('cert.pem')]
  const [key, cert] = [keyPath, certPath].map(path => readFileSync(path, 'utf8'))
  return { caPath: at('ca.pem'), keyPath, certPath, key: key!, cert: cert! }
}
