"""bronze-verify: every footer, then each checked column once. The payload, 94 % of the bytes, is never decoded."""
from concurrent.futures import ThreadPoolExecutor

import common
import raw_data
from meter import Meter

# Each reads every row.
STATEMENTS = 2
# Column of the raw rows, and of what the second statement counts in them.
UNFIT = "unfit"


def run(spark, job_uri, report):
    document = common.read_document(spark, job_uri)
    meter = Meter(spark)
    raw = document["raw"]
    files = raw_data.read_footers(spark, raw["files"], raw["columns"])
    readable = [f for f in files if not f.problem and raw_data.is_readable(f.schema, raw["columns"])]
    broken = len(readable) < len(files) or not files

    scans, null_counts, unfit = None, None, []
    unreadable = [{"file": f.key, "message": f.problem} for f in files if f.problem]
    if not broken:
        rows = sum(f.rows for f in readable)
        report({"rows_total": rows, "reads_total": STATEMENTS * rows})
        with ThreadPoolExecutor(1) as pool:
            footers = pool.submit(common.in_this_group(spark, footer_null_counts), spark, document, readable)
            try:
                scans = scan(spark, document, readable)
                null_counts = footers.result()
                if any(row[UNFIT] for row in scans[1]):
                    unfit = raw_data.count_unfit(spark, readable, raw["columns"])
            except Exception as error:
                unreadable = broken_data(spark, document, readable)
                if not unreadable:  # Nothing fails alone, so it was no file.
                    raise error
    schemas = sorted({f.schema for f in files if f.schema is not None})
    number = {schema: n for n, schema in enumerate(schemas)}
    common.answer(
        spark,
        document,
        meter.stop(),
        files=[{"key": f.key, "rows": f.rows, "schema": number.get(f.schema)} for f in files],
        schemas=[[raw_data.field_entry(field) for field in s] for s in schemas],
        unreadable=unreadable,
        unfit=unfit,
        raw_input=scans and raw_data.raw_input(readable),
        content=scans and scans[0],
        keys=scans and scans[1],
        null_counts=null_counts,
    )


def scan(spark, document, files):
    """
    Counts of contents, and rows by date, flag and id: two statements that share no column. They run side by side, so that one is
    planned and compiled while the other reads.
    """
    raw_data.raw_frame(spark, files, document["raw"]["columns"], unfit_name=UNFIT).createOrReplaceTempView(raw_data.RAW_VIEW)

    def rows(statement):
        return [row.asDict() for row in spark.sql(document[statement].replace("{raw}", raw_data.RAW_VIEW)).collect()]

    with ThreadPoolExecutor(1) as pool:
        keys = pool.submit(common.in_this_group(spark, rows), "keys_sql")
        (content,) = rows("content_sql")
        return content, keys.result()


def broken_data(spark, document, files):
    """A scan over all files failed: those whose pages cannot be read, told one by one."""
    found = []
    for file in files:
        try:
            scan(spark, document, [file])
        except Exception as error:
            found.append({"file": file.key, "message": "its data cannot be read: " + common.java_message(error)})
    return found


def footer_null_counts(spark, document, files):
    """NULLs of the columns that no statement reads, from the footers by Spark's own aggregate pushdown; None where one is silent."""
    session = spark.newSession()  # Its settings are its own.
    session.conf.set("spark.sql.sources.useV1SourceList", "")
    session.conf.set("spark.sql.parquet.aggregatePushdown", "true")
    counts = ["count(`{0}`) AS `{0}`".format(c) for c in document["footer_null_columns"]]
    try:
        # Types do not matter to a count, and a schema spares Spark those that it does not know.
        schema = ", ".join("`%s` %s" % (c["name"], c["type"]) for c in document["raw"]["columns"])
        frame = raw_data.read_parquet(session.read.schema(schema), [f.uri for f in files]).selectExpr(*counts)
        # Without the pushdown this would decode the payload, so the plan is looked at first.
        if "PushedAggregation: [COUNT" not in frame._jdf.queryExecution().explainString(
            session._jvm.org.apache.spark.sql.execution.ExplainMode.fromString("formatted")
        ):
            return None
        (row,) = frame.collect()
        rows = sum(f.rows for f in files)
        return {name: rows - count for name, count in row.asDict().items()}
    except Exception:
        return None


if __name__ == "__main__":
    common.main(run)
