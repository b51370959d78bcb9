import { z } from 'zod'
import { ConfigFileSchema } from './schema'

/** JSON Schema (draft 2020-12) of a config file, for editors and other tools. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    title: 'lakebench config',
    ...z.toJSONSchema(ConfigFileSchema, { io: 'input' }),
  }
}
