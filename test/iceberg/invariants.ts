import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { decodeContainer } from '../../src/iceberg/avro'
import { parseExactJson } from '../../src/shared/exact-json'

/** What writers said of their operations; an operation names itself by `test.op` in its snapshot's summary. */
export interface Claims {
  readonly acknowledged?: readonly {
    readonly op: string
    readonly version: number
    startedAt?: bigint
    endedAt?: bigint
  }[]
  readonly failed?: readonly string[]
  readonly unknown?: readonly string[]
  /** After a clean-up: nothing lies about that no snapshot reaches. */
  readonly clean?: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: the checker looks at raw documents, and says itself what is wrong with them
type Json = Record<string, any>
interface Version {
  readonly n: number
  readonly md: Json
}

/**
 * The commit protocol's invariants, checked on the files alone. Returns what is violated, by the invariant's number. Snapshots
 * that a later version dropped may have lost their files; those of the newest version may not.
 */
export function violations(location: string, claims: Claims = {}): string[] {
  const found: string[] = []
  const say = (invariant: string, ok: boolean, detail: string) =>
    ok || found.push(`${invariant}: ${detail}`)
  const folder = join(location, 'metadata')
  const names = existsSync(folder) ? readdirSync(folder) : []
  const numbers = names
    .flatMap(n => /^v(\d+)\.metadata\.json$/.exec(n)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const highest = numbers.at(-1) ?? 0
  const first = Math.max(1, highest - KEPT + 1)
  const recent = numbers.filter(n => n >= first)
  say('I1', recent.length === highest - first + 1, `versions ${numbers}`)
  // Numbers below may be deleted, or dead: linked anew by a writer who was away. Those in one piece with the rest are neither.
  const whole = numbers.findLastIndex((n, i) => i > 0 && n !== numbers[i - 1]! + 1)
  const versions: Version[] = numbers
    .slice(Math.max(whole, 0))
    .map(n => ({ n, md: parse(join(folder, `v${n}.metadata.json`)) }))
  say('I2', new Set(versions.map(v => v.md['table-uuid'])).size <= 1, 'several table uuids')
  const commits: { op: string; version: number }[] = []
  for (const [i, v] of versions.entries()) checkStep(v, versions[i - 1], location, say, commits)
  const newest = versions.at(-1)
  const reached = new Set<string>()
  if (newest)
    for (const snapshot of newest.md.snapshots) checkSnapshot(newest.md, snapshot, say, reached)
  checkClaims(claims, commits, say)
  const hint = join(folder, 'version-hint.text')
  if (existsSync(hint)) {
    const n = Number(readFileSync(hint, 'utf8'))
    say('I12', numbers.includes(n), `hint ${n} of ${numbers.length} versions`)
  }
  if (claims.clean) {
    const strays = filesBelow(location).filter(
      f => !reached.has(f) && !/\/(v\d+\.metadata\.json|version-hint\.text)$/.test(f),
    )
    say('I13', strays.length === 0, `unreferenced ${strays}`)
  }
  return found
}

/** Versions that are never deleted. */
const KEPT = 100

type Say = (invariant: string, ok: boolean, detail: string) => unknown

function checkStep(
  v: Version,
  before: Version | undefined,
  location: string,
  say: Say,
  commits: { op: string; version: number }[],
) {
  const { md, n } = v
  const [last] = md['metadata-log'].slice(-1)
  say(
    'I3',
    before
      ? last?.['metadata-file'] === join(location, 'metadata', `v${before.n}.metadata.json`)
      : !last || n > 1,
    `log of v${n}`,
  )
  say('I5', !before || md['last-updated-ms'] > before.md['last-updated-ms'], `time of v${n}`)
  const current = md.snapshots.find((s: Json) => s['snapshot-id'] === md['current-snapshot-id'])
  say(
    'I2',
    current !== undefined && md.refs.main['snapshot-id'] === md['current-snapshot-id'],
    `current of v${n}`,
  )
  say(
    'I2',
    md['snapshot-log'].at(-1)['snapshot-id'] === md['current-snapshot-id'],
    `snapshot log of v${n}`,
  )
  // What was before the first one here is deleted.
  if (!before && n > 1) return
  if (before?.md['current-snapshot-id'] === md['current-snapshot-id']) {
    say(
      'I5',
      before?.md['last-sequence-number'] === md['last-sequence-number'],
      `sequence of v${n}`,
    )
    return
  }
  say(
    'I5',
    md['last-sequence-number'] === (before?.md['last-sequence-number'] ?? 0) + 1,
    `sequence of v${n}`,
  )
  say(
    'I5',
    current['sequence-number'] === md['last-sequence-number'],
    `snapshot's sequence of v${n}`,
  )
  say('I6', current['parent-snapshot-id'] === before?.md['current-snapshot-id'], `parent of v${n}`)
  const commitId = current.summary['lakebench.commit-id']
  say('I8', typeof commitId === 'string', `v${n} has no commit id`)
  commits.push({ op: current.summary['test.op'] ?? commitId, version: n })
}

function checkSnapshot(md: Json, snapshot: Json, say: Say, reached: Set<string>) {
  const read = (path: string, length?: bigint) => {
    reached.add(path)
    say('I4', existsSync(path), `${path} is missing`)
    if (length !== undefined)
      say('I4', BigInt(statSync(path).size) === length, `${path} has another length`)
    return decodeContainer(readFileSync(path))
  }
  const list = read(snapshot['manifest-list'])
  say(
    'I4',
    list.metadata.get('snapshot-id') === String(snapshot['snapshot-id']),
    'list of another snapshot',
  )
  const live = new Set<string>()
  let rows = 0n
  let bytes = 0n
  for (const manifest of list.rows as Json[]) {
    const spec = md['partition-specs'].find(
      (s: Json) => s['spec-id'] === manifest.partition_spec_id,
    )
    say('I4', spec !== undefined, `no spec ${manifest.partition_spec_id}`)
    const entries = read(manifest.manifest_path, manifest.manifest_length).rows as Json[]
    const counts = [0, 0, 0]
    for (const { status, data_file: file } of entries) {
      counts[status]!++
      if (status === 2) continue
      say('I14', !live.has(file.file_path), `${file.file_path} is live twice`)
      live.add(file.file_path)
      reached.add(file.file_path)
      rows += file.record_count
      bytes += file.file_size_in_bytes
      checkDataFile(file, say)
    }
    const [existing, added, deleted] = counts
    say(
      'I7',
      manifest.added_files_count === added && manifest.existing_files_count === existing,
      'file counts',
    )
    say('I7', manifest.deleted_files_count === deleted, 'deleted file count')
  }
  const { summary } = snapshot
  say(
    'I7',
    summary['total-records'] === String(rows),
    `total-records ${summary['total-records']}, found ${rows}`,
  )
  say(
    'I7',
    summary['total-data-files'] === String(live.size),
    `total-data-files ${summary['total-data-files']}`,
  )
  say(
    'I7',
    summary['total-files-size'] === String(bytes),
    `total-files-size ${summary['total-files-size']}`,
  )
}

function checkDataFile(file: Json, say: Say) {
  if (!existsSync(file.file_path)) {
    say('I4', false, `${file.file_path} is missing`)
    return
  }
  const bytes = readFileSync(file.file_path)
  say(
    'I4',
    BigInt(bytes.length) === file.file_size_in_bytes,
    `${file.file_path} has another length`,
  )
  const { num_rows } = parquetMetadata(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  )
  say('I7', num_rows === file.record_count, `${file.file_path} has ${num_rows} rows`)
}

function checkClaims(
  claims: Claims,
  commits: readonly { op: string; version: number }[],
  say: Say,
) {
  const times = (op: string) => commits.filter(c => c.op === op)
  for (const { op, version } of claims.acknowledged ?? []) {
    const at = times(op)
    say(
      'I8',
      at.length === 1 && at[0]!.version === version,
      `${op} acknowledged as v${version}, found at ${at.map(c => c.version)}`,
    )
  }
  for (const op of claims.failed ?? [])
    say('I9', times(op).length === 0, `${op} failed, yet it is in the history`)
  for (const op of claims.unknown ?? [])
    say('I10', times(op).length <= 1, `${op} is in the history twice`)
  const timed = (claims.acknowledged ?? []).filter(
    a => a.startedAt !== undefined && a.endedAt !== undefined,
  )
  for (const a of timed) {
    for (const b of timed) {
      if (a.endedAt! < b.startedAt!)
        say('I11', a.version < b.version, `${a.op} ended before ${b.op} began`)
    }
  }
}

const parse = (path: string) => parseExactJson(readFileSync(path, 'utf8')) as Json

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(e => e.isFile())
    .map(e => join(e.parentPath, e.name))
