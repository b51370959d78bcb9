import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const DOOR = resolve(import.meta.dirname, '../../dist/index.d.ts')

/** Dotted paths of all properties that a type of the built package has, by what an editor says of each. */
function hoverTexts(...names: readonly string[]): Map<string, string> {
  const program = ts.createProgram([DOOR], {
    strict: true,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const door = checker.getSymbolAtLocation(program.getSourceFile(DOOR)!)!
  const texts = new Map<string, string>()
  const walk = (type: ts.Type, path: string): void => {
    if (type.isUnion()) {
      for (const each of type.types) walk(each, path)
      return
    }
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return
    const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    if (item) {
      walk(item, `${path}[]`)
      return
    }
    const values = checker.getIndexTypeOfType(type, ts.IndexKind.String)
    if (values) walk(values, `${path}{}`)
    for (const property of checker.getPropertiesOfType(type)) {
      const [declared] = property.declarations ?? []
      if (declared && ts.getCombinedModifierFlags(declared) & ts.ModifierFlags.Private) continue
      const place = `${path}.${property.name}`
      texts.set(place, ts.displayPartsToString(property.getDocumentationComment(checker)))
      const held = checker.getTypeOfSymbol(property)
      if (held.getCallSignatures().length === 0) walk(held, place)
    }
  }
  for (const exported of checker.getExportsOfModule(door).filter(e => names.includes(e.name))) {
    const symbol =
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    walk(checker.getDeclaredTypeOfSymbol(symbol), exported.name)
  }
  return texts
}

test('an editor says a sentence of every key of a config, written or resolved', () => {
  const texts = hoverTexts('LakebenchConfigInput', 'ResolvedConfig')
  expect(texts.get('ResolvedConfig.platform.storage.s3.prefix')).toContain('Folder in each bucket')
  expect([...texts].filter(([, text]) => text === '').map(([place]) => place)).toEqual([])
  expect(texts.size).toBeGreaterThan(250)
})

test('an editor says a sentence of every key of a record, and of what is made of records', () => {
  const texts = hoverTexts(
    'RunMetrics',
    'Scorecard',
    'ScorecardComparison',
    'Comparison',
    'GateResult',
    'RunFacts',
    'SeriesRecord',
    'SeriesSummary',
    'CostEstimate',
    'Advice',
  )
  expect(texts.get('RunMetrics.jobs[].bytes_read')).toContain('Bytes')
  expect([...texts].filter(([, text]) => text === '').map(([place]) => place)).toEqual([])
  expect(texts.size).toBeGreaterThan(1000)
})
