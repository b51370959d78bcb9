import type { PathIssue } from './issues'
import { kindAt } from './known-keys'
import { mapLeaves, type Tree } from './tree'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface Substituted {
  readonly tree: Tree
  readonly issues: readonly PathIssue[]
  /** Dotted paths of values that hold something of the environment; they are never shown. */
  readonly paths: ReadonlySet<string>
}

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g

/**
 * Replace `${VAR}` and `${VAR:-default}` in every text value. As in a shell, `:-` also stands in for an empty variable,
 * and `$${` is a literal `${`. Where the key takes a number or a boolean, the replaced text is read as one.
 */
export function substituteEnvironment(tree: Tree, env: Environment): Substituted {
  const issues: PathIssue[] = []
  const paths = new Set<string>()
  const replaced = mapLeaves(tree, (leaf, path) => {
    if (leaf instanceof Date)
      return Number.isNaN(leaf.getTime()) ? String(leaf) : leaf.toISOString()
    if (typeof leaf !== 'string' || !leaf.includes('${')) return leaf
    const dotted = path.join('.')
    let failed = false
    const fail = (message: string) => {
      failed = true
      issues.push({ path, message })
      return ''
    }
    const text = leaf.replace(REFERENCE, (match, name?: string, fallback?: string) => {
      if (match === '$${') return '${'
      if (name === undefined)
        return fail(
          `has a "\${" that is no \${VAR} or \${VAR:-default}; write "$\${" for a literal one.`,
        )
      paths.add(dotted)
      const value = env[name]
      if (fallback !== undefined) return value || fallback
      return value ?? fail(`${variable(name)} is not set; set it, or write \${…:-default}.`)
    })
    if (failed) return undefined
    return paths.has(dotted) ? typed(text, path) : text
  })
  return { tree: replaced as Tree, issues, paths }
}

/** By name where it is written as variables are: in any other text, say a password's, braces may be chance. */
const variable = (name: string) =>
  /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^[A-Z]+$/.test(name)
    ? `the environment variable ${name}`
    : 'an environment variable'

/** The tree with every `${` written so that it is read as it stands. */
export function escapeReferences<T extends object>(tree: T): T {
  return mapLeaves(tree, leaf =>
    typeof leaf === 'string' ? leaf.replaceAll('${', () => '$${') : leaf,
  ) as T
}

function typed(text: string, path: readonly string[]): unknown {
  const kind = kindAt(path)
  if (kind === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  if (kind === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return text
}
