"""A stream over the snapshots of an Iceberg table."""
import common
import stream_text
import streaming

# In an offset of Iceberg's source over a table without snapshots.
NO_SNAPSHOT = -1


class TableStream(streaming.Stream):
    @property
    def source_name(self):
        return common.table_name(self.document["source"])

    def source(self, position):
        reader = self.spark.readStream
        if position.offset and stream_text.is_empty(self.spark, self.document["checkpoint"] + "/offsets"):
            # The checkpoint is lost, or was made anew and never used, but the table knows how far it is.
            reader = reader.option("stream-from-timestamp", int(position.offset.split("@")[1]) + 1)
        return reader.table(self.source_name.replace("`", ""))

    def read_up_to(self, table, offset):
        """The snapshot of the source that an offset ends with; None where the source had none yet."""
        snapshot_id = stream_text.snapshot_in(offset)
        snapshot = table.snapshot(snapshot_id)
        if snapshot is None and snapshot_id != NO_SNAPSHOT:
            raise common.JobError(
                "Snapshot %d of %s, which %s is to read up to, is gone: expire no snapshots while the streams run."
                % (snapshot_id, self.source_name, self.name)
            )
        return snapshot
