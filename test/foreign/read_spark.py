"""What Spark's hadoop catalog reads of Iceberg tables, as JSON. One JVM for all of them.

Usage: read_spark.py '<request>'; the request is a JSON object
  {"warehouse": folder, "tables": [{"name": "namespace.table", "filters": [SQL condition, ...], "query": SQL or null}]}
The answer is a JSON object by name: rows, schema [[name, type]], files, partitions, snapshots, columns, query (rows of "query", where
{table} stands for the table), and for each filter the rows, the files that hold them and the scan's metrics.
The environment variable LAKEBENCH_FOREIGN_ICEBERG_JAR names iceberg-spark-runtime.
"""
import json
import os
import sys
import tempfile

from pyspark.sql import SparkSession

request = json.loads(sys.argv[1])
scratch = tempfile.mkdtemp(prefix="lakebench-spark-")
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", os.environ["LAKEBENCH_FOREIGN_ICEBERG_JAR"])
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.memory", "1g")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.local.dir", scratch)
    .config("spark.sql.warehouse.dir", scratch)
    .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.lake.type", "hadoop")
    .config("spark.sql.catalog.lake.warehouse", request["warehouse"])
    .config("spark.sql.catalog.lake.cache-enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")


def text(value):
    if isinstance(value, list):
        return [text(v) for v in value]
    return None if value is None else str(value)


def scan_metrics(frame):
    """Iceberg's own counts of what the planned scan took and skipped."""
    frame.collect()
    node = frame._jdf.queryExecution().executedPlan()
    scan = find_scan(node)
    found = {}
    metrics = scan.metrics().iterator()
    while metrics.hasNext():
        pair = metrics.next()
        found[pair._1()] = pair._2().value()
    return {k: found.get(k) for k in ("resultDataFiles", "skippedDataFiles", "skippedDataManifests", "scannedDataManifests")}


def find_scan(node):
    if "BatchScan" in node.nodeName():
        return node
    if node.nodeName() == "AdaptiveSparkPlan":
        return find_scan(node.executedPlan())
    for i in range(node.children().size()):
        found = find_scan(node.children().apply(i))
        if found is not None:
            return found
    return None


def describe(table):
    name = f"lake.{table['name']}"
    frame = spark.table(name)
    rows = frame.collect()
    filters = {}
    for condition in table.get("filters", []):
        filtered = frame.where(condition)
        filters[condition] = {
            "rows": filtered.count(),
            "files": sorted(r[0] for r in filtered.selectExpr("input_file_name()").distinct().collect()),
            "metrics": scan_metrics(spark.table(name).where(condition)),
        }
    partitions = spark.sql(f"select * from {name}.partitions")
    query = table.get("query")
    return {
        "rows": len(rows),
        "schema": [[f.name, f.dataType.simpleString()] for f in frame.schema.fields],
        "columns": {
            c: sorted((text(r[c]) for r in rows), key=lambda v: (v is not None, str(v))) for c in frame.columns
        },
        "files": spark.sql(f"select file_path from {name}.files").count(),
        "bounds": [
            r.asDict(recursive=True)
            for r in spark.sql(f"select readable_metrics from {name}.files order by file_path").collect()
        ],
        "partitions": [
            [list(r["partition"].asDict().values()) if "partition" in partitions.columns else [], r["record_count"], r["file_count"]]
            for r in partitions.collect()
        ],
        "snapshots": [
            [r["operation"], r["summary"]["total-records"]]
            for r in spark.sql(f"select * from {name}.snapshots order by committed_at").collect()
        ],
        "history": spark.sql(f"select * from {name}.history").count(),
        "metadata_log": spark.sql(f"select * from {name}.metadata_log_entries").count(),
        "filters": filters,
        "query": None if query is None else [[text(v) for v in r] for r in spark.sql(query.format(table=name)).collect()],
    }


answer = {t["name"]: describe(t) for t in request["tables"]}
spark.stop()
print(json.dumps(answer, default=str))
