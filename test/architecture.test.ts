import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(f => f.endsWith('.ts'))

/** Who may import whom: a room is a folder of `src`, an engine's own folder, or a file at the root. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  shared: ['contracts'],
  testing: ['contracts'],
  workload: ['contracts', 'shared'],
  config: ['contracts', 'shared'],
  sizing: ['contracts', 'shared', 'config'],
  storage: ['contracts', 'shared', 'config'],
  iceberg: ['contracts', 'shared'],
  kubernetes: ['contracts', 'shared'],
  results: ['contracts', 'shared', 'workload'],
  datagen: ['contracts', 'shared', 'config', 'workload', 'storage'],
  report: ['contracts', 'shared', 'results'],
  'engines/duckdb': ['contracts', 'shared', 'workload', 'iceberg'],
  'engines/spark': ['contracts', 'shared', 'config', 'workload', 'kubernetes'],
  'engines/trino': ['contracts', 'shared', 'workload'],
  pipeline: ['contracts', 'shared', 'config', 'workload', 'sizing', 'datagen', 'results', 'report'],
}

/** From here up a room may import any that stands before it, and all of the table above. */
const ROOTS = ['platforms', 'run', 'run-series', 'cli', 'index', 'doors']

/** The room a file lives in: its folder, an engine's own folder, or the file itself at the root. */
function room(file: string): string {
  const [first, second] = file.split('/')
  return first === 'engines' ? `engines/${second}` : first!.replace(/\.ts$/, '')
}

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(SRC, file), 'utf8'),
    ts.ScriptTarget.ES2022,
  )
  const found: Import[] = []
  const add = (specifier: ts.Expression | undefined, typeOnly: boolean, dynamic: boolean) => {
    if (specifier && ts.isStringLiteral(specifier))
      found.push({ from: file, to: target(file, specifier.text), typeOnly, dynamic })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false, false)
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, false)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false, true)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const target = (file: string, specifier: string) =>
  specifier.startsWith('.')
    ? `${relative(SRC, resolve(SRC, dirname(file), specifier))}.ts`
    : specifier

const imports = files.flatMap(importsOf)

test('every room imports only the rooms it may', () => {
  const mayImport = (from: string) =>
    MAY_IMPORT[from] ?? [...Object.keys(MAY_IMPORT), ...ROOTS.slice(0, ROOTS.indexOf(from))]
  const wrong = imports
    .filter(i => i.to.endsWith('.ts') && room(i.from) !== room(i.to))
    .filter(i => !mayImport(room(i.from)).includes(room(i.to)))
    .map(i => `${i.from} -> ${i.to}`)
  expect(wrong).toEqual([])
})

test('every room is known to this test, and each that it knows is there', () => {
  expect([...new Set(files.map(room))].sort()).toEqual(
    [...Object.keys(MAY_IMPORT), ...ROOTS].sort(),
  )
})

test('a vendor SDK is imported in one place', () => {
  const homes: Record<string, RegExp> = {
    '@duckdb/node-api': /^engines\/duckdb\//,
    '@aws-sdk/client-s3': /^storage\/s3\//,
    '@kubernetes/client-node': /^kubernetes\//,
    'trino-client': /^engines\/trino\//,
    'hyparquet-writer': /^datagen\//,
    hyparquet: /^iceberg\//,
    'apache-arrow': /^shared\/arrow\.ts$/,
    yaml: /^config\/|^cli\//,
    commander: /^cli\//,
  }
  const strays = imports
    .filter(i => !i.typeOnly && homes[i.to] && !homes[i.to]!.test(i.from))
    .map(i => `${i.from} -> ${i.to}`)
  expect(strays).toEqual([])
})

test('contracts import nothing but zod', () => {
  const outside = imports
    .filter(i => i.from.startsWith('contracts/') && !i.to.endsWith('.ts'))
    .map(i => i.to)
  expect([...new Set(outside)]).toEqual(['zod'])
})

test('no import runs in a circle, those of types included', () => {
  const edges = new Map<string, string[]>()
  for (const i of imports)
    if (i.to.endsWith('.ts')) edges.set(i.from, [...(edges.get(i.from) ?? []), i.to])
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  const done = new Set<string>()
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})

test('files stay small: none over 400 lines, no catch-all names, no barrels', () => {
  const long = files.filter(f => readFileSync(join(SRC, f), 'utf8').split('\n').length > 400)
  const catchAll = files.filter(f => /(^|\/)(utils?|helpers?|misc|common)\.ts$/.test(f))
  const barrels = files.filter(f => f.endsWith('/index.ts') && f !== 'testing/index.ts')
  expect({ long, catchAll, barrels }).toEqual({ long: [], catchAll: [], barrels: [] })
})
