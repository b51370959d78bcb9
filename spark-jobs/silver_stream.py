"""silver-stream: what bronze gained since the last batch, snapshot by snapshot, through the expressions of the batch silver."""
import common
import stream_job
import stream_table
import streaming
import table_stream

VIEW = "lakebench_bronze_rows"


class SilverStream(table_stream.TableStream):
    def schema(self):
        empty = self.spark.table(self.source_name).where("false")
        return self.enriched(empty).schema

    def take(self, frame, position, offset):
        bronze = common.iceberg_table(self.spark, self.source_name)
        end = self.read_up_to(bronze, offset)
        if end is None:
            return None
        last = position.offset.split("@")[0]
        rows, through = 0, position.through_ms
        for snapshot, summary in stream_table.snapshots(bronze, end):
            if str(snapshot.snapshotId()) == last:
                break
            if snapshot.operation() == "append":
                rows += int(summary.get("added-records", 0))
        there = stream_table.position(bronze, self.document["upstream"], self.run, end)
        if there is None:
            raise common.JobError("The table %s is no table of run %s any more." % (self.source_name, self.run))
        if there.through_ms is not None:
            through = max(there.through_ms, through or 0)
        return streaming.Taken(
            self.enriched(frame),
            rows,
            "%d@%d" % (end.snapshotId(), end.timestampMillis()),
            through,
            {common.BRONZE_SNAPSHOT: there.rows_of},
            there.batch,
        )

    def enriched(self, rows):
        rows.createOrReplaceTempView(VIEW)
        return rows.sparkSession.sql(self.document["select"].replace("{raw}", VIEW))


run = stream_job.job(SilverStream)

if __name__ == "__main__":
    common.main(run)
