import { resolveConfig } from '../../src/config/resolve'
import { ConfigError, type ConfigIssue } from '../../src/contracts/errors'

/** Issues of an input that must not pass; input of any shape, as a file may hold it. */
export function problemsOf(
  input: unknown,
  env: Record<string, string> = {},
): readonly ConfigIssue[] {
  try {
    resolveConfig(input as object, { env })
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
  throw new Error('This config was accepted.')
}

/** One value at a dotted path. */
export function nested(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<
    string,
    unknown
  >
}
