import { ConfigError, type ConfigIssue } from '../contracts/errors'
import { redactDocument, redactorOf } from '../shared/redaction'
import { defaultsUnder } from './defaults'
import { type Environment, substituteEnvironment } from './environment'
import { describeIssues, type PathIssue } from './issues'
import { shownPart } from './known-keys'
import { mergeLayers, normaliseLayer, writtenPath } from './layers'
import type { YamlText } from './read-yaml'
import { CROSS_RULES } from './rules'
import type { LakebenchConfigInput, ResolvedConfig } from './schema'
import { ConfigSchema } from './schema'
import { placeStorage } from './storage-address'
import { at, deepFreeze, isDeeperThan, isTree, type Tree, without } from './tree'

export interface ResolveOptions {
  /** Default `process.env`. */
  readonly env?: Environment
  /** Name of the config in errors, e.g. its file. Default `config`. */
  readonly source?: string
  /** Where a path of the first layer stands in its file. */
  readonly positionOf?: YamlText['positionOf']
  /** Laid under the input, over the preset. */
  readonly defaults?: LakebenchConfigInput
}

const MAX_DEPTH = 16
/** Told at once; a text that is no config may have thousands. */
const MOST_ISSUES = 50

/**
 * The one door for configs: every key present, sizes in bytes, durations in seconds, times in ISO-8601 UTC; deep frozen.
 *
 * @throws ConfigError with every problem at once
 */
export function resolveConfig(
  input: LakebenchConfigInput,
  options: ResolveOptions = {},
): ResolvedConfig {
  return resolveLayers(options.defaults ? [options.defaults, input] : [input], options)
}

/** `resolveConfig` for several layers, later ones on top. */
export function resolveLayers(
  layers: readonly unknown[],
  options: Omit<ResolveOptions, 'defaults'>,
): ResolvedConfig {
  const source = options.source ?? 'config'

  const given = gather(layers, options.env ?? process.env, source)
  const input = mergeLayers(defaultsUnder(given.tree), given.tree)
  const found = [...given.issues]
  const config = check(input, given.hidden, found)
  if (found.length === 0 && config) return deepFreeze({ ...config, resolved: true as const })

  const issues = found.slice(0, MOST_ISSUES).map(({ path, ...issue }): ConfigIssue => {
    const written = writtenPath(path, given.shorthands)
    const position = given.overridden(path) ? undefined : options.positionOf?.(written)
    return { path: shownPart(written).join('.'), ...issue, position }
  })
  const more = found.length - issues.length
  throw new ConfigError(
    more > 0 ? [...issues, { path: '', message: `has ${more} more problems.` }] : issues,
    source,
  )
}

interface Given {
  readonly tree: Tree
  readonly issues: readonly PathIssue[]
  readonly hidden: ReadonlySet<string>
  readonly shorthands: readonly string[]
  /** Whether a value comes from another layer than the first. */
  overridden(path: readonly PropertyKey[]): boolean
}

/** The user's values of all layers, with the environment filled in. */
function gather(layers: readonly unknown[], env: Environment, source: string): Given {
  let tree: Tree = {}
  let issues: PathIssue[] = []
  let shorthands: string[] = []
  const hidden = new Set<string>()
  const trees: Tree[] = []
  for (const input of layers) {
    if (!isTree(input))
      throw new ConfigError([{ path: '', message: 'must be a section with keys.' }], source)
    if (isDeeperThan(input, MAX_DEPTH))
      throw new ConfigError(
        [{ path: '', message: `is nested more than ${MAX_DEPTH} levels deep.` }],
        source,
      )
    // The text of a resolved config, also of a copy or from JSON, holds no references any more.
    const { resolved, ...written } = input
    const layer = normaliseLayer(resolved === true ? written : input)
    const filled =
      resolved === true
        ? { tree: layer.tree, issues: [], paths: new Set<string>() }
        : substituteEnvironment(layer.tree, env)
    const placed = placeStorage(filled.tree)
    // A later layer that gives the value makes an unset variable below it harmless, and what it wrote is what is shown.
    issues = issues.filter(issue => at(placed.tree, issue.path) === undefined)
    shorthands = shorthands
      .filter(name => !layer.shorthands.includes(name))
      .concat(layer.shorthands)
    issues.push(...layer.issues, ...filled.issues, ...placed.issues)
    for (const path of filled.paths) hidden.add(path)
    trees.push(placed.tree)
    tree = mergeLayers(tree, placed.tree)
  }
  const overridden = (path: readonly PropertyKey[]) =>
    trees.slice(1).some(layer => at(layer, path) !== undefined)
  return { tree, issues, hidden, shorthands, overridden }
}

/** Parse, and collect every issue. Rules across keys are checked too, on a copy in which faulty values are defaults. */
function check(
  input: Tree,
  hidden: ReadonlySet<string>,
  issues: PathIssue[],
): Omit<ResolvedConfig, 'resolved'> | null {
  const first = ConfigSchema.safeParse(input)
  const found = first.success ? [] : describeIssues(first.error.issues, input, hidden)
  issues.push(...found)
  const whole = first.success
    ? first
    : ConfigSchema.safeParse(
        without(
          input,
          found.map(issue => issue.path),
        ),
      )
  issues.push(...unusedStorage(input))
  if (!whole.success) return null

  const wrong = new Set(issues.map(issue => issue.path.join('.')))
  const isWrong = (key: string) =>
    key.split('.').some((_, i, parts) => wrong.has(parts.slice(0, i + 1).join('.')))
  for (const { keys, check } of CROSS_RULES) {
    const message = keys.some(isWrong) ? null : check(whole.data)
    if (message) issues.push({ path: keys.at(-1)!.split('.'), message })
  }
  return whole.data
}

/** A storage block that its type does not read is a mistake, not a spare part. */
function unusedStorage(input: Tree): PathIssue[] {
  const storage = at(input, ['platform', 'storage'])
  if (!isTree(storage)) return []
  const { type = 'local', path, s3 } = storage
  const unused =
    type === 's3' && path !== undefined
      ? 'path'
      : type === 'local' && s3 !== undefined
        ? 's3'
        : null
  return unused
    ? [
        {
          path: ['platform', 'storage', unused],
          message: `is not used by \`type: ${String(type)}\`; remove it, or change the type.`,
        },
      ]
    : []
}

/** The config as it may be recorded and shown: plain JSON without secrets. */
export function redactConfig({ resolved: _, ...config }: ResolvedConfig): Record<string, unknown> {
  return redactDocument<Record<string, unknown>>(config, redactorOf(config))
}
