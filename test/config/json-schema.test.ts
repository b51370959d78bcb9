import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { renderSchemas } from '../../scripts/write-schemas'

type Node = {
  description?: string
  properties?: Record<string, Node>
  items?: Node
  anyOf?: Node[]
  required?: string[]
  additionalProperties?: unknown
  default?: unknown
}
const at = (schema: Node, path: string) =>
  path.split('.').reduce((node, key) => node.properties![key]!, schema)

const rendered = renderSchemas()
const schemaOf = (name: string) => JSON.parse(rendered[name]!) as Node

describe('the shipped JSON Schemas', () => {
  it.each(Object.entries(rendered))(
    '%s is current; `npm run schemas` writes it',
    async (name, text) => {
      expect(await readFile(new URL(`../../schema/${name}`, import.meta.url), 'utf8')).toBe(text)
    },
  )

  it('let every key of a config be left out, no other be added, and say a sentence of each', () => {
    const walk = (node: Node, path: string) => {
      if (!node.properties) return
      expect(node.required ?? [], path).toEqual([])
      expect(node.additionalProperties, path).toBe(false)
      for (const [key, child] of Object.entries(node.properties)) {
        expect(child.description, `the sentence of ${path}.${key}`).toMatch(/^[^\n]+\.$/)
        walk(child, `${path}.${key}`)
      }
    }
    walk(schemaOf('config.schema.json'), '')
  })

  it('say a sentence of every key of a record', () => {
    const keys: string[] = []
    const walk = (node: Node, path: string) => {
      for (const [key, child] of Object.entries(node.properties ?? {})) {
        keys.push(key)
        expect(child.description, `the sentence of ${path}.${key}`).toMatch(/^[^\n]+\.$/)
        walk(child, `${path}.${key}`)
      }
      if (node.items) walk(node.items, `${path}[]`)
      if (typeof node.additionalProperties === 'object')
        walk(node.additionalProperties as Node, `${path}{}`)
      for (const branch of node.anyOf ?? []) walk(branch, path)
    }
    walk(schemaOf('metrics.schema.json'), '')
    expect(keys.length).toBeGreaterThan(350)
  })

  it('know the shorthands and the defaults', () => {
    const schema = schemaOf('config.schema.json')
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
    const schema = schemaOf('metrics.schema.json')
    expect(schema.required).toContain('verdict')
    expect(schema.additionalProperties).toBeUndefined()
  })
})
