import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { recordIn } from '../support/record-in'
import { start } from './process'

const root = tempDir()
/** Takes every connection, and never answers. */
const server = createServer()
beforeAll(() => new Promise<void>(done => server.listen(0, '127.0.0.1', done)))
afterAll(() => server.close())

test.each(['SIGTERM', 'SIGHUP'] as const)(
  '%s ends a run that waits for a store, with its record',
  async signal => {
    const cwd = mkdtempSync(join(root, 'case-'))
    const asked = new Promise<void>(done => server.once('connection', () => done()))
    const { port } = server.address() as AddressInfo
    const s3 = `{ endpoint: "http://127.0.0.1:${port}", access_key: a, secret_key: bbbbbbbbbb }`
    writeFileSync(
      join(cwd, 'c.yaml'),
      `preset: local-spark\nplatform: { storage: { type: s3, s3: ${s3} } }\n`,
    )
    const run = start(['generate', 'c.yaml'], { cwd })
    await Promise.race([asked, run.ended])
    run.child.kill(signal)
    const { code, stderr } = await run.ended
    expect({ code, stderr }).toMatchObject({ code: 130 })
    expect(readdirSync(join(cwd, 'lakebench-output/runs'))).toHaveLength(1)
    expect(recordIn(cwd)).toMatchObject({ status: 'aborted', verdict: 'INTERRUPTED' })
  },
)
