import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { RIGHTS, rightText } from '../../src/kubernetes/check-cluster'

interface Role {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[]
}

function granted(file: string, kind: string, name: string): string[] {
  const documents = parseAllDocuments(
    readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8'),
  )
  const role = documents
    .map(d => d.toJS() as Role)
    .find(d => d.kind === kind && d.metadata.name === name)!
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

const always = () => [
  ...granted('rbac.yaml', 'Role', 'lakebench'),
  ...granted('rbac-cluster.yaml', 'ClusterRole', 'lakebench-capacity'),
]

it('deploy/ grants exactly the rights that status asks for', () => {
  expect(always().sort()).toEqual(RIGHTS.operator.map(rightText).sort())
})

it('deploy/rbac-submit.yaml adds exactly what spark-submit does with these rights', () => {
  const all = [...always(), ...granted('rbac-submit.yaml', 'Role', 'lakebench-submit')]
  expect(all.sort()).toEqual(RIGHTS['spark-submit'].map(rightText).sort())
})
