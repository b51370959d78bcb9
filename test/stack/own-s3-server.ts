import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { s3Config } from './s3-buckets'

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

const MOST_STARTS = 3

/** A second S3 server of its own on loopback, gone after the test. */
export async function startServer(...options: readonly string[]): Promise<number> {
  for (let starts = 1; ; starts++) {
    const port = await freePort()
    const code = await start(port, options)
    if (code === null) return port
    // Somebody else may have taken the port since it was looked for.
    if (starts === MOST_STARTS)
      throw new Error(`the S3 server ended by itself (${code}), ${starts} times`)
  }
}

/** Start a server; `null` once it answers, else the code with which it ended before. */
async function start(port: number, options: readonly string[]): Promise<number | null> {
  const stack = process.env.LAKEBENCH_STACK
  if (!stack)
    throw new Error('Run these tests with `npm run test:stack`, which installs the server.')
  const { access_key, secret_key } = s3Config()
  const server = spawn(
    join(stack, '../bin/versitygw'),
    [
      '--port',
      `127.0.0.1:${port}`,
      '--health',
      '/health',
      '--quiet',
      ...options,
      'posix',
      folder(),
    ],
    {
      env: { ...process.env, ROOT_ACCESS_KEY_ID: access_key, ROOT_SECRET_ACCESS_KEY: secret_key },
      stdio: 'ignore',
    },
  )
  const ended = once(server, 'exit')
  onTestFinished(async () => {
    server.kill()
    await ended
  })
  for (;;) {
    if (server.exitCode !== null) return server.exitCode
    const socket = await fetch(`http://127.0.0.1:${port}/health`).catch((e: Error) => e)
    // A TLS server answers plain HTTP with its refusal.
    if (!(socket instanceof Error) || !String(socket.cause).includes('ECONNREFUSED')) return null
    await sleep(20)
  }
}
