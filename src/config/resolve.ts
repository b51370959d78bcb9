import type { ResolvedConfig } from '../contracts/config'
import { ConfigError, type ConfigIssue } from '../contracts/errors'
import { profileDefaults } from './continuous-profile'
import { type Environment, substituteEnvironment } from './environment'
import type { LakebenchConfigInput } from './input'
import { describeIssues } from './issues'
import { mergeLayers, normaliseLayer, shownPath } from './layers'
import { presetDefaults } from './preset-defaults'
import { CROSS_RULES } from './rules'
import { ConfigSchema } from './schema'
import { at, deepFreeze, isDeeperThan, isTree, merge, type Tree, without } from './tree'

export interface ResolveOptions {
  /** Default `process.env`. */
  readonly env?: Environment
  /** What the config is called in errors, e.g. its file. Default `config`. */
  readonly source?: string
  /** Laid under the input, over the preset. */
  readonly defaults?: LakebenchConfigInput
}

const MAX_DEPTH = 16

/**
 * The one door for configs: every key present, sizes in bytes, durations in seconds, times in ISO-8601 UTC; deep frozen.
 *
 * @throws ConfigError with every problem at once
 */
export function resolveConfig(input: LakebenchConfigInput, options: ResolveOptions = {}): ResolvedConfig {
  return resolveLayers(options.defaults ? [options.defaults, input] : [input], options)
}

/** `resolveConfig` for several layers, later ones on top. */
export function resolveLayers(layers: readonly unknown[], options: Omit<ResolveOptions, 'defaults'>): ResolvedConfig {
  const source = options.source ?? 'config'

  const given = gather(layers, options.env ?? process.env, source)
  const defaults = presetDefaults(given.tree.preset, storageType(given.tree)) as Tree
  const input = mergeLayers(merge(defaults, profileDefaults(given.tree)), given.tree)
  const issues = [...given.issues]
  const shown = (path: readonly PropertyKey[]) => shownPath(path, given.shorthands)
  const config = check(input, given.hidden, shown, issues)
  if (issues.length > 0 || !config) throw new ConfigError(issues, source)
  return deepFreeze({ ...config, resolved: true as const })
}

interface Given {
  readonly tree: Tree
  readonly issues: readonly ConfigIssue[]
  readonly hidden: ReadonlySet<string>
  readonly shorthands: readonly string[]
}

/** What the user gave, of all layers, with the environment filled in. */
function gather(layers: readonly unknown[], env: Environment, source: string): Given {
  let tree: Tree = {}
  let issues: ConfigIssue[] = []
  let shorthands: string[] = []
  const hidden = new Set<string>()
  for (const input of layers) {
    if (!isTree(input)) throw new ConfigError([{ path: '', message: 'must be a section with keys.' }], source)
    if (isDeeperThan(input, MAX_DEPTH))
      throw new ConfigError([{ path: '', message: `is nested more than ${MAX_DEPTH} levels deep.` }], source)
    // The text of a resolved config, also of a copy or from JSON, holds no references any more.
    const { resolved, ...written } = input
    const layer = normaliseLayer(resolved === true ? written : input)
    const filled =
      resolved === true
        ? { tree: layer.tree, issues: [], paths: new Set<string>() }
        : substituteEnvironment(layer.tree, env)
    // A later layer that gives the value makes an unset variable below it harmless, and what it wrote is what is shown.
    issues = issues.filter(issue => at(filled.tree, issue.path.split('.')) === undefined)
    shorthands = shorthands.filter(name => !layer.shorthands.includes(name)).concat(layer.shorthands)
    issues.push(...layer.issues, ...filled.issues)
    for (const path of filled.paths) hidden.add(path)
    tree = mergeLayers(tree, filled.tree)
  }
  return { tree, issues, hidden, shorthands }
}

/** Parse, and collect every issue. Rules across keys are checked too, on a copy in which faulty values are defaults. */
function check(
  input: Tree,
  hidden: ReadonlySet<string>,
  shown: (path: readonly PropertyKey[]) => string,
  issues: ConfigIssue[],
): Omit<ResolvedConfig, 'resolved'> | null {
  const first = ConfigSchema.safeParse(input)
  const found = first.success ? [] : first.error.issues
  issues.push(...describeIssues(found, input, hidden, shown))
  const faulty = found.flatMap(issue =>
    issue.code === 'unrecognized_keys' ? issue.keys.map(key => [...issue.path, key]) : [issue.path],
  )
  const whole = first.success ? first : ConfigSchema.safeParse(without(input, faulty))
  issues.push(...unusedStorage(input, shown))
  if (!whole.success) return null

  const wrong = [...issues.map(issue => issue.path), ...faulty.map(path => path.join('.'))]
  for (const rule of CROSS_RULES) {
    if (rule.keys.some(key => wrong.some(path => path === key || key.startsWith(`${path}.`)))) continue
    const message = rule.check(whole.data)
    if (message) issues.push({ path: shown(rule.keys.at(-1)!.split('.')), message })
  }
  return whole.data
}

/** A storage block that its type does not read is a mistake, not a spare part. */
function unusedStorage(input: Tree, shown: (path: readonly PropertyKey[]) => string): ConfigIssue[] {
  const storage = at(input, ['platform', 'storage'])
  if (!isTree(storage)) return []
  const { type = 'local', path, s3 } = storage
  const unused = type === 's3' && path !== undefined ? 'path' : type === 'local' && s3 !== undefined ? 's3' : null
  return unused
    ? [
        {
          path: shown(['platform', 'storage', unused]),
          message: `is not used by \`type: ${String(type)}\`; remove it, or change the type.`,
        },
      ]
    : []
}

/** What the user says of the storage; `undefined` where nothing. */
function storageType(tree: Tree): unknown {
  const storage = at(tree, ['platform', 'storage'])
  if (!isTree(storage)) return undefined
  return storage.type ?? (storage.path === undefined ? undefined : 'local')
}
