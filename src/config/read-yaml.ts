import type { CST, Document, LineCounter } from 'yaml'
import { ConfigError, type ConfigIssue } from '../contracts/errors'

/** The value of a text, and the place of each of its keys. */
export interface YamlText {
  readonly value: unknown
  /** Position of the deepest key on the way that exists. */
  positionOf(path: readonly PropertyKey[]): ConfigIssue['position']
}

/** Open collections at once; a config has six. Deeper text ends parsers by their stack. */
const MOST_OPEN = 64

/** In place of the parser's own messages, which repeat the text: it may hold a secret. */
const MESSAGES: Readonly<Record<string, string>> = {
  BAD_ALIAS:
    'has an alias (`*name`) without its anchor (`&name`). Put a value that begins with * in quotes.',
  BAD_DQ_ESCAPE:
    'has a backslash that begins no escape in double quotes. Write it twice, or use single quotes.',
  BAD_INDENT: 'is not indented as its neighbors are.',
  BAD_SCALAR_START: 'begins with a character that YAML reserves. Put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'has two keys on one line. Put a value that contains ": " in quotes.',
  DUPLICATE_KEY: 'is a key that stands in this section already; keep one of them.',
  MULTILINE_IMPLICIT_KEY: 'is a key over several lines, or one without ": " after it.',
  MULTIPLE_DOCS: 'begins a second document (`---`); a config is one.',
  NON_STRING_KEY: 'is a key that is a list or section; a key is a word.',
  TAB_AS_INDENT: 'is indented by a tab. Use spaces.',
  TAG_RESOLVE_FAILED:
    'has a tag (`!name`) that is not known. Put a value that begins with ! in quotes.',
  TOO_DEEP: `is nested more than ${MOST_OPEN} levels deep.`,
}
const NO_YAML =
  'is no YAML here: a bracket, brace, quote or `: ` is missing or too many. Put values with such characters in quotes.'

const NOT_RESOLVED =
  'has too many aliases (`*name`), or merges (`<<`) what is no section. Write the values out.'

/** Told at once; a broken bracket may make every line a fault. */
const MOST_ISSUES = 20

type Yaml = typeof import('yaml')

/** @throws ConfigError with line and column of each fault, and never a word of the text */
export async function readYaml(text: string, source: string): Promise<YamlText> {
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const issueAt = (offset: number, code: string): ConfigIssue => ({
    path: '',
    message: MESSAGES[code] ?? NO_YAML,
    position: positionAt(lines, offset),
  })

  const parser = new yaml.Parser(lines.addNewLine)
  // Asked for unique keys, it would compare each with all; no pretty errors, which quote lines.
  const composer = new yaml.Composer({
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  })
  const documents: Document.Parsed[] = []
  const compose = (tokens: Iterable<CST.Token>) => {
    for (const token of tokens) documents.push(...composer.next(token))
  }
  lines.addNewLine(0)
  // Token by token, as only between two of them the parser can be stopped.
  for (const lexeme of new yaml.Lexer().lex(text)) {
    compose(parser.next(lexeme))
    if (parser.stack.length > MOST_OPEN)
      throw new ConfigError([issueAt(parser.offset, 'TOO_DEEP')], source)
  }
  compose(parser.end())
  documents.push(...composer.end(true, text.length))

  const document = documents[0]!
  const issues = document.errors.map(({ pos, code }) => issueAt(pos[0], code))
  if (documents[1]) issues.push(issueAt(documents[1].range[0], 'MULTIPLE_DOCS'))
  issues.push(...looseEnds(yaml, document).map(({ offset, code }) => issueAt(offset, code)))
  if (issues.length > 0) throw new ConfigError(issues.slice(0, MOST_ISSUES), source)
  try {
    // An empty file sets nothing.
    return {
      value: document.toJS() ?? {},
      positionOf: path => positionOf(yaml, document, lines, path),
    }
  } catch {
    throw new ConfigError([{ path: '', message: NOT_RESOLVED }], source)
  }
}

/** Keys that stand twice in a section, and aliases before or without their anchor. */
function looseEnds(yaml: Yaml, document: Document.Parsed) {
  const found: { offset: number; code: string }[] = []
  const anchors = new Set<string>()
  yaml.visit(document, {
    Alias: (_, { source, range }) => {
      if (!anchors.has(source)) found.push({ offset: range?.[0] ?? 0, code: 'BAD_ALIAS' })
    },
    Value: (_, { anchor }) => {
      if (anchor) anchors.add(anchor)
    },
    Map: (_, { anchor, items }) => {
      if (anchor) anchors.add(anchor)
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!yaml.isScalar(key)) {
          found.push({ offset: (yaml.isNode(key) && key.range?.[0]) || 0, code: 'NON_STRING_KEY' })
          continue
        }
        if (seen.has(key.value) && key.value !== '<<')
          found.push({ offset: key.range?.[0] ?? 0, code: 'DUPLICATE_KEY' })
        seen.add(key.value)
      }
    },
  })
  return found
}

/** Where the deepest key on the way stands that is there. */
function positionOf(
  yaml: Yaml,
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
) {
  let node: unknown = document.contents
  let offset: number | undefined
  for (const part of path) {
    if (yaml.isAlias(node)) node = node.resolve(document)
    const item = yaml.isSeq(node)
      ? { key: node.items[Number(part)], value: node.items[Number(part)] }
      : yaml.isMap(node)
        ? node.items.find(({ key }) => yaml.isScalar(key) && String(key.value) === String(part))
        : undefined
    if (!item) break
    if (yaml.isNode(item.key)) offset = item.key.range?.[0] ?? offset
    node = item.value
  }
  return offset === undefined ? undefined : positionAt(lines, offset)
}

function positionAt(lines: LineCounter, offset: number) {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}
