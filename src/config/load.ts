import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, PrerequisiteError } from '../contracts/errors'
import { checkOptions } from '../shared/check-options'
import { localPath } from '../shared/local-path'
import { readRegularFile } from '../shared/read-file'
import type { Environment } from './environment'
import { readYaml, type YamlText } from './read-yaml'
import { resolveLayers } from './resolve'
import type { LakebenchConfigInput, ResolvedConfig } from './schema'

export type { LakebenchConfigInput } from './schema'

/** Read when no path is given and it is there. */
export const DEFAULT_CONFIG_FILE = 'lakebench.yaml'

const MOST_BYTES = 1 << 20

/** Where a config is looked for and what fills its references. */
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
  const layers = Object.keys(overrides).length > 0 ? [given.value, overrides] : [given.value]
  return resolveLayers(layers, {
    source: given.source,
    positionOf: given.positionOf,
    env,
  })
}

/** The file that `loadConfig` reads for this argument; `undefined` for an object, or where there is none. */
export function configFileOf(config: string | object | undefined, cwd = '.'): string | undefined {
  if (typeof config === 'string') return localPath(config, 'the config')
  const usual = join(cwd, DEFAULT_CONFIG_FILE)
  return config === undefined && existsSync(usual) ? usual : undefined
}

async function open(
  config: string | LakebenchConfigInput | undefined,
  cwd: string,
): Promise<YamlText & { source: string }> {
  const nowhere = () => undefined
  if (config !== undefined && typeof config !== 'string')
    return { value: config as unknown, positionOf: nowhere, source: 'config' }
  const path =
    config === undefined ? join(cwd, DEFAULT_CONFIG_FILE) : localPath(config, 'the config')
  const text = await read(path, config === undefined)
  if (text === null) return { value: {}, positionOf: nowhere, source: 'config' }
  return { ...(await readYaml(text, path)), source: path }
}

async function read(path: string, optional: boolean): Promise<string | null> {
  const fault = (message: string) => new ConfigError([{ path: '', message }], path)
  try {
    return (await readRegularFile(path, { limit: MOST_BYTES })).toString()
  } catch (cause) {
    if (cause instanceof PrerequisiteError) throw fault(cause.message)
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
    if (optional && code === 'ENOENT') return null
    throw fault(READ_FAULTS[code] ?? `cannot be read (${code}).`)
  }
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT:
    'there is no such file. `lakebench init` writes one; without a file the embedded preset runs.',
  EISDIR: 'is a folder; give the YAML file in it.',
  EACCES: 'may not be read by this user.',
}

/** Part an object given to a run into the config and the one option of the run that may stand in it. */
export function splitShorthand(input: LakebenchConfigInput): {
  config: LakebenchConfigInput
  generate?: boolean
} {
  const { generate, ...config } = input
  if (generate === undefined) return { config }
  // Left in place where it is no boolean, so that it is reported together with every other problem.
  return typeof generate === 'boolean' ? { config, generate } : { config: input }
}
