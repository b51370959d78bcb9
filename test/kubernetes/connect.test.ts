import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import { connect } from '../../src/kubernetes/connect'
import { tempDir } from '../support/fake-parts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const newEnough = major > 22 || (major === 22 && minor >= 19)

describe('connecting', () => {
  it.skipIf(newEnough)('on an older Node says which one it needs, and loads nothing', async () => {
    const error = await connect({ context: '', namespace: '' }).catch(e => e)
    expect(error).toBeInstanceOf(PrerequisiteError)
    expect(error.message).toMatch(/needs Node 22\.19 or later; this is/)
  })

  it.runIf(newEnough)('names the contexts there are where the wanted one is none', async () => {
    const file = join(tempDir(), 'config')
    writeFileSync(
      file,
      'apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]\nusers: [{name: u, user: {}}]\ncontexts: [{name: a, context: {cluster: c, user: u, namespace: lake}}]\n',
    )
    process.env.KUBECONFIG = file
    await expect(connect({ context: 'b', namespace: '' })).rejects.toThrow(
      /no context "b".*one of: a/,
    )
    const api = await connect({ context: '', namespace: '' })
    expect([api.server, api.namespace]).toEqual(['https://127.0.0.1:1', 'lake'])
  })
})
