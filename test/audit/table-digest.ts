import type { Duck } from './duck'

/** Columns that a digest of a table leaves out: those of the clock, and the payload. */
const LEFT_OUT = ['silver_processing_timestamp', '_ingested_at', 'interaction_payload']

/** A value as text, by the type that the file has. */
const TEXTS: Readonly<Record<string, (x: string) => string>> = {
  VARCHAR: x => x,
  BIGINT: x => `${x}::VARCHAR`,
  INTEGER: x => `${x}::VARCHAR`,
  BOOLEAN: x => `left(${x}::VARCHAR, 1)`,
  DATE: x => `(epoch(${x}) // 86400)::BIGINT::VARCHAR`,
  TIMESTAMP: x => `epoch_us(${x})::VARCHAR`,
  DOUBLE: x => `CASE WHEN isnan(${x}) THEN 'nan' ELSE round(${x} * 1e6)::HUGEINT::VARCHAR END`,
  'VARCHAR[]': x => `array_to_string(${x}, ',')`,
}

/**
 * The digest of a table's rows as the product defines it: MD5 of each row's values, texts joined by ␟ with ␀ for NULL; the halves
 * of all rows summed up as numbers of 15 hex digits; MD5 of rows and both sums.
 */
export async function tableDigest(duck: Duck, view: string): Promise<string> {
  const columns = await duck.rows(`DESCRIBE ${view}`)
  const texts = columns.flatMap(({ column_name, column_type }) => {
    const name = String(column_name)
    const text = TEXTS[String(column_type)]
    if (!text) throw new Error(`no text for ${name} ${column_type}`)
    return LEFT_OUT.includes(name) ? [] : [`coalesce(${text(name)}, '␀')`]
  })
  const half = (from: number) => `coalesce(sum(('0x' || substr(digest, ${from}, 15))::BIGINT), 0)`
  const { fingerprint } =
    await duck.row(`SELECT 'md5 ' || md5(concat_ws('-', count(*), ${half(1)}, ${half(17)})) AS fingerprint
    FROM (SELECT md5(concat_ws('␟', ${texts.join(', ')})) AS digest FROM ${view})`)
  return String(fingerprint).slice(4)
}
