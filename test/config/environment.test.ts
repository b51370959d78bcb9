// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a config look like this
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { resolveConfig } from '../../src/config/resolve'
import { nested, problemsOf } from './problems'

describe('environment variables', () => {
  const resolve = (input: object, env: Record<string, string>) => resolveConfig(input, { env })

  it('are replaced anywhere in text, with defaults as in a shell', () => {
    const env = { HOST: 'h', EMPTY: '' }
    const name = (text: string) => resolve({ name: text }, env).name
    expect(name('${HOST}')).toBe('h')
    expect(name('a-${HOST}-${NOPE:-b}')).toBe('a-h-b')
    expect(name('${EMPTY:-full}')).toBe('full')
    expect(name('x${EMPTY}')).toBe('x')
    expect(name('x${NOPE:-}')).toBe('x')
    expect(name('$HOST {HOST}')).toBe('$HOST {HOST}')
    expect(name('$${HOST}')).toBe('${HOST}')
  })

  it('are read as numbers and booleans where the key takes one, and stay text elsewhere', () => {
    const env = { SCALE: '2.5', STREAMS: '8', STYLE: 'false', SECRET: '12345' }
    const config = resolve(
      {
        preset: 'kubernetes',
        scale: '${SCALE}',
        storage: { path_style: '${STYLE}', secret_key: '${SECRET}' },
        architecture: { benchmark: { streams: '${STREAMS}' } },
      },
      env,
    )
    expect(config.architecture.workload.datagen.scale).toBe(2.5)
    expect(config.architecture.benchmark.streams).toBe(8)
    expect(config.platform.storage).toMatchObject({
      s3: { path_style: false, secret_key: '12345' },
    })
  })

  it('that are not set are issues at their paths, each by name, and no others follow from them', () => {
    const issues = problemsOf({
      scale: '${A_SCALE}',
      name: '${A_NAME}',
      ...nested('architecture.benchmark.classes', ['${C}']),
    })
    expect(issues.map(i => i.path).sort()).toContain('name')
    expect(issues.find(i => i.message.includes('A_SCALE'))).toBeDefined()
    expect(issues.find(i => i.message.includes('A_NAME'))).toBeDefined()
    expect(issues.filter(i => i.message.includes('scale'))).toHaveLength(0)
  })

  it('that are malformed are issues', () => {
    for (const text of ['${', '${1X}', '${A B}', '${A:default}']) {
      expect(problemsOf({ name: text })[0]).toMatchObject({ path: 'name' })
    }
  })

  it('never show their value in an error', () => {
    const secret = 'hunter2hunter2'
    const issues = problemsOf(
      { scale: '${S}', ...nested('architecture.benchmark.mode', '${S}') },
      { S: secret },
    )
    expect(issues).toHaveLength(2)
    expect(JSON.stringify(issues)).not.toContain(secret)
  })

  it('do not matter below an override', async () => {
    const config = await loadConfig({ scale: '${NOT_SET}' as never }, { scale: 4 }, { env: {} })
    expect(config.architecture.workload.datagen.scale).toBe(4)
  })

  it('are not replaced a second time in a resolved config', async () => {
    const once = resolve({ name: '$${HOST}' }, {})
    expect((await loadConfig(once, { scale: 1 }, { env: {} })).name).toBe('${HOST}')
  })
})
