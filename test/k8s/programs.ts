import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from '../support/fake-parts'

/** Spark programs that show what can become of an application. Each is a module as those in spark-jobs/ are. */
const PROGRAMS: Readonly<Record<string, string>> = {
  counts: `
spark = session()
print("counted", spark.range(0, 1000, 1, 2).count(), "with", os.environ.get("LAKE_SECRET"), sys.argv[1])
spark.stop()
`,
  fails: `
spark = session()
spark.range(10).count()
print("about to fail with", os.environ.get("LAKE_SECRET"))
raise ValueError("the document is empty")
`,
  fails_in_java: `
spark = session()
spark.read.parquet("s3a://no-such-bucket-at-all/x").count()
`,
  sleeps: `
import time
spark = session()
seconds = float(sys.argv[1])
def slowly(row):
    time.sleep(seconds)
    return row
print("sleeping", spark.sparkContext.parallelize(range(2), 2).map(slowly).count())
spark.stop()
`,
  asks: `
spark = session()
counted = spark.range(10).count()
connection = spark._jvm.java.net.URL(sys.argv[1]).openConnection()
print("counted %d, answered %d" % (counted, connection.getResponseCode()))
spark.stop()
`,
  fills_driver: `
held = []
while True:
    held.append(bytearray(b"x" * 64 * 1024 * 1024))
`,
  fills_executor: `
def fill(rows):
    held = []
    while True:
        held.append(bytearray(b"x" * 64 * 1024 * 1024))
spark = session()
spark.sparkContext.parallelize(range(1), 1).foreachPartition(fill)
`,
}

const HEAD = `
import os, sys
def session():
    from pyspark.sql import SparkSession
    return SparkSession.builder.getOrCreate()
`

export type Program = keyof typeof PROGRAMS & string

/** A folder with these programs, in place of spark-jobs/. */
export function programsFolder(): string {
  const dir = tempDir()
  for (const [name, text] of Object.entries(PROGRAMS))
    writeFileSync(join(dir, `${name}.py`), HEAD + text)
  return dir
}
