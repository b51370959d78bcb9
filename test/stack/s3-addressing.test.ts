import dns from 'node:dns'
import { expect, onTestFinished, test, vi } from 'vitest'
import { checkS3 } from '../../src/storage/s3/check'
import type { S3Config } from '../../src/storage/s3/connection'
import { openS3Store } from '../../src/storage/s3/s3-store'
import { privateAuthority } from '../support/private-authority'
import { startServer } from './own-s3-server'
import { s3Config } from './s3-buckets'

const LIMITS = { connect: 2000, request: 5000, retries: 2 }

/** Keys through every way that a store speaks to a service. */
async function useStore(config: S3Config): Promise<void> {
  const store = await openS3Store(config, { limits: LIMITS })
  try {
    await store.ensureBuckets()
    await store.put('bronze/a b/ü+%', 'body')
    expect(Buffer.from((await store.get('bronze/a b/ü+%'))!).toString()).toBe('body')
    expect(await store.put('silver/once', Buffer.alloc(3 * 1024 ** 2), { ifAbsent: true })).toBe(
      true,
    )
    expect(await store.put('silver/once', 'x', { ifAbsent: true })).toBe(false)
    const upload = store.openUpload('gold/parts', { partSize: 5 * 1024 ** 2 })
    await upload.write(Buffer.alloc(6 * 1024 ** 2))
    expect((await upload.finish()).bytes).toBe(6 * 1024 ** 2)
    expect((await store.list('')).map(o => o.key)).toEqual([
      'bronze/a b/ü+%',
      'gold/parts',
      'silver/once',
    ])
  } finally {
    store.close()
  }
}

test('buckets in the host name: every request goes to the bucket’s own host', async () => {
  const asked = new Set<string>()
  const lookup = dns.lookup
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(((
    host: string,
    options: object,
    done: () => void,
  ) => {
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
  await expect(store.list('gold/')).rejects.toThrow(
    /host name cannot be resolved.*path_style: true/,
  )
  store.close()
})

test('a private CA: trusted where it is named, a named error where it is not', async () => {
  const { caPath, keyPath, certPath } = privateAuthority()
  const other = privateAuthority().caPath
  const port = await startServer('--cert', certPath, '--key', keyPath)
  const config = s3Config({ endpoint: `https://127.0.0.1:${port}` })

  await useStore({ ...config, ca_cert: caPath })
  expect((await checkS3({ ...config, ca_cert: caPath })).healthy).toBe(true)
  await useStore(s3Config({ endpoint: config.endpoint, verify_ssl: false }))

  for (const ca_cert of ['', other]) {
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
    { ...config, endpoint: `https://localhost:${port}`, ca_cert: caPath },
    { limits: LIMITS },
  )
  await expect(elsewhere.list('gold/')).rejects.toThrow(/certificate is for another host name/)
  elsewhere.close()
})
