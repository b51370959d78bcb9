import type { ResolvedConfig } from '../contracts/config'
import { isSecretPath } from './issues'
import { mapLeaves } from './tree'

const HIDDEN = '***'

/**
 * The config as it may be recorded and shown: plain JSON, secrets as `***`, credentials taken out of URLs. An empty secret
 * stays empty, so that "not set" can be told from "set".
 */
export function redactConfig({ resolved: _, ...config }: ResolvedConfig): Record<string, unknown> {
  return mapLeaves(config, (leaf, path) => {
    if (typeof leaf !== 'string') return leaf
    if (isSecretPath(path)) return leaf === '' ? '' : HIDDEN
    return redactUrls(leaf)
  }) as Record<string, unknown>
}

/** Drop `user:password@` from every URL in a text, and the values of query parameters that sound secret. */
export function redactUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, '$1')
    .replace(
      /([?&;][^=&;\s]*(?:secret|password|token|key|signature|sig|credential)[^=&;\s]*=)[^&;\s#]*/gi,
      `$1${HIDDEN}`,
    )
}
