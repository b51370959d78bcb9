"""gold-refresh: gold from the whole of silver, replaced each time that silver has gained something since the last trigger."""
import datetime

import common
import gold_finalize
import stream_job
import stream_table
import streaming
import table_stream


class GoldRefresh(table_stream.TableStream):
    """Silver as a stream says only that there is something new; its rows are not read from there."""

    replacing = True

    def __init__(self, spark, document):
        super().__init__(spark, document)
        # Silver's batch that gold was last made of.
        self.used = None
        self.using = None

    def schema(self):
        return self.spark.sql(self.document["select_small_dates"].replace("{silver}", self.source_name)).schema

    def take(self, frame, position, offset):
        silver = common.iceberg_table(self.spark, self.source_name)
        there = stream_table.position(silver, self.document["upstream"], self.run)
        snapshot_id, summary = common.snapshot_of(silver)
        read_up_to = self.read_up_to(silver, offset)
        if there is None or there.batch in (0, self.used) or read_up_to is None:
            return None
        rows = int(summary["total-records"])
        small = gold_finalize.rows_of_a_date(self.spark, self.source_name, silver, rows) <= self.document["small_date_rows"]
        select = self.document["select_small_dates" if small else "select_any_dates"]
        properties = {common.SILVER_SNAPSHOT: there.rows_of}
        if there.through_ms is not None:
            landed = datetime.datetime.fromtimestamp(there.through_ms / 1000, datetime.timezone.utc)
            properties[common.INGESTED_AT] = landed.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        self.using = there.batch
        return streaming.Taken(
            # One row a date is little: one task writes it.
            self.spark.sql(select.replace("{silver}", common.as_of(self.source_name, snapshot_id))).repartition(1),
            rows,
            "%d@%d" % (read_up_to.snapshotId(), read_up_to.timestampMillis()),
            there.through_ms,
            properties,
            there.batch,
        )

    def kept(self):
        self.used = self.using


run = stream_job.job(GoldRefresh)

if __name__ == "__main__":
    common.main(run)
