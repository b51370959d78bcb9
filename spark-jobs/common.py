"""What the jobs share: documents, raw files and their footers, tables, and what a job measures of itself.

A job takes one argument, the URI of a JSON job document, and writes one JSON result document to the URI that stands in it. Both are
described by the JSON Schema files that the package ships. Needs pyspark 3.5 or later and nothing else.
"""
import hashlib
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

DOCUMENT_VERSION = 1
RAW_VIEW = "lakebench_raw"
# What snapshots say of where their rows come from; see `src/contracts/lineage.ts`.
OWN = "lakebench."
CORPUS, INGESTED_AT = "lakebench.corpus", "lakebench.ingested-at"
BRONZE_SNAPSHOT, SILVER_SNAPSHOT, ROWS_OF = "lakebench.bronze-snapshot", "lakebench.silver-snapshot", "lakebench.rows-of"
FOOTER_THREADS = 16


class JobError(Exception):
    """What stops a job, in words for the user."""


# Documents


def read_document(spark, uri):
    """The JSON document at a URI that Hadoop's file systems reach."""
    jvm = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(uri)
    stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).open(path)
    try:
        text = jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
    finally:
        stream.close()
    document = json.loads(text)
    if document.get("version") != DOCUMENT_VERSION:
        raise JobError(
            "The job document %s has version %r, these jobs read %d. Use the jobs of the same lakebench."
            % (uri, document.get("version"), DOCUMENT_VERSION)
        )
    return document


def write_document(spark, uri, document):
    """Whole or not at all: readers look while it is written."""
    text = json.dumps(document, allow_nan=False)
    if uri.startswith("file:"):
        path = uri.replace("file://", "", 1)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".part", path)
        return
    jvm = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(uri)
    stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).create(path, True)
    try:
        stream.write(bytearray(text.encode("utf-8")))
    finally:
        stream.close()


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


# Raw files


class RawFile:
    """One raw file and what its footer says; `problem` in place of it where it cannot be read."""

    def __init__(self, entry):
        self.uri, self.key, self.bytes = entry["uri"], entry["key"], entry["bytes"]
        self.rows = None
        self.schema = None
        self.problem = None


# By the text of a schema: the files of a corpus share one.
SCHEMAS = {}
WIDTHS = {"8": "byte", "16": "short", "32": "int", "64": "long"}
UNITS = {"MILLIS": "ms", "MICROS": "us", "NANOS": "ns"}
PLAIN = {"int32": "int", "int64": "long", "int96": "timestamp(int96)", "fixed_len_byte_array": "binary"}


def type_word(physical, logical):
    """A Parquet type in the words of `src/workload/raw-schema.ts`."""
    name, _, rest = (logical or "").partition("(")
    details = rest.rstrip(")").split(",")
    if name == "INTEGER":
        return ("" if details[1] == "true" else "unsigned_") + WIDTHS[details[0]]
    if name == "DECIMAL":
        return "%s(%s)" % ("decimal" if int(details[0]) <= 38 else "wide_decimal", ",".join(details))
    if name == "TIMESTAMP":
        return "timestamp(%s)" % UNITS.get(details[0], details[0])
    if name in ("STRING", "ENUM", "JSON"):
        return "string"
    if name == "UNKNOWN":
        return "null"
    return name.lower() if name else PLAIN.get(physical.lower(), physical.lower())


def names_inside(group):
    return [name for field in group.getFields() for name in [field.getName()] + ([] if field.isPrimitive() else names_inside(field))]


def parse_field(field):
    logical = field.getLogicalTypeAnnotation()
    logical = logical.toString() if logical is not None else None
    repetition = field.getRepetition().toString()
    if field.isPrimitive():
        kind, inside = type_word(field.asPrimitiveType().getPrimitiveTypeName().toString(), logical), []
    else:
        kind, inside = {"LIST": "list", "MAP": "map"}.get(logical, "struct"), names_inside(field.asGroupType())
    return field.getName(), "list" if repetition == "REPEATED" else kind, repetition != "REQUIRED", tuple(inside)


def parse_schema(message):
    """Top-level fields of a file: ((name, type, optional, names inside), …)."""
    text = message.toString()
    if text not in SCHEMAS:
        SCHEMAS[text] = tuple(parse_field(field) for field in message.getFields())
    return SCHEMAS[text]


def field_entry(field):
    name, kind, optional, inner = field
    return {"name": name, "type": kind, "optional": optional, "inner": list(inner)}


def with_null_types(jvm, source, schema):
    """The schema with Arrow's null type told apart from plain integers, which Parquet before 1.16 does not do."""
    stream = source.newStream()
    try:
        stream.seek(source.getLength() - 8)
        stream.seek(source.getLength() - 8 - jvm.org.apache.parquet.bytes.BytesUtils.readIntLittleEndian(stream))
        elements = jvm.org.apache.parquet.format.Util.readFileMetaData(stream).getSchema()
        empty = {e.getName() for e in elements if e.isSetLogicalType() and e.getLogicalType().isSetUNKNOWN()}
    finally:
        stream.close()
    return tuple((f[0], "null" if f[1] == "int" and f[0] in empty else f[1], *f[2:]) for f in schema)


def read_footers(spark, entries, columns):
    """Every file's footer, several at a time; no data page is read."""
    jvm = spark._jvm
    conf = spark._jsc.hadoopConfiguration()
    parquet = jvm.org.apache.parquet.hadoop

    def look(entry):
        file = RawFile(entry)
        try:
            source = parquet.util.HadoopInputFile.fromPath(jvm.org.apache.hadoop.fs.Path(file.uri), conf)
            file.bytes = source.getLength()
            reader = parquet.ParquetFileReader.open(source)
            try:
                file.rows = reader.getRecordCount()
                file.schema = parse_schema(reader.getFileMetaData().getSchema())
                if not is_readable(file.schema, columns):
                    file.schema = with_null_types(jvm, source, file.schema)
            finally:
                reader.close()
        except Exception as error:
            file.problem = "its footer cannot be read: " + java_message(error)
        return file

    with ThreadPoolExecutor(FOOTER_THREADS) as pool:
        return list(pool.map(look, entries))


def time_ranges(spark, files, column):
    """First and last value of a column in each file, from its footer, as days since 1970; None where a row group is silent."""
    jvm = spark._jvm
    conf = spark._jsc.hadoopConfiguration()
    parquet = jvm.org.apache.parquet.hadoop
    day = 86_400_000_000

    def look(file):
        source = parquet.util.HadoopInputFile.fromPath(jvm.org.apache.hadoop.fs.Path(file.uri), conf)
        reader = parquet.ParquetFileReader.open(source)
        try:
            low, high = None, None
            blocks = reader.getFooter().getBlocks()
            index = [f[0] for f in file.schema].index(column)
            for number in range(blocks.size()):
                chunk = blocks.get(number).getColumns().get(index)
                statistics = chunk.getStatistics()
                if chunk.getPath().toDotString() != column or statistics is None or not statistics.hasNonNullValue():
                    return None
                first, last = statistics.genericGetMin(), statistics.genericGetMax()
                low = first if low is None else min(low, first)
                high = last if high is None else max(high, last)
            return None if low is None else (low // day, high // day)
        except Exception:
            return None  # It may hold any date, then.
        finally:
            reader.close()

    micros = [f for f in files if (column, "timestamp(us)") in [field[:2] for field in f.schema]]
    with ThreadPoolExecutor(FOOTER_THREADS) as pool:
        ranges = dict(zip([f.uri for f in micros], pool.map(look, micros)))
    return {f.uri: ranges.get(f.uri) for f in files}


def reading_of(schema, column):
    """How a column is read: (Spark's type in the file or '', SQL, whether values may be lost); None where it cannot be."""
    alike = [field for field in schema if field[0].lower() == column["name"]]
    if len(alike) != 1 or alike[0][0] != column["name"]:
        return None
    kind = alike[0][1]
    reading = column["readings"].get(kind) or column["readings"].get(kind.partition("(")[0])
    # A decimal is read with the digits that it has.
    return reading and (kind if reading["read"] is None else reading["read"], reading["sql"], reading["lossy"])


def is_readable(schema, columns):
    return all(reading_of(schema, column) for column in columns)


GLOB_CHARACTERS = re.compile(r"[\\{}\[\]*?]")


def read_parquet(reader, uris):
    """Exactly these files: Spark takes paths for patterns, so what would be one in a name is escaped."""
    return reader.parquet(*[GLOB_CHARACTERS.sub(r"\\\g<0>", uri) for uri in uris])


def alike(files, columns):
    """[(files, how each column is read)]: a read has one schema."""
    groups = {}
    for file in files:
        groups.setdefault(tuple(reading_of(file.schema, c) for c in columns), []).append(file)
    return [(group, readings) for readings, group in groups.items()]


def read_group(spark, files, columns, readings):
    """The columns as they lie in the files; a schema spares Spark the columns that nothing reads, whatever their types."""
    schema = ["`%s` %s" % (c["name"], read) for c, (read, _, _) in zip(columns, readings) if read]
    # Where every column is of Arrow's null type, one that is not there counts the rows.
    return read_parquet(spark.read.schema(", ".join(schema) or "lakebench_none INT"), [f.uri for f in files])


def unfit(column, sql):
    return "CASE WHEN `%s` IS NOT NULL AND %s IS NULL THEN 1 ELSE 0 END" % (column["name"], sql)


def raw_frame(spark, files, columns, more=(), unfit_name=None):
    """
    The raw rows with the columns in their own types, and more columns. A value that has no place in its column is NULL;
    `unfit_name` is a column with their number in a row.
    """
    frame = None
    for group, readings in alike(files, columns):
        select = ["%s AS `%s`" % (sql, c["name"]) for c, (_, sql, _) in zip(columns, readings)]
        lost = [unfit(c, sql) for c, (_, sql, lossy) in zip(columns, readings) if lossy]
        counted = ["%s AS %s" % (" + ".join(lost) or "0", unfit_name)] if unfit_name else []
        part = read_group(spark, group, columns, readings).selectExpr(*select, *more, *counted)
        frame = part if frame is None else frame.unionByName(part)
    return frame


def count_unfit(spark, files, columns):
    """Values that have no place in their columns: [{file, column, rows}]."""
    hadoop = spark._jvm.org.apache.hadoop.fs
    found = []
    for group, readings in alike(files, columns):
        keys = {hadoop.Path(f.uri).toString(): f.key for f in group}
        lost = [(c["name"], unfit(c, sql)) for c, (_, sql, lossy) in zip(columns, readings) if lossy]
        if not lost:
            continue
        frame = read_group(spark, group, columns, readings).selectExpr(
            "_metadata.file_path AS lakebench_file", *["%s AS `%s`" % (sql, name) for name, sql in lost]
        )
        for row in frame.groupBy("lakebench_file").sum().collect():
            key = keys[hadoop.Path(spark._jvm.java.net.URI(row["lakebench_file"])).toString()]
            found += [{"file": key, "column": n, "rows": row["sum(%s)" % n]} for n, _ in lost if row["sum(%s)" % n]]
    return found


def raw_input(files):
    """Which raw files a job read, as `rawInput` in `src/workload/raw-files.ts` says it, and the rows by their footers."""
    text = "".join("%s\n%d\n" % (f.key, f.bytes) for f in files)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return {"digest": digest, "files": len(files), "rows": sum(f.rows for f in files)}


def usable_raw_files(spark, document):
    """Footers of all raw files, for stages after verification: a break means that it was left out, or files changed since."""
    files = read_footers(spark, document["raw"]["files"], document["raw"]["columns"])
    if not files:
        raise JobError("There are no raw files. Make some with --generate, or put Parquet files below customer/interactions/.")
    for file in files:
        if file.problem or not is_readable(file.schema, document["raw"]["columns"]):
            why = file.problem or "a column is missing or of another type"
            raise JobError("%s: %s. Run bronze-verify for the whole list." % (file.key, why))
    return files


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
    """What lakebench wrote into it."""
    return {name: value for name, value in summary.items() if name.startswith(OWN)}


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
