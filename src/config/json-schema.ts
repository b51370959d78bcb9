import { z } from 'zod'
import { ConfigFileSchema } from './schema'

/** JSON Schema (draft 2020-12) of a config file, for editors and other tools. Rules across keys are not in it. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(ConfigFileSchema, { io: 'input' })
  return { $schema, title: 'lakebench config', ...schema }
}
