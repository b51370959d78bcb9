"""What the jobs share: documents, tables, and what is said of them.

A job takes one argument, the URI of a JSON job document, and writes one JSON result document to the URI that stands in it. Both are
described by the JSON Schema files that the package ships. Needs pyspark 3.5 or later and nothing else.
"""
import json
import os
import re
import sys

DOCUMENT_VERSION = 1
# What snapshots say of where their rows come from; see `src/contracts/lineage.ts`.
OWN = "lakebench."
RUN_ID, CORPUS, INGESTED_AT = "lakebench.run-id", "lakebench.corpus", "lakebench.ingested-at"
BRONZE_SNAPSHOT, SILVER_SNAPSHOT, ROWS_OF = "lakebench.bronze-snapshot", "lakebench.silver-snapshot", "lakebench.rows-of"


class JobError(Exception):
    """What stops a job, in words for the user."""


# Documents


def read_document(spark, uri):
    """Read the JSON document at a URI."""
    document = json.loads(read_text(spark, uri))
    if document.get("version") != DOCUMENT_VERSION:
        raise JobError(
            "The job document %s has version %r, these jobs read %d. Use the jobs of the same lakebench."
            % (uri, document.get("version"), DOCUMENT_VERSION)
        )
    return document


def write_document(spark, uri, document):
    """Write a document whole or not at all: readers look while it is written."""
    text = json.dumps(document, allow_nan=False)
    if uri.startswith("file:"):
        path = uri.replace("file://", "", 1)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".part", path)
        return
    files, path = located(spark, uri)
    stream = files.create(path, True)
    try:
        stream.write(bytearray(text.encode("utf-8")))
    finally:
        stream.close()


# Files


def located(spark, uri):
    """Hadoop's file system of a URI, and the path in it."""
    path = spark._jvm.org.apache.hadoop.fs.Path(uri)
    return path.getFileSystem(spark._jsc.hadoopConfiguration()), path


def read_text(spark, uri):
    if uri.startswith("file:"):
        with open(uri.replace("file://", "", 1), encoding="utf-8") as file:
            return file.read()
    files, path = located(spark, uri)
    stream = files.open(path)
    try:
        return spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
    finally:
        stream.close()


def exists(spark, uri):
    files, path = located(spark, uri)
    return files.exists(path)


def make_folder(spark, uri):
    files, path = located(spark, uri)
    files.mkdirs(path)


def remove_folder(spark, uri):
    """Remove a folder with all that is in it; does nothing where there is none."""
    files, path = located(spark, uri)
    files.delete(path, True)


# Programs


def main(run):
    """A job as a program of its own: `spark-submit JOB.py URI`."""
    if len(sys.argv) != 2:
        sys.exit("usage: spark-submit %s <URI of the job document>" % os.path.basename(sys.argv[0]))
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    # Properties that must not show in a manifest, e.g. a catalog's token.
    for key, value in json.loads(os.environ.get("LAKEBENCH_SECRET_CONF", "{}")).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        run(spark, sys.argv[1], lambda progress: None)
    finally:
        spark.stop()


def in_this_group(spark, function):
    """The function for another thread: its Spark jobs are counted with those of this one, and cancelled with them."""
    context = spark.sparkContext
    names = ("spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel")
    properties = {name: context.getLocalProperty(name) for name in names}

    def call(*arguments):
        for name, value in properties.items():
            context.setLocalProperty(name, value)
        return function(*arguments)

    return call


# Tables


def table_name(target):
    return ".".join("`%s`" % part for part in (target["catalog"], target["namespace"], target["table"]))


def iceberg_table(spark, name):
    """Iceberg's own table object, with metadata as it is now; None where there is no table."""
    if not spark.catalog.tableExists(name.replace("`", "")):
        return None
    table = spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name.replace("`", ""))
    table.refresh()
    return table


def snapshot_of(table):
    """Id and summary of the current snapshot; (None, {}) for a table without."""
    snapshot = table.currentSnapshot() if table is not None else None
    return (None, {}) if snapshot is None else (str(snapshot.snapshotId()), dict(snapshot.summary()))


def own(summary):
    """The entries of a snapshot's summary that lakebench wrote."""
    return {name: value for name, value in summary.items() if name.startswith(OWN)}


def rows_snapshot(table):
    """Id of the snapshot that last changed the rows; None for a table without."""
    snapshot_id, summary = snapshot_of(table)
    return summary.get(ROWS_OF, snapshot_id)


def carried_over(snapshot_id, summary):
    """Summary of a commit that changes no rows: where they come from, the batch that brought them, and its snapshot."""
    return {ROWS_OF: snapshot_id, **own(summary)}


def as_of(name, snapshot_id):
    """That snapshot in SQL, however often the table is committed to meanwhile."""
    return "%s VERSION AS OF %s" % (name, snapshot_id)


def partition_spec(table):
    """e.g. `["month(interaction_date)"]`."""
    fields = table.spec().fields()
    return [
        "%s(%s)" % (fields.get(i).transform().toString(), table.schema().findColumnName(fields.get(i).sourceId()))
        for i in range(fields.size())
    ]


# What both tables that queries ask may be partitioned by, and what windows of queries are about.
DATE_COLUMN = "interaction_date"


def layout_of(spark, name):
    """The current snapshot of a table, what it says of its rows, partition spec and data files, each with its bounds of the event date."""
    table = iceberg_table(spark, name)
    spec = partition_spec(table)
    snapshot_id, summary = snapshot_of(table)
    dated = table.schema().findField(DATE_COLUMN) is not None
    bound = "datediff(readable_metrics.`%s`.{0}_bound, date'1970-01-01')" % DATE_COLUMN if dated else "CAST(NULL AS INT)"
    files = spark.table(name + ".data_files").selectExpr(
        "file_size_in_bytes AS bytes",
        "record_count AS rows",
        ("CAST(partition AS STRING)" if spec else "CAST(NULL AS STRING)") + " AS partition",
        *[(bound + " AS {0}_day").format(end) for end in ("lower", "upper")],
    )
    return {
        "snapshot_id": snapshot_id,
        "summary": own(summary),
        "partitioned_by": ", ".join(spec) or None,
        "files": [file.asDict() for file in files.collect()],
    }


def ensure_namespace(spark, target):
    spark.sql("CREATE NAMESPACE IF NOT EXISTS `%s`.`%s`" % (target["catalog"], target["namespace"]))


def replace_table(frame, target, snapshot_properties, options=None):
    """Replace a table's content by the rows of a frame in one snapshot; schema, partition spec and properties are the target's."""
    from pyspark.sql import functions as F

    partition = target["partition"]
    writer = frame.writeTo(table_name(target)).using("iceberg")
    if partition:
        transforms = getattr(F, "partitioning", F)  # Their place since Spark 4.
        transform = {"day": transforms.days, "month": transforms.months}[partition["transform"]]
        writer = writer.partitionedBy(transform(partition["column"]))
    for key, value in target["properties"].items():
        writer = writer.tableProperty(key, value)
    if target["location"]:
        writer = writer.tableProperty("location", target["location"])
    with_options(writer, snapshot_properties, options or {}).createOrReplace()


def with_options(writer, snapshot_properties, options):
    for key, value in snapshot_properties.items():
        writer = writer.option("snapshot-property." + key, value)
    for key, value in options.items():
        writer = writer.option(key, value)
    return writer


# Measuring


def java_message(error):
    """Java's own words where Java failed, on one line."""
    throwable = getattr(error, "java_exception", None)
    text = str(throwable.getMessage() or throwable.toString()) if throwable is not None else str(error)
    return re.sub(r"\s+", " ", text)[:500]


def answer(spark, document, measured, **fields):
    """Write the result document of a job."""
    head = {
        "version": DOCUMENT_VERSION,
        "job": document["job"],
        "run_id": document["run_id"],
        "spark_version": spark.version,
        "measured": measured,
    }
    write_document(spark, document["result"], {**head, **fields})
