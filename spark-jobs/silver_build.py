"""silver-build: raw rows to the enriched table, by one of four ways to write. All give the same rows."""
import datetime

import common
import raw_data
from meter import Meter

STAGING_BRANCH = "lakebench_staging"
EPOCH = datetime.date(1970, 1, 1)


def run(spark, job_uri, report):
    document = common.read_document(spark, job_uri)
    meter = Meter(spark)
    files = raw_data.usable_raw_files(spark, document)
    target = document["target"]
    common.ensure_namespace(spark, target)
    for key, value in document["settings"].items():
        spark.conf.set(key, value)
    rows = sum(f.rows for f in files)
    report({"rows_total": rows})
    try:
        steps = STRATEGIES[document["strategy"]["name"]](spark, document, files, report)
    finally:
        for key in document["settings"]:
            spark.conf.unset(key)
    name = common.table_name(target)
    table = common.iceberg_table(spark, name)
    snapshot_id, summary = common.snapshot_of(table)
    held = partitions(spark, target, summary)
    measured = meter.stop()
    common.answer(
        spark,
        document,
        measured,
        strategy=document["strategy"]["name"],
        steps=steps,
        snapshot_id=snapshot_id,
        input_rows=rows,
        raw_input=raw_data.raw_input(files),
        output_rows=int(summary["total-records"]),
        output_files=int(summary["total-data-files"]),
        output_bytes=int(summary["total-files-size"]),
        partitions=held,
        # Not the job's work, so it is read when the meter stands.
        layout=common.layout_of(spark, name),
    )


def silver(spark, document, files, where="", cluster=None):
    """The silver rows of some files. Rows are clustered before they are derived: half the columns go through the shuffle."""
    frame = raw_data.raw_frame(spark, files, document["raw"]["columns"])
    if cluster:
        from pyspark.sql import functions as F

        frame = frame.where(document["filter"]).repartition(document["strategy"]["tasks"], *[F.expr(e) for e in cluster])
    frame.createOrReplaceTempView(raw_data.RAW_VIEW)
    return spark.sql(document["select"].replace("{raw}", raw_data.RAW_VIEW).replace("{where}", where or "true"))


def clustered(spark, document, files, report):
    """simple, salted: one shuffle by what the strategy clusters by, then every task writes its partitions."""
    frame = silver(spark, document, files, cluster=document["strategy"]["cluster_by"])
    common.replace_table(frame, document["target"], document["snapshot_properties"], document["write_options"])
    return 1


def streaming(spark, document, files, report):
    """No shuffle: every task writes the partitions it meets, sorted within the task where too many would be open at once."""
    frame = silver(spark, document, files)
    options = dict(document["write_options"])
    if document["strategy"]["sort_within_tasks"]:
        frame = frame.sortWithinPartitions(document["strategy"]["sort_within_tasks"])
        options["fanout-enabled"] = "false"
    common.replace_table(frame, document["target"], document["snapshot_properties"], options)
    return 1


def chunked(spark, document, files, report):
    """
    Date range after date range, each reading only the files whose footer says that they touch it. The ranges are written to a
    branch, so that readers see the old table until the last one is in.
    """
    chunks = document["strategy"]["chunks"]
    ranges = raw_data.time_ranges(spark, files, "event_timestamp")
    parts = [(chunk, [f for f in files if touches(ranges[f.uri], chunk)]) for chunk in chunks]
    report({"rows_total": sum(f.rows for f in files), "reads_total": sum(f.rows for _, part in parts for f in part)})
    target = document["target"]
    name = common.table_name(target)
    table = prepare(spark, document, files)
    manage = table.manageSnapshots()
    if STAGING_BRANCH in table.refs():
        manage = manage.removeBranch(STAGING_BRANCH)
    manage.createBranch(STAGING_BRANCH).commit() if table.currentSnapshot() is None else manage.createBranch(
        STAGING_BRANCH, table.currentSnapshot().snapshotId()
    ).commit()

    steps = 0
    for chunk, touched in parts:
        if not touched and steps > 0:
            continue
        frame = silver(spark, document, touched or files[:1], where=chunk["where"] if touched else "false")
        branch = frame.writeTo("%s.`branch_%s`" % (name, STAGING_BRANCH))
        writer = common.with_options(branch, document["snapshot_properties"], document["write_options"])
        if steps == 0:
            from pyspark.sql import functions as F

            writer.overwrite(F.lit(True))
        else:
            writer.append()
        steps += 1
    table.refresh()
    table.manageSnapshots().replaceBranch("main", STAGING_BRANCH).removeBranch(STAGING_BRANCH).commit()
    return steps


def touches(days, chunk):
    """Bounds inclusive; a file of unknown range, and rows without a date, may be in any chunk."""
    if days is None or chunk["from"] is None:
        return True
    number = lambda text: (datetime.date.fromisoformat(text) - EPOCH).days
    return days[0] <= number(chunk["to"]) and days[1] >= number(chunk["from"])


def prepare(spark, document, files):
    """The target with the wanted columns and partition spec: as it is where it fits, else replaced by an empty one."""
    target = document["target"]
    name = common.table_name(target)
    table = common.iceberg_table(spark, name)
    empty = silver(spark, document, files[:1], where="false")
    wanted = [f.name for f in empty.schema.fields]
    transform = "%s(%s)" % (target["partition"]["transform"], target["partition"]["column"]) if target["partition"] else None
    if table is not None:
        if common.partition_spec(table) == ([transform] if transform else []) and spark.table(name).columns == wanted:
            update = table.updateProperties()
            for key, value in target["properties"].items():
                update = update.set(key, value)
            update.commit()
            return table
    common.replace_table(empty, target, document["snapshot_properties"])
    return common.iceberg_table(spark, name)


def partitions(spark, target, summary):
    """Partitions that hold rows."""
    if not target["partition"]:
        return 1
    if "changed-partition-count" in summary and summary.get("total-records") == summary.get("added-records"):
        return int(summary["changed-partition-count"])
    return spark.table(common.table_name(target) + ".partitions").count()


STRATEGIES = {"simple": clustered, "salted": clustered, "streaming": streaming, "chunked": chunked}

if __name__ == "__main__":
    common.main(run)
