import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkOptions } from '../check-options'
import type { ResolvedConfig } from '../contracts/config'
import { ConfigError, type ConfigIssue, PrerequisiteError } from '../contracts/errors'
import { readRegularFile } from '../files/read-file'
import type { Environment } from './environment'
import type { LakebenchConfigInput } from './input'
import { resolveLayers } from './resolve'

export type { LakebenchConfigInput } from './input'

/** Read when no path is given and it is there. */
export const DEFAULT_CONFIG_FILE = 'lakebench.yaml'

const MOST_BYTES = 4 << 20

export interface LoadOptions {
  /** Default `process.env`. */
  readonly env?: Environment
  /** Where `lakebench.yaml` is looked for when no path is given. Default: the working directory. */
  readonly cwd?: string
}

/**
 * A resolved config from a YAML file, an object, or nothing (`./lakebench.yaml` if there, else the embedded preset).
 *
 * @param config path or object
 * @param overrides merged over it, section by section
 * @throws ConfigError with every problem at once; also for a file that is missing, unreadable or no YAML
 */
export async function loadConfig(
  config?: string | LakebenchConfigInput,
  overrides: LakebenchConfigInput = {},
  options: LoadOptions = {},
): Promise<ResolvedConfig> {
  const { env, cwd = '.' } = checkOptions(options, { env: 'object', cwd: 'text' }, 'loadConfig')
  const given = await open(config, cwd)
  const layers = Object.keys(overrides).length > 0 ? [given.input, overrides] : [given.input]
  return resolveLayers(layers, { source: given.source, ...(env ? { env } : {}) })
}

/** The file that `loadConfig` reads for this argument; `undefined` for an object, or where there is none. */
export function configFileOf(config: string | object | undefined, cwd = '.'): string | undefined {
  if (typeof config === 'string') return config
  const usual = join(cwd, DEFAULT_CONFIG_FILE)
  return config === undefined && existsSync(usual) ? usual : undefined
}

async function open(config: string | LakebenchConfigInput | undefined, cwd: string) {
  if (config !== undefined && typeof config !== 'string') return { input: config as unknown, source: 'config' }
  const path = config ?? join(cwd, DEFAULT_CONFIG_FILE)
  const text = await read(path, config === undefined)
  if (text === null) return { input: {}, source: 'config' }
  return { input: await parseYaml(text, path), source: path }
}

async function read(path: string, optional: boolean): Promise<string | null> {
  try {
    return (await readRegularFile(path, { limit: MOST_BYTES })).toString()
  } catch (cause) {
    if (cause instanceof PrerequisiteError) throw new ConfigError([{ path: '', message: cause.message }], path)
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
    if (optional && code === 'ENOENT') return null
    const why = READ_FAULTS[code] ?? `cannot be read (${code}).`
    throw new ConfigError([{ path: '', message: why }], path)
  }
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. `lakebench init` writes one; without a file the embedded preset runs.',
  EISDIR: 'is a folder; give the YAML file in it.',
  EACCES: 'may not be read by this user.',
}

/** Without the alias itself: it may be a password. */
const NO_ANCHOR = 'has an alias (`*name`) without its anchor (`&name`). Put a value that begins with * in quotes.'

async function parseYaml(text: string, path: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  // No pretty errors: they quote the line, and the line may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, logLevel: 'error' })
  if (document.errors.length > 0) {
    const issues = document.errors.map((error): ConfigIssue => {
      const { line, col } = lines.linePos(error.pos[0])
      return { path: `line ${line}, column ${col}`, message: error.code === 'BAD_ALIAS' ? NO_ANCHOR : error.message }
    })
    throw new ConfigError(issues, path)
  }
  try {
    // An empty file sets nothing.
    return (document.toJS() as unknown) ?? {}
  } catch (cause) {
    const why = cause instanceof ReferenceError ? NO_ANCHOR : `is no usable YAML: ${(cause as Error).message}.`
    throw new ConfigError([{ path: '', message: why }], path)
  }
}

/** Part an object given to a run into the config and the one option of the run that may stand in it. */
export function splitShorthand(input: LakebenchConfigInput): { config: LakebenchConfigInput; generate?: boolean } {
  const { generate, ...config } = input
  if (generate === undefined) return { config }
  // Left in place where it is no boolean, so that it is reported together with every other problem.
  return typeof generate === 'boolean' ? { config, generate } : { config: input }
}
