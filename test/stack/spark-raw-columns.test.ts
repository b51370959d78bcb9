import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runBatch } from '../../src/run'
import { breaksOf, verificationOf, writeRaw } from '../e2e/raw-columns/raw-file'
import { tempDir } from '../support/fake-parts'
import { rawDir } from '../support/small-run'
import { servers } from './servers'
import { overFiles, useSpark } from './spark-runs'

beforeAll(() => useSpark())

/** Change a raw file as other writers have it: `t` is its table, `col(name, array)` puts an array in a column's place. */
function rewriteWithArrow(path: string, target: string, script: string): void {
  const program = `
import sys, pyarrow as pa, pyarrow.parquet as pq
t = pq.read_table(sys.argv[1])
n = t.num_rows
def col(name, array):
    global t
    t = t.set_column(t.schema.get_field_index(name), name, array)
${script}
pq.write_table(t, sys.argv[2])`
  execFileSync(servers.spark().python, ['-c', program, path, target])
}

/** Event times as 64-bit numbers of a unit; the first are those given. */
const times = (unit: string, zone: string, numbers: readonly string[]) =>
  `import pyarrow.compute as pc
base = pc.cast(pc.cast(t['event_timestamp'], pa.timestamp('${unit}'), safe=False), pa.int64()).to_pylist()
base[:${numbers.length}] = [${numbers.join(', ')}]
col('event_timestamp', pa.array(base, pa.int64()).cast(pa.timestamp('${unit}', ${zone})))`

const ENDS = ['-2**63', '2**63 - 1', '-(2**63 - 1)', '2**63 - 2']

/** Files that are read alike by both engines, and how many values of each have no place in their column. */
const FILES: Readonly<Record<string, { script: string; unfit: number }>> = {
  micros: {
    script: times('us', 'None', [...ENDS, '253402300800000000', '253402300799999999']),
    unfit: 5,
  },
  instants: {
    script: times('us', "'UTC'", [...ENDS, '-62135596800000001', '-62135596800000000']),
    unfit: 5,
  },
  millis: {
    script: times('ms', 'None', ['253402300800000', '253402300799999', '-62135596800001']),
    unfit: 2,
  },
  nanos: { script: times('ns', 'None', ENDS), unfit: 2 },
  'zoned-nanos': { script: times('ns', "'UTC'", ENDS), unfit: 2 },
  struct: {
    script: `t = t.append_column('meta', pa.StructArray.from_arrays([pa.array(range(n))], names=['channel']))
t = t.append_column('my channel', pa.array([1] * n))`,
    unfit: 0,
  },
  // Unknown to the Parquet library of Spark 3.5, which reads nothing of such a file.
  half: { script: "t = t.append_column('half', pa.array([1.0] * n, pa.float16()))", unfit: 0 },
  'null-type': {
    script:
      "for c in ('campaign_id', 'click_count', 'loyalty_member', 'cart_value'): col(c, pa.nulls(n))",
    unfit: 0,
  },
  // As pandas writes a frame without rows.
  'no-rows': { script: 't = pa.table({c: pa.nulls(0) for c in t.column_names})', unfit: 0 },
  int96: {
    script: `${times('ns', 'None', ['-9000000000000000000', '9000000000000000000'])}
pq.write_table(t, sys.argv[2], use_deprecated_int96_timestamps=True)
sys.exit()`,
    unfit: 0,
  },
  widths: {
    script: `col('page_views', pa.array([2**32 - 1] + [7] * (n - 1), pa.uint32()))
col('customer_id', pa.array([2**64 - 1] + [7] * (n - 1), pa.uint64()))
col('click_count', pa.array([7] * n, pa.int8()))
col('transaction_amount', pa.array([7] * n, pa.decimal128(10, 2)))`,
    unfit: 2,
  },
}

/** The strategies differ in how they meet a row without a date. */
const SPARKS = [
  ['chunked', 'Spark', servers.spark],
  ['simple', 'an older Spark', servers.oldSpark],
] as const

test.each(SPARKS)(
  "odd columns and times that no date holds: the %s silver of %s, and what it finds and counts, are the embedded one's",
  async (silver_strategy, _, from) => {
    const dir = tempDir()
    const plain = await writeRaw(dir, 'plain.parquet', '*')
    const files = Object.entries(FILES).filter(
      ([name]) => name !== 'half' || from === servers.spark,
    )
    for (const [name, { script }] of files)
      rewriteWithArrow(plain, join(rawDir(dir), `${name}.parquet`), script)
    cpSync(join(dir, 'data'), join(dir, 'embedded'), { recursive: true })
    const pipeline = { silver_partitioning: 'month' } as const
    const options = { generate: false, skipBenchmark: true }
    const embedded = await runBatch(
      { storage: join(dir, 'embedded'), architecture: { pipeline } },
      { outputDir: join(dir, 'output'), reject: false, skipBenchmark: true },
    )
    expect(embedded.error).toBeNull()
    const unfit = Object.fromEntries(
      files.map(([name]) => [
        name,
        verificationOf(embedded)
          .unfit_values.filter(u => u.file.endsWith(`/${name}.parquet`))
          .reduce((sum, u) => sum + u.rows, 0),
      ]),
    )
    expect(unfit).toEqual(Object.fromEntries(files.map(([name, f]) => [name, f.unfit])))
    useSpark({ ...servers.spark(), ...from() })
    const spark = await overFiles(
      dir,
      { pipeline: { ...pipeline, silver_strategy }, spark: { jars: from().jars } },
      options,
    )
    useSpark()
    expect(spark.error).toBeNull()
    const { null_counts, ...found } = verificationOf(spark)
    expect(found).toEqual({ ...verificationOf(embedded), null_counts: undefined })
    expect(null_counts.event_timestamp).toBe(verificationOf(embedded).null_counts.event_timestamp)
    expect(spark.metrics.jobs.map(j => j.output_fingerprint)).toEqual(
      embedded.metrics.jobs.map(j => j.output_fingerprint),
    )
  },
)

test('what cannot be read is said in the same words', async () => {
  const dir = tempDir()
  const [raw, plain] = [rawDir(dir), await writeRaw(tempDir(), 'plain.parquet', '*')]
  mkdirSync(raw, { recursive: true })
  const broken: Readonly<Record<string, string>> = {
    list: "col('channel', pa.array([['web']] * n))",
    struct:
      "col('page_views', pa.StructArray.from_arrays([t['page_views'].combine_chunks()], names=['v']))",
    floats: "col('satisfaction_score', t['satisfaction_score'].cast(pa.float64()))",
    inside:
      "t = t.append_column('meta', pa.StructArray.from_arrays([t['channel'].combine_chunks()], names=['channel'])).drop_columns(['channel'])",
    case: "t = t.rename_columns(['Channel' if c == 'channel' else c for c in t.column_names])",
    twice: "t = t.append_column('CHANNEL', t['channel'])",
    zoned: "col('id', t['event_timestamp'])",
    wide: "col('cart_value', pa.array([7] * n, pa.decimal256(60, 2)))",
    seconds: "col('event_timestamp', pa.array([7] * n, pa.time64('us')))",
  }
  for (const [name, script] of Object.entries(broken))
    rewriteWithArrow(plain, join(raw, `${name}.parquet`), script)
  const spark = await overFiles(dir, {}, { generate: false, stage: 'bronze-verify' })
  const said = verificationOf(spark).breaks.map(b => `${b.file.split('/').at(-1)}: ${b.message}`)
  expect(said).toHaveLength(Object.keys(broken).length)
  expect(said).toEqual(await breaksOf(dir))
})

// The changed bit leaves a value: nothing but the checksum tells.
test('a page that is not as its checksum says makes its file unreadable', async () => {
  const dir = tempDir()
  const plain = await writeRaw(dir, 'plain.parquet', '*')
  const checked = join(rawDir(dir), 'checked.parquet')
  rewriteWithArrow(
    plain,
    checked,
    `col('customer_id', pa.array([0x1122334455667788] * n, pa.int64()))
pq.write_table(t, sys.argv[2], compression='none', use_dictionary=False, write_statistics=False, write_page_checksum=True)
sys.exit()`,
  )
  const bytes = readFileSync(checked)
  const at = bytes.indexOf(Buffer.from('8877665544332211', 'hex'))
  expect(at).toBeGreaterThan(0)
  bytes[at + 80]! ^= 1
  writeFileSync(checked, bytes)
  const spark = await overFiles(dir, {}, { generate: false, stage: 'bronze-verify' })
  expect(verificationOf(spark).breaks).toEqual([
    expect.objectContaining({
      file: expect.stringMatching(/\/checked\.parquet$/),
      problem: 'unreadable',
      message: expect.stringContaining('its data cannot be read'),
    }),
  ])
})
