import { createHash } from 'node:crypto'
import type { RawInput } from '../contracts/jobs'
import type { ObjectInfo, ObjectStore } from '../contracts/ports'

/** A raw file's key below the storage root, and its size. */
export interface RawObject {
  readonly key: string
  readonly bytes: number
}

/** Files below the raw folder. */
export interface RawListing {
  /** The raw data: Parquet files, each once, sorted by key. */
  readonly files: readonly ObjectInfo[]
  /** Keys of other files, sorted: nobody reads them. */
  readonly others: readonly string[]
}

/** Names that Spark, Hadoop and editors leave beside data: files, and folders with all below them. */
const isHidden = (name: string): boolean => name.startsWith('_') || name.startsWith('.')

/** Which files below a prefix are raw data. The one rule for every engine and mode; `spark-jobs/raw_listing.py` has it for streams. */
export async function listRaw(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
): Promise<RawListing> {
  const listed = await store.list(prefix, { ignore: isHidden })
  const visible = listed.filter(({ key }) => !key.slice(prefix.length).split('/').some(isHidden))
  const isData = ({ key }: ObjectInfo) => key.endsWith('.parquet')
  return {
    files: eachOnce(visible.filter(isData)),
    others: visible.filter(o => !isData(o)).map(o => o.key),
  }
}

/** Keys and sizes of the raw data. */
export async function listRawObjects(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
): Promise<RawObject[]> {
  return (await listRaw(store, prefix)).files.map(rawObject)
}

export const rawObject = ({ key, size }: ObjectInfo): RawObject => ({ key, bytes: size })

/** The files that a stage read, in order, and their rows. `spark-jobs/raw_data.py` says it of jobs on Spark. */
export function rawInput(files: readonly RawObject[], rows: number): RawInput {
  const digest = createHash('sha256')
  for (const { key, bytes } of files) digest.update(`${key}\n${bytes}\n`)
  return { digest: digest.digest('hex').slice(0, 32), files: files.length, rows }
}

/** A file by one key, whatever leads to it: its own rather than one through a link, the first of its own. */
function eachOnce(objects: readonly ObjectInfo[]): readonly ObjectInfo[] {
  const keys = new Map<string | undefined, string>()
  for (const through of [undefined, 'hard', 'link'])
    for (const { key, alias, identity } of objects)
      if (alias === through && !keys.has(identity)) keys.set(identity, key)
  return objects.filter(({ key, alias, identity }) => !alias || keys.get(identity) === key)
}
