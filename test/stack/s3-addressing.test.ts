import { execFileSync, spawn } from 'node:child_process'
import dns from 'node:dns'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { checkS3 } from '../../src/lakehouse/s3/check'
import type { S3Config } from '../../src/lakehouse/s3/connection'
import { openS3Store } from '../../src/lakehouse/s3/s3-store'
import { s3Config } from './s3-buckets'

const LIMITS = { connect: 2000, request: 5000, retries: 2, wait: 2 }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lakebench-s3-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A second S3 server of its own on loopback, gone after the test. */
async function startServer(...options: readonly string[]): Promise<number> {
  const stack = process.env.LAKEBENCH_STACK
  if (!stack) throw new Error('Run these tests with `npm run test:stack`, which installs the server.')
  const port = await freePort()
  const { access_key, secret_key } = s3Config()
  const server = spawn(
    join(stack, '../bin/versitygw'),
    ['--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet', ...options, 'posix', folder()],
    { env: { ...process.env, ROOT_ACCESS_KEY_ID: access_key, ROOT_SECRET_ACCESS_KEY: secret_key }, stdio: 'ignore' },
  )
  const ended = once(server, 'exit')
  onTestFinished(async () => {
    server.kill()
    await ended
  })
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the S3 server ended by itself (${server.exitCode})`)
    const socket = await fetch(`http://127.0.0.1:${port}/health`).catch((e: Error) => e)
    // A TLS server answers plain HTTP with its refusal.
    if (!(socket instanceof Error) || !String(socket.cause).includes('ECONNREFUSED')) return port
    await sleep(20)
  }
}

/** Keys through every way that a store speaks to a service. */
async function useStore(config: S3Config): Promise<void> {
  const store = await openS3Store(config, { limits: LIMITS })
  try {
    await store.ensureBuckets()
    await store.put('bronze/a b/ü+%', 'body')
    expect(Buffer.from((await store.get('bronze/a b/ü+%'))!).toString()).toBe('body')
    expect(await store.put('silver/once', Buffer.alloc(3 * 1024 ** 2), { ifAbsent: true })).toBe(true)
    expect(await store.put('silver/once', 'x', { ifAbsent: true })).toBe(false)
    const upload = store.openUpload('gold/parts', { partSize: 5 * 1024 ** 2 })
    await upload.write(Buffer.alloc(6 * 1024 ** 2))
    expect((await upload.finish()).bytes).toBe(6 * 1024 ** 2)
    expect((await store.list('')).map(o => o.key)).toEqual(['bronze/a b/ü+%', 'gold/parts', 'silver/once'])
  } finally {
    store.close()
  }
}

test('buckets in the host name: every request goes to the bucket’s own host', async () => {
  const asked = new Set<string>()
  const lookup = dns.lookup
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(((host: string, options: object, done: () => void) => {
    asked.add(host)
    return lookup(host.endsWith('.s3.test') ? '127.0.0.1' : host, options, done)
  }) as typeof dns.lookup)
  onTestFinished(() => spy.mockRestore())
  const port = await startServer('--virtual-domain', 's3.test')
  const config = s3Config({ endpoint: `http://s3.test:${port}`, path_style: false })
  await useStore(config)
  const { bronze, silver, gold } = config.buckets
  expect([...asked].filter(host => host.endsWith('s3.test')).sort()).toEqual(
    [bronze, gold, silver].map(bucket => `${bucket}.s3.test`).sort(),
  )
  // Without such hosts the error says what to set.
  spy.mockRestore()
  const store = await openS3Store(config, { limits: LIMITS })
  await expect(store.list('gold/')).rejects.toThrow(/host name cannot be resolved.*path_style: true/)
  store.close()
})

test('a private CA: trusted where it is named, a named error where it is not', async () => {
  const dir = folder()
  const at = (name: string) => join(dir, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: dir })
  const makeCa = (name: string) =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
    )
  makeCa('ca')
  makeCa('other')
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1\n')
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server')
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'server.pem',
    '-days',
    '2',
    '-extfile',
    'names',
  )
  const port = await startServer('--cert', at('server.pem'), '--key', at('server.key'))
  const config = s3Config({ endpoint: `https://127.0.0.1:${port}` })

  await useStore({ ...config, ca_cert: at('ca.pem') })
  expect((await checkS3({ ...config, ca_cert: at('ca.pem') })).healthy).toBe(true)
  await useStore(s3Config({ endpoint: config.endpoint, verify_ssl: false }))

  for (const ca_cert of ['', at('other.pem')]) {
    const store = await openS3Store({ ...config, ca_cert }, { limits: LIMITS })
    await expect(store.ensureBuckets()).rejects.toMatchObject({
      name: 'PrerequisiteError',
      message: expect.stringMatching(
        /certificate is signed by nobody that is trusted here.*platform\.storage\.s3\.ca_cert/,
      ),
    })
    // The same bodies that would go another way inside the SDK.
    await expect(store.put('gold/big', Buffer.alloc(3 * 1024 ** 2))).rejects.toThrow(/ca_cert/)
    store.close()
    const status = await checkS3({ ...config, ca_cert }, LIMITS)
    expect(status).toMatchObject({
      healthy: false,
      details: expect.arrayContaining([expect.stringMatching(/ca_cert/)]),
    })
  }

  const elsewhere = await openS3Store(
    { ...config, endpoint: `https://localhost:${port}`, ca_cert: at('ca.pem') },
    { limits: LIMITS },
  )
  await expect(elsewhere.list('gold/')).rejects.toThrow(/certificate is for another host name/)
  elsewhere.close()
})
