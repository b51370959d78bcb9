"""Raw files: what their footers say, and their rows in the columns of lakebench."""
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor

import common

RAW_VIEW = "lakebench_raw"
FOOTER_THREADS = 16


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
            file.problem = "its footer cannot be read: " + common.java_message(error)
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
        raise common.JobError("There are no raw files. Make some with --generate, or put Parquet files below customer/interactions/.")
    for file in files:
        if file.problem or not is_readable(file.schema, document["raw"]["columns"]):
            why = file.problem or "a column is missing or of another type"
            raise common.JobError("%s: %s. Run bronze-verify for the whole list." % (file.key, why))
    return files


def show_rows(spark, document):
    """Makes all raw rows the view that the document's SQL reads."""
    files = usable_raw_files(spark, document)
    raw_frame(spark, files, document["raw"]["columns"]).createOrReplaceTempView(RAW_VIEW)
