"""silver-stream: what bronze gained since the last batch, snapshot by snapshot, through the expressions of the batch silver."""
import json

import common
import stream
from stream_maintenance import READ_FROM

VIEW = "lakebench_bronze_rows"
# In an offset of Iceberg's source over a table without snapshots.
NO_SNAPSHOT = -1


class SilverStream(stream.TableStream):
    source_snapshot = common.BRONZE_SNAPSHOT

    def schema(self):
        return self.enriched(self.spark.table(self.source_name).where("false")).schema

    def source(self):
        return self.spark.readStream.table(self.source_name.replace("`", ""))

    def make_batch(self, frame, epoch, summary):
        bronze = common.iceberg_table(self.spark, self.source_name)
        end = self.end_of(epoch)
        if end == NO_SNAPSHOT:
            return None
        snapshot, before = bronze.snapshot(end), summary.get(common.BRONZE_SNAPSHOT)
        if snapshot is None:
            raise common.JobError(
                "Snapshot %d of %s, which %s is to read up to, is gone: expire no snapshots while the streams run."
                % (end, self.source_name, self.name)
            )
        read = dict(snapshot.summary())
        properties = {common.BRONZE_SNAPSHOT: str(end), common.INGESTED_AT: read[common.INGESTED_AT], READ_FROM: before or ""}
        rows = total_rows(snapshot) - (total_rows(bronze.snapshot(int(before))) if before else 0)
        return stream.Batch(self.enriched(frame), rows, properties, int(read[stream.BATCH]))

    def end_of(self, epoch):
        """Id of the snapshot that an epoch reads up to, as Spark wrote it down before it began."""
        text = common.read_text(self.spark, "%s/offsets/%d" % (self.document["checkpoint"], epoch))
        return int(json.loads(text.strip().splitlines()[-1])["snapshot_id"])

    def enriched(self, rows):
        rows.createOrReplaceTempView(VIEW)
        return rows.sparkSession.sql(self.document["select"].replace("{raw}", VIEW))


def total_rows(snapshot):
    return int(dict(snapshot.summary())["total-records"])
