import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { renderSchemas } from '../../scripts/write-schemas'
import { configJsonSchema } from '../../src/config/json-schema'
import { metricsJsonSchema } from '../../src/results/scorecard/json-schema'

type Node = {
  properties?: Record<string, Node>
  required?: string[]
  additionalProperties?: unknown
  default?: unknown
}
const at = (schema: Node, path: string) =>
  path.split('.').reduce((node, key) => node.properties![key]!, schema)

describe('the shipped JSON Schemas', () => {
  it.each(Object.entries(renderSchemas()))(
    '%s is current; `npm run schemas` writes it',
    async (name, text) => {
      expect(await readFile(new URL(`../../schema/${name}`, import.meta.url), 'utf8')).toBe(text)
    },
  )

  it('let every key of a config be left out, and no other be added', () => {
    const walk = (node: Node, path: string) => {
      if (!node.properties) return
      expect(node.required ?? [], path).toEqual([])
      expect(node.additionalProperties, path).toBe(false)
      for (const [key, child] of Object.entries(node.properties)) walk(child, `${path}.${key}`)
    }
    walk(configJsonSchema() as Node, '')
  })

  it('know the shorthands and the defaults', () => {
    const schema = configJsonSchema() as Node
    expect(Object.keys(schema.properties!)).toEqual(
      expect.arrayContaining([
        'name',
        'preset',
        'platform',
        'architecture',
        'scale',
        'seed',
        'storage',
      ]),
    )
    expect(at(schema, 'architecture.workload.datagen.seed').default).toBe(42)
    expect(at(schema, 'architecture.tables.bronze').default).toBe('default.bronze_raw')
  })

  it('leave metrics open to further fields', () => {
    const schema = metricsJsonSchema() as Node
    expect(schema.required).toContain('verdict')
    expect(schema.additionalProperties).toBeUndefined()
  })
})
