/** Job modules that a driver carries out in its tests: what can go wrong in one, and what is to be seen of it. */
export const DRIVER_JOBS: Readonly<Record<string, string>> = {
  where_am_i: `
import json, os
def run(spark, job_uri, report):
    java = spark.sparkContext._jvm.java.lang
    facts = {
        "python": os.getpid(),
        "java": java.ProcessHandle.current().pid(),
        "application": spark.sparkContext.applicationId,
        "memory": java.Runtime.getRuntime().maxMemory(),
        "cores": spark.sparkContext.defaultParallelism,
        "conf": dict(spark.sparkContext.getConf().getAll()),
        "cwd": os.getcwd(),
        "tmp": java.System.getProperty("java.io.tmpdir"),
        "secret": os.environ.get("LAKE_SECRET"),
    }
    with open(job_uri, "w") as out:
        json.dump(facts, out)
`,
  count: `
import time
def run(spark, job_uri, report):
    report({"rows_total": 6000})  # Made, and read again.
    spark.range(0, 3000, 1, 6).write.parquet(job_uri)
    spark.read.parquet(job_uri).repartition(4).foreachPartition(slowly)
def slowly(rows):
    time.sleep(0.4)
`,
  python_fails: `
def run(spark, job_uri, report):
    raise ValueError("the document at http://user:pass@store/x?token=abc is empty")
`,
  calls_exit: `
import sys
def run(spark, job_uri, report):
    sys.exit(3)
`,
  java_fails: `
def run(spark, job_uri, report):
    spark.range(10).selectExpr("raise_error(concat('row ', id))").collect()
`,
  reads_s3: `
def run(spark, job_uri, report):
    spark.read.parquet(job_uri).count()
`,
  uses_iceberg: `
def run(spark, job_uri, report):
    spark.read.format("iceberg").load(job_uri).count()
`,
  fills_heap: `
def run(spark, job_uri, report):
    held = spark.sparkContext._jvm.java.util.ArrayList()
    for _ in range(64):
        held.add(spark.sparkContext._gateway.new_array(spark.sparkContext._jvm.long, 8 * 1024 * 1024))
`,
  prints_much: `
import os
def run(spark, job_uri, report):
    for n in range(20000):
        print("line", n, "x" * 200)
    print("y" * 5000000)
    print("secret:", os.environ["LAKE_SECRET"])
    print("Authorization: Basic " + "abcdefgh")
    spark.sparkContext._jvm.java.lang.System.err.println("in Java: " + os.environ["LAKE_SECRET"])
    raise RuntimeError("with " + os.environ["LAKE_SECRET"] + " in it")
`,
  ends_process: `
import os, sys
def run(spark, job_uri, report):
    print("about to go", flush=True)
    os._exit(7)
`,
  sleeps: `
import os, time
def run(spark, job_uri, report):
    def slow(rows):
        time.sleep(600)
        return rows
    def mark(rows):
        open(job_uri, "w").close()
        return slow(rows)
    spark.sparkContext.parallelize(range(2), 2).mapPartitions(mark).count()
`,
  sleeps_in_python: `
import time
def run(spark, job_uri, report):
    open(job_uri, "w").close()
    time.sleep(600)
`,
}
