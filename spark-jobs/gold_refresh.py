"""gold-refresh: gold from the whole of silver, replaced at each trigger that finds silver changed."""
import common
import gold_finalize
import stream
from stream_maintenance import READ_FROM


class GoldRefresh(stream.Stream):
    def __init__(self, spark, document):
        super().__init__(spark, document)
        self.source_name = common.table_name(document["source"])

    def schema(self):
        return self.spark.sql(self.document["select_small_dates"].replace("{silver}", self.source_name)).schema

    def make_batch(self, frame, epoch, summary):
        silver = common.iceberg_table(self.spark, self.source_name)
        snapshot_id, read = common.snapshot_of(silver)
        rows_of, before = common.rows_snapshot(silver), summary.get(common.SILVER_SNAPSHOT)
        if rows_of == before:
            return None
        rows = int(read["total-records"])
        small = gold_finalize.rows_of_a_date(self.spark, self.source_name, silver, rows) <= self.document["small_date_rows"]
        select = self.document["select_small_dates" if small else "select_any_dates"]
        # One row a date is little: one task writes it.
        frame = self.spark.sql(select.replace("{silver}", common.as_of(self.source_name, snapshot_id))).repartition(1)
        properties = {common.SILVER_SNAPSHOT: rows_of, common.INGESTED_AT: read[common.INGESTED_AT], READ_FROM: before or ""}
        return stream.Batch(frame, rows, properties, int(read[stream.BATCH]))

    def write(self, frame, properties):
        from pyspark.sql import functions as F

        common.with_options(frame.writeTo(self.table_name), properties, self.document["write_options"]).overwrite(F.lit(True))

    def is_caught_up(self, summary):
        silver = common.rows_snapshot(common.iceberg_table(self.spark, self.source_name))
        return silver == summary.get(common.SILVER_SNAPSHOT)
