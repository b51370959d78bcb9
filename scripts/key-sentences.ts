/** Reads the comments of keys, so that a JSON Schema says of each what an editor shows of it in code. */
import ts from 'typescript'

export interface SchemaNode {
  description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  /** The values of a map of free keys. */
  readonly additionalProperties?: SchemaNode | boolean
  readonly anyOf?: readonly SchemaNode[]
}

/** A JSON Schema, and the type of the same keys: the file that exports it, and its name. */
interface Documented {
  readonly schema: SchemaNode
  readonly file: string
  readonly type: string
}

/** Writes, into each JSON Schema, the comments that its keys have in its type. */
export function describeKeys(documents: readonly Documented[]): void {
  const options = {
    strict: true,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    types: [],
  }
  const program = ts.createProgram(
    documents.map(({ file }) => file),
    options,
  )
  const checker = program.getTypeChecker()
  for (const { schema, file, type } of documents) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!
    const found = checker.getExportsOfModule(module).find(({ name }) => name === type)!
    describe(schema, [checker.getDeclaredTypeOfSymbol(found)])
  }

  function describe(node: SchemaNode, types: readonly ts.Type[]): void {
    const objects = types
      .flatMap(type => (type.isUnion() ? type.types : [type]))
      .filter(type => type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const symbols = objects.flatMap(type => checker.getPropertyOfType(type, key) ?? [])
      const sentence = symbols
        .map(symbol => ts.displayPartsToString(symbol.getDocumentationComment(checker)))
        .find(text => text !== '')
      if (sentence) child.description = sentence.replaceAll('\n', ' ')
      describe(
        child,
        symbols.map(symbol => checker.getTypeOfSymbol(symbol)),
      )
    }
    const items = objects.flatMap(
      type => checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? [],
    )
    if (node.items) describe(node.items, items)
    const values = objects.flatMap(
      type => checker.getIndexTypeOfType(type, ts.IndexKind.String) ?? [],
    )
    if (typeof node.additionalProperties === 'object') describe(node.additionalProperties, values)
    for (const branch of node.anyOf ?? []) describe(branch, objects)
  }
}
