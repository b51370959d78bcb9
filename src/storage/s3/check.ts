import { randomUUID } from 'node:crypto'
import { shortMessage } from '../../contracts/errors'
import type { ByteRange, PartStatus } from '../../contracts/ports'
import { MIB } from '../../shared/format'
import { addressOf, type S3Config, S3Connection, type S3Limits } from './connection'
import { failureOf } from './errors'
import { type KeyMap, layerKeys, type ObjectPlace } from './key-map'
import { askBucket, objectPages } from './listing'
import { deleteObject, getObject, putIfAbsent, putObject } from './objects'
import { ObjectUpload } from './upload'

/** A health check waits less than a run. */
const LIMITS: Partial<S3Limits> = { connect: 5000, request: 10_000, idle: 10_000, retries: 2 }
const FOLDER = '_lakebench/check-'
const PART = 5 * MIB

/**
 * Ask an S3 service what it really does: each bucket's existence, and in the first one that is there a listing in pages, ranged
 * reads, an upload in parts, conditional puts that refuse, and deletes, on scratch objects that are removed again. An unhealthy
 * service is an answer, never an error.
 */
export async function checkS3(
  config: S3Config,
  limits: Partial<S3Limits> = {},
): Promise<PartStatus> {
  const status = { part: 'store', address: addressOf(config), version: null }
  let connection: S3Connection
  try {
    connection = await S3Connection.open(config, { ...LIMITS, ...limits })
  } catch (error) {
    return { ...status, healthy: false, latency_ms: null, details: [shortMessage(error)] }
  }
  try {
    const keys = layerKeys(config.buckets, config.prefix)
    const buckets = await checkBuckets(connection, keys, config.create_buckets)
    const scratch = buckets.there[0]
    const abilities =
      scratch === undefined ? [] : await checkAbilities(connection, scratch, keys.below)
    return {
      ...status,
      healthy: buckets.healthy && abilities.every(({ works, required }) => works || !required),
      latency_ms: buckets.latency_ms,
      details: [...buckets.details, ...abilities.map(({ detail }) => detail)],
    }
  } finally {
    connection.close()
  }
}

async function checkBuckets(connection: S3Connection, { buckets, below }: KeyMap, create: boolean) {
  const there: string[] = []
  const details: string[] = []
  let healthy = true
  let latency_ms: number | null = null
  for (const bucket of buckets) {
    try {
      await askBucket(connection, bucket, below)
      // The first request also opened the connection and read the SDK's parts; this one is what a run's requests take.
      const started = performance.now()
      await askBucket(connection, bucket, below)
      latency_ms ??= Math.round((performance.now() - started) * 10) / 10
      there.push(bucket)
      details.push(`Bucket ${bucket} is there and may be listed.`)
    } catch (error) {
      if (create && failureOf(error).code === 'NoSuchBucket') {
        details.push(`Bucket ${bucket} is missing; a run will make it (create_buckets: true).`)
        continue
      }
      healthy = false
      details.push(shortMessage(connection.explainer.explain(error, { verb: 'use', bucket })))
    }
  }
  return { there, details, healthy, latency_ms }
}

interface Ability {
  readonly works: boolean
  /** Without it no run succeeds. */
  readonly required: boolean
  readonly detail: string
}

async function checkAbilities(
  connection: S3Connection,
  bucket: string,
  below: string,
): Promise<Ability[]> {
  const folder = `${below}${FOLDER}${randomUUID()}/`
  const place = (name: string) => ({ bucket, object: folder + name })
  const found: Ability[] = []
  /** `probe` resolves with what does not work, or nothing. */
  const probe = async (name: string, required: boolean, test: () => Promise<string | null>) => {
    let problem: string | null
    try {
      problem = await test()
    } catch (error) {
      problem = shortMessage(error)
    }
    const detail = problem === null ? `${name}: works.` : `${name}: ${problem}`
    found.push({ works: problem === null, required, detail })
    return problem === null
  }

  const written = await probe('Put and get', true, async () => {
    await putObject(connection, place('a'), Buffer.from('0123456789'))
    return (await text(connection, place('a'))) === '0123456789'
      ? null
      : 'other bytes come back than were put.'
  })
  if (!written) {
    // Its answer may have got lost, and the object be there.
    await deleteObject(connection, place('a')).catch(() => {})
    return found
  }
  await probe('Listing in pages', true, () => pagedListing(connection, bucket, folder))
  await probe('Ranged reads', true, async () => {
    const part = await text(connection, place('a'), { start: 3, length: 4 })
    return part === '3456' ? null : `bytes 3 to 6 of 0123456789 came as ${JSON.stringify(part)}.`
  })
  await probe('Upload in parts', true, async () => {
    const upload = new ObjectUpload(connection, place('parts'), { partSize: PART })
    try {
      await upload.write(Buffer.alloc(PART + 1, 'x'))
      await upload.finish()
      return null
    } catch (error) {
      await upload.abort().catch(() => {})
      throw error
    }
  })
  await probe('Conditional put', false, async () => {
    const first = await putIfAbsent(connection, place('once'), Buffer.from('first'))
    const second = await putIfAbsent(connection, place('once'), Buffer.from('second'))
    const kept = (await text(connection, place('once'))) === 'first'
    if (first && !second && kept) return null
    return 'is ignored (If-None-Match: *), so nothing keeps two writers apart; let one run at a time use these buckets.'
  })
  await probe('Delete', true, async () => {
    for (const name of ['a', 'b', 'parts', 'once']) await deleteObject(connection, place(name))
    return (await getObject(connection, place('a'))) === null
      ? null
      : 'a deleted object is still there.'
  })
  return found
}

/** One object a page, so that two objects need two pages. */
async function pagedListing(
  connection: S3Connection,
  bucket: string,
  folder: string,
): Promise<string | null> {
  await putObject(connection, { bucket, object: `${folder}b` }, Buffer.from('b'))
  const keys: string[] = []
  let pages = 0
  const range = { bucket, prefix: folder, key: (object: string) => object.slice(folder.length) }
  for await (const page of objectPages(connection, range, 1)) {
    pages++
    keys.push(...page.map(({ key }) => key))
  }
  if (keys.join() !== 'a,b') return `two objects were put, and ${JSON.stringify(keys)} listed.`
  return pages > 1 ? null : 'MaxKeys is ignored, so long listings cannot be trusted.'
}

async function text(
  connection: S3Connection,
  place: ObjectPlace,
  range?: ByteRange,
): Promise<string | null> {
  const body = await getObject(connection, place, range)
  return body && Buffer.from(body).toString()
}
