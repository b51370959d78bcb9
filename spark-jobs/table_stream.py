"""A stream over the snapshots of an Iceberg table."""
import common
import stream_table
import stream_text
import streaming


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

    def more(self, position):
        """Rewrites bring nothing new, and Iceberg's source fails where it is to begin after them."""
        last = position.offset.split("@")[0]
        for snapshot, _ in stream_table.snapshots(common.iceberg_table(self.spark, self.source_name)):
            if str(snapshot.snapshotId()) == last:
                return False
            if snapshot.operation() != "replace":
                return True
        return False
