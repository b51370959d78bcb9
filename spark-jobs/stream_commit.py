"""The commit of a batch, which Iceberg makes only while the stream stands where the batch began.

Spark's writer cannot check and commit in one step. So it stages: a snapshot that no reader sees, with the batch's files. These are then
published in a second commit, which Iceberg validates on the very base that it commits on, at each of its attempts. The same check makes
a claim: an empty snapshot with the next epoch. A writer that was only paused meets it and can commit nothing any more.
"""
import copy
import uuid

import common
import stream_table
import stream_text

WAP_ENABLED, WAP_ID = "write.wap.enabled", "wap.id"
# Of the metadata files, one a commit, Iceberg keeps the last hundred.
CARE = {"write.metadata.delete-after-commit.enabled": "true", "write.metadata.previous-versions-max": "100"}


class Fenced(common.JobError):
    """Another process took the stream up, or the table is none of this run any more."""


def stage(spark, name, frame, options):
    """Write a frame's rows to files of the table; the data files, which no reader sees yet."""
    wap_id = str(uuid.uuid4())
    settings = frame.sparkSession.conf
    settings.set("spark.wap.id", wap_id)
    try:
        common.with_options(frame.writeTo(name), {}, options).append()
    finally:
        settings.unset("spark.wap.id")
    table = common.iceberg_table(spark, name)
    for snapshot in table.snapshots():
        if snapshot.summary().get(WAP_ID) == wap_id:
            return snapshot, list(snapshot.addedDataFiles(table.io()))
    raise common.JobError("Rows for %s were written without being staged: does its property %s say true?" % (name, WAP_ENABLED))


def publish(spark, name, staged, stream, run, before, properties, replacing=False):
    """The staged files as content of the table, or in place of it, if the stream still stands at `before`."""
    snapshot, files = staged
    table = common.iceberg_table(spark, name)
    update = table.newAppend()
    if replacing:
        everything = spark._jvm.org.apache.iceberg.expressions.Expressions.alwaysTrue()
        update = table.newOverwrite().overwriteByRowFilter(everything)
    for file in files:
        update = update.addFile(file) if replacing else update.appendFile(file)
    # Expiry of the staged snapshot leaves files alone that were taken from it.
    properties = {**properties, "source-snapshot-id": snapshot.snapshotId()}
    commit(update, table, stream, run, before, properties)


def claim(spark, target, stream, run, schema, checkpoint):
    """
    Take the stream up. A table of this run goes on where it stands, with an empty snapshot of the next epoch; any other becomes an
    empty one of this run, without a snapshot, and what a checkpoint says of it is void.
    """
    name = common.table_name(target)
    if not hasattr(spark._jvm.org.apache.iceberg.SnapshotAncestryValidator, "NON_VALIDATING"):
        raise common.JobError("Streams need Iceberg 1.11 or later, whose commits can be validated. Give Spark a newer runtime jar.")
    table = common.iceberg_table(spark, name)
    before = None if table is None else stream_table.position(table, stream, run)
    if before is not None:
        if dict(table.properties()).get(WAP_ENABLED) != "true":
            table.updateProperties().set(WAP_ENABLED, "true").commit()
        after = copy.copy(before)
        after.epoch += 1
        commit(table.newAppend(), table, stream, run, before, after.properties(stream, run))
        return after
    common.ensure_namespace(spark, target)
    stream_text.remove_folder(spark, checkpoint)
    start = stream_table.Position(stream_table.FIRST_EPOCH)
    create_empty(spark, target, schema, {**start.properties(stream, run), **CARE, WAP_ENABLED: "true"})
    table = common.iceberg_table(spark, name)
    now = spark._jvm.java.lang.System.currentTimeMillis()
    try:
        # What an earlier run left; nobody reads it any more.
        table.expireSnapshots().expireOlderThan(now).cleanExpiredFiles(True).commit()
    except Exception as error:
        print("Left-over files of %s stay: %s" % (name, common.java_message(error)), flush=True)
    return start


def create_empty(spark, target, schema, properties):
    quoted = lambda text: "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")
    columns = ", ".join("`%s` %s" % (f.name, f.dataType.simpleString()) for f in schema.fields)
    partition = target["partition"]
    parts = [
        "CREATE OR REPLACE TABLE %s (%s) USING iceberg" % (common.table_name(target), columns),
        "PARTITIONED BY (%ss(`%s`))" % (partition["transform"], partition["column"]) if partition else "",
        "LOCATION %s" % quoted(target["location"]) if target["location"] else "",
        "TBLPROPERTIES (%s)"
        % ", ".join("%s = %s" % (quoted(k), quoted(v)) for k, v in {**target["properties"], **properties}.items()),
    ]
    spark.sql(" ".join(parts))


def commit(update, table, stream, run, before, properties):
    for key, value in properties.items():
        update = update.set(key, str(value))
    check = StandsAt(table, stream, run, before)
    try:
        update.validateWith(check).commit()
    except Exception:
        if check.other is None:
            raise
        raise Fenced(check.other)


class StandsAt:
    """An org.apache.iceberg.SnapshotAncestryValidator: the newest snapshots of the base say that the stream stands at a position."""

    def __init__(self, table, stream, run, position):
        self._table, self._stream, self._run, self._position = table, stream, run, position
        # Why not.
        self.other = None

    def validate(self, snapshots):
        there = stream_table.position_in(self._table, each(snapshots), self._stream, self._run)
        mine = self._position
        if there is None:
            self.other = "The table of %s is no table of run %s any more." % (self._stream, self._run)
        elif there.epoch != mine.epoch:
            self.other = taken_up(self._stream, self._run)
        elif there.batch != mine.batch:
            self.other = "%s of run %s stands at batch %d, not %d." % (self._stream, self._run, there.batch, mine.batch)
        return self.other is None

    def errorMessage(self):
        return self.other or ""

    class Java:
        implements = ["org.apache.iceberg.SnapshotAncestryValidator"]


def each(iterable):
    """Of a java.lang.Iterable."""
    iterator = iterable.iterator()
    while iterator.hasNext():
        yield iterator.next()


def taken_up(stream, run):
    return "%s of run %s was taken up by another process, so this one may not write any more." % (stream, run)
