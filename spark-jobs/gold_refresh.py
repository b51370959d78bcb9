"""gold-refresh: gold from the whole of silver, replaced at each trigger that finds silver changed."""
import common
import gold_finalize
import stream
from stream_maintenance import READ_FROM


class GoldRefresh(stream.TableStream):
    source_snapshot = common.SILVER_SNAPSHOT

    def schema(self):
        return self.spark.sql(self.document["select_small_dates"].replace("{silver}", self.source_name)).schema

    def make_batch(self, frame, epoch, summary):
        silver = common.iceberg_table(self.spark, self.source_name)
        _, read = common.snapshot_of(silver)
        rows_of, before = common.rows_snapshot(silver), summary.get(common.SILVER_SNAPSHOT)
        if rows_of == before:
            return None
        frame, _ = gold_finalize.rows_of_gold(self.spark, self.document, self.source_name, silver)
        properties = {common.SILVER_SNAPSHOT: rows_of, common.INGESTED_AT: read[common.INGESTED_AT], READ_FROM: before or ""}
        return stream.Batch(frame, int(read["total-records"]), properties, int(read[stream.BATCH]))

    def write(self, frame, properties):
        from pyspark.sql import functions as F

        common.with_options(frame.writeTo(self.table_name), properties, self.document["write_options"]).overwrite(F.lit(True))
