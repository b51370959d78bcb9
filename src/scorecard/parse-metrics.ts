import { ConfigError } from '../contracts/errors'
import { METRICS_SCHEMA_VERSION, type RunMetrics, RunMetricsSchema } from '../contracts/metrics'

type Document = Readonly<Record<string, unknown>>

/** One step each, from the version that is the key to the next. Version 1 is the first there was. */
const MIGRATIONS: ReadonlyMap<number, (document: Document) => Document> = new Map()

/**
 * Check a saved record; older versions are migrated first. Fields that this version does not know stay in it.
 *
 * @param json content of a `metrics.json`, parsed or as text
 * @param source its path, for the error
 * @throws ConfigError naming the source and every field that is wrong
 */
export function parseMetrics(json: unknown, source = 'metrics.json'): RunMetrics {
  const document = migrate(typeof json === 'string' ? parseJson(json, source) : json, source)
  const result = RunMetricsSchema.safeParse(document)
  if (result.success) return document as unknown as RunMetrics
  throw new ConfigError(
    result.error.issues.map(issue => ({ path: issue.path.join('.'), message: `${issue.message}.` })),
    source,
  )
}

/**
 * A record of any version up to this one, as this version writes it.
 *
 * @throws ConfigError for something that is no record, or one of a newer lakebench
 */
export function migrate(json: unknown, source = 'metrics.json'): Document {
  if (json === undefined || json === null) refuse(source, '', 'there is no record to read.')
  if (typeof json !== 'object' || Array.isArray(json)) refuse(source, '', 'is not a record of a run: no JSON object.')
  let document = json as Document
  const version = document.schema_version
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    refuse(source, 'schema_version', 'is missing or no whole number, so this is not a record of lakebench.')
  if (version > METRICS_SCHEMA_VERSION)
    refuse(
      source,
      'schema_version',
      `is ${version}; this lakebench reads up to ${METRICS_SCHEMA_VERSION}. Read it with the version that wrote it, or a newer one.`,
    )
  for (let v = version; v < METRICS_SCHEMA_VERSION; v++) {
    const step = MIGRATIONS.get(v)
    if (!step) refuse(source, 'schema_version', `is ${version}, which this lakebench reads no more.`)
    document = step(document)
  }
  return document
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    return refuse(source, '', `is no JSON, or cut off: ${(cause as Error).message}.`)
  }
}

function refuse(source: string, path: string, message: string): never {
  throw new ConfigError([{ path, message }], source)
}
