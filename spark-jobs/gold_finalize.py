"""gold-finalize: one aggregation of silver into one row a date."""
import common
import table_care
from meter import Meter


def run(spark, job_uri, report):
    document = common.read_document(spark, job_uri)
    meter = Meter(spark)
    silver_name = common.table_name(document["silver"])
    silver = common.iceberg_table(spark, silver_name)
    silver_snapshot, summary = common.snapshot_of(silver)
    rows = int(summary.get("total-records", 0))
    if rows == 0:
        raise common.JobError("The silver table has no rows, so there is nothing to aggregate. Run silver-build on data first.")
    report({"rows_total": rows})

    frame, small = rows_of_gold(spark, document, silver_name, silver)
    target = document["target"]
    common.ensure_namespace(spark, target)
    properties = {**document["snapshot_properties"], common.SILVER_SNAPSHOT: summary.get(common.ROWS_OF, silver_snapshot)}
    # Gold is of the data that silver is of, whatever lies in the raw folder by now.
    properties.update({name: summary[name] for name in (common.CORPUS, common.INGESTED_AT) if name in summary})
    common.replace_table(frame, target, properties, document["write_options"])

    gold_name = common.table_name(target)
    gold = common.iceberg_table(spark, gold_name)
    snapshot_id, written = common.snapshot_of(gold)
    measured = meter.stop()
    layout = common.layout_of(spark, gold_name)
    common.answer(
        spark,
        document,
        measured,
        snapshot_id=snapshot_id,
        distinct="sets" if small else "expand",
        input_rows=rows,
        input_bytes=int(summary["total-files-size"]),
        output_rows=int(written["total-records"]),
        output_files=int(written["total-data-files"]),
        output_bytes=int(written["total-files-size"]),
        # Not the job's work, so it is read, and the tables are checked, when the meter stands.
        layout=layout,
        checks=table_care.checks(spark, document["checks"], report),
    )


def rows_of_gold(spark, document, silver_name, silver):
    """Gold's rows from the current snapshot of silver, and whether dates are small enough to count their customers as sets."""
    snapshot_id, summary = common.snapshot_of(silver)
    small = rows_of_a_date(spark, silver_name, silver, int(summary["total-records"])) <= document["small_date_rows"]
    select = document["select_small_dates" if small else "select_any_dates"]
    # One row a date is little: one task writes it, hence one file a partition.
    return spark.sql(select.replace("{silver}", common.as_of(silver_name, snapshot_id))).repartition(1), small


def rows_of_a_date(spark, name, table, rows):
    """No date has more rows than the fullest partition, nor more than the table."""
    if rows <= 1_000_000 or table.spec().isUnpartitioned():
        return rows
    return spark.table(name + ".partitions").selectExpr("max(record_count)").first()[0]


if __name__ == "__main__":
    common.main(run)
