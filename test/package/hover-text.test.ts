import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const DIST = resolve(import.meta.dirname, '../../dist')
const DOORS = ['index', 'ports', 'schemas', 'testing']

const program = ts.createProgram(
  DOORS.map(door => resolve(DIST, `${door}.d.ts`)),
  {
    strict: true,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    skipLibCheck: true,
  },
)
const checker = program.getTypeChecker()

const textOf = (symbol: ts.Symbol) =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker))
/** Declared by this package, and for others to use. */
const isOurs = (symbol: ts.Symbol) =>
  symbol.declarations?.some(
    d =>
      d.getSourceFile().fileName.startsWith(DIST) &&
      !(ts.getCombinedModifierFlags(d) & ts.ModifierFlags.Private),
  ) ?? false

/** What a door of the built package exports, aliases followed. */
const exportsOf = (door: string): ts.Symbol[] => {
  const file = program.getSourceFile(resolve(DIST, `${door}.d.ts`))!
  return checker
    .getExportsOfModule(checker.getSymbolAtLocation(file)!)
    .map(e => (e.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(e) : e))
}

/** Dotted paths of all properties of types, by what an editor says of each; an exported type within another only once. */
function hoverTexts(types: readonly ts.Symbol[]): Map<string, string> {
  const texts = new Map<string, string>()
  const seen = new Set<ts.Type>()
  const walk = (type: ts.Type, path: string): void => {
    if (type.isUnion()) {
      for (const each of type.types) walk(each, path)
      return
    }
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || seen.has(type)) return
    seen.add(type)
    const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    if (item) {
      walk(item, `${path}[]`)
      return
    }
    for (const property of checker.getPropertiesOfType(type).filter(isOurs)) {
      const place = `${path}.${property.name}`
      texts.set(place, textOf(property))
      walk(checker.getTypeOfSymbol(property), place)
    }
  }
  for (const symbol of types) walk(checker.getDeclaredTypeOfSymbol(symbol), symbol.name)
  return texts
}

const silent = (texts: Map<string, string>) =>
  [...texts].filter(([, text]) => text === '').map(([place]) => place)

test('an editor says a sentence of every key of a config, written or resolved', () => {
  const names = ['LakebenchConfigInput', 'ResolvedConfig']
  const texts = hoverTexts(exportsOf('index').filter(e => names.includes(e.name)))
  expect(texts.get('ResolvedConfig.platform.storage.s3.prefix')).toContain('Folder in each bucket')
  expect(silent(texts)).toEqual([])
  expect(texts.size).toBeGreaterThan(250)
})

test.each(DOORS)('an editor says a sentence of all that the door %s exports', door => {
  const exported = exportsOf(door).filter(isOurs)
  expect(silent(new Map(exported.map(symbol => [symbol.name, textOf(symbol)])))).toEqual([])
  expect(silent(hoverTexts(exported))).toEqual([])
})
