import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { RIGHTS, rightText } from '../../src/kubernetes/rights'

interface Role {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[]
}

function granted(file: string, kind: string, name: string): string[] {
  const documents = parseAllDocuments(readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8'))
  const role = documents.map(d => d.toJS() as Role).find(d => d.kind === kind && d.metadata.name === name)!
  return role.rules!.flatMap(rule =>
    rule.apiGroups.flatMap(group =>
      rule.resources.flatMap(resource =>
        rule.verbs.map(verb =>
          rightText({ group, resource, verb, ...(kind === 'ClusterRole' && { everywhere: true }) }),
        ),
      ),
    ),
  )
}

it('deploy/ grants exactly the rights that status asks for', () => {
  const all = [
    ...granted('rbac.yaml', 'Role', 'lakebench'),
    ...granted('rbac-cluster.yaml', 'ClusterRole', 'lakebench-capacity'),
  ]
  expect(all.sort()).toEqual(RIGHTS.map(rightText).sort())
})
