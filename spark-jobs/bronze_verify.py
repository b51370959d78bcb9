"""bronze-verify: every footer, then each checked column once. The payload, 94 % of the bytes, is never decoded."""
import common


def run(spark, job_uri, report):
    document = common.read_document(spark, job_uri)
    meter = common.Meter(spark)
    raw = document["raw"]
    files = common.read_footers(spark, raw["files"])
    readable = [f for f in files if not f.problem]
    problems = [
        {"file": f.key, "column": column, "problem": problem, "type": kind}
        for f in readable
        for column, problem, kind in common.column_problems(f.schema, raw["columns"])
    ]
    broken = bool(problems) or len(readable) < len(files) or not files

    scans = None
    unreadable = [{"file": f.key, "message": f.problem} for f in files if f.problem]
    if not broken:
        try:
            scans = scan(spark, document, readable)
        except Exception as error:
            unreadable = broken_data(spark, document, readable)
            if not unreadable:  # Nothing fails alone, so it was no file.
                raise error
    schemas = sorted({f.schema for f in files if f.schema is not None})
    number = {schema: n for n, schema in enumerate(schemas)}
    null_counts = None if broken or not scans else footer_null_counts(spark, document, readable)
    common.answer(
        spark,
        document,
        meter.stop(),
        files=[{"key": f.key, "rows": f.rows, "schema": number.get(f.schema)} for f in files],
        schemas=[[{"name": n, "type": t, "optional": o} for n, t, o in s] for s in schemas],
        unreadable=unreadable,
        problems=problems,
        content=scans and scans[0],
        keys=scans and scans[1],
        null_counts=null_counts,
    )


def scan(spark, document, files):
    """Counts of contents, and rows by date, flag and id: two statements that share no column."""
    common.raw_frame(spark, files, document["raw"]["columns"]).createOrReplaceTempView(common.RAW_VIEW)
    (content,) = spark.sql(document["content_sql"].replace("{raw}", common.RAW_VIEW)).collect()
    keys = spark.sql(document["keys_sql"].replace("{raw}", common.RAW_VIEW)).collect()
    return content.asDict(), [row.asDict() for row in keys]


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
    columns = document["footer_null_columns"]
    settings = {"spark.sql.sources.useV1SourceList": "", "spark.sql.parquet.aggregatePushdown": "true"}
    before = {key: spark.conf.get(key, None) for key in settings}
    try:
        for key, value in settings.items():
            spark.conf.set(key, value)
        counts = ", ".join("count(`{0}`) AS `{0}`".format(c) for c in columns)
        frame = common.read_parquet(spark, [f.uri for f in files]).selectExpr(*counts.split(", "))
        # Without the pushdown this would decode the payload, so the plan is looked at first.
        if "PushedAggregation: [COUNT" not in frame._jdf.queryExecution().explainString(
            spark._jvm.org.apache.spark.sql.execution.ExplainMode.fromString("formatted")
        ):
            return None
        (row,) = frame.collect()
        rows = sum(f.rows for f in files)
        return {name: rows - count for name, count in row.asDict().items()}
    except Exception:
        return None
    finally:
        for key, value in before.items():
            spark.conf.unset(key) if value is None else spark.conf.set(key, value)


if __name__ == "__main__":
    common.main(run)
