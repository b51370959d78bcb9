"""A stream's table: whose it is, and how far the stream is in it.

How far a stream is, and what the table is made of, stands in the summary of the very snapshot that brought the data, so that both are
there or neither. Compaction copies it, so that expiry never drops the last one. Whose table it is stands in the table's properties; who
writes it, as the epoch, in the summaries: a process that takes a stream up commits an empty snapshot with the next one.
"""
import common

PREFIX = "lakebench.stream.%s.%s"
FIRST_EPOCH = 1


class Position:
    """
    The last batch that is in the table. `offset` is what it took of its source, in the stream's own notation, and `since` that of the
    batch before: from there on Spark plans the batch again, should it not know that it was committed.
    """

    def __init__(self, epoch, batch=0, query="", spark_batch=-1, offset="", through_ms=None, since="", lineage=None):
        self.epoch, self.batch, self.query, self.spark_batch = epoch, batch, query, spark_batch
        self.offset, self.through_ms, self.since = offset, through_ms, since
        # What else the snapshot says of where its rows come from; a commit that brings none repeats it.
        self.lineage = lineage or {}

    @property
    def rows_of(self):
        """Id of the snapshot that last changed the rows."""
        return self.lineage[common.ROWS_OF]

    def properties(self, stream, run):
        fields = {
            "run": run,
            "epoch": self.epoch,
            "batch": self.batch,
            "query": self.query,
            "spark-batch": self.spark_batch,
            "offset": self.offset,
            "since": self.since,
            "through": "" if self.through_ms is None else self.through_ms,
        }
        return {**self.lineage, **{PREFIX % (stream, name): str(value) for name, value in fields.items()}}


def in_summary(summary, stream, run):
    """The position that a snapshot's summary holds; None where it holds none of this run."""
    value = lambda name: summary.get(PREFIX % (stream, name), "")
    if value("run") != run:
        return None
    through = value("through")
    return Position(
        int(value("epoch")),
        int(value("batch")),
        value("query"),
        int(value("spark-batch")),
        value("offset"),
        int(through) if through else None,
        value("since"),
        common.own(summary),
    )


def snapshots(table, newest=None):
    """Snapshots from the newest (or the given one) back, as (snapshot, summary)."""
    snapshot = table.currentSnapshot() if newest is None else newest
    while snapshot is not None:
        yield snapshot, dict(snapshot.summary())
        parent = snapshot.parentId()
        snapshot = None if parent is None else table.snapshot(parent)


def position(table, stream, run, newest=None):
    """How far the stream is, or was at a snapshot; None where the table is none of this run."""
    return position_in(table, (snapshot for snapshot, _ in snapshots(table, newest)), stream, run)


def position_in(table, newest_first, stream, run):
    """
    The same where these are the snapshots. A rewrite may have begun before the last batch, so it is not the last word. A table that
    somebody else made anew keeps its properties, but has no snapshot of this run.
    """
    if dict(table.properties()).get(PREFIX % (stream, "run")) != run:
        return None
    found, empty = None, True
    for snapshot in newest_first:
        empty = False
        there = in_summary(dict(snapshot.summary()), stream, run)
        if there is None:
            continue
        there.lineage.setdefault(common.ROWS_OF, str(snapshot.snapshotId()))
        if found is None or (there.epoch, there.batch) > (found.epoch, found.batch):
            found = there
        if snapshot.operation() != "replace":
            break
    return Position(FIRST_EPOCH) if empty else found
