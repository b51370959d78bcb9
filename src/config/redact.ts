import { redactDocument, redactorOf } from '../contracts/secrets'
import type { ResolvedConfig } from './schema'

/** The config as it may be recorded and shown: plain JSON without secrets. */
export function redactConfig({ resolved: _, ...config }: ResolvedConfig): Record<string, unknown> {
  return redactDocument<Record<string, unknown>>(config, redactorOf(config))
}
