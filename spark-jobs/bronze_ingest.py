"""bronze-ingest: raw files into the bronze table, each once, in order of appearance.

Spark's file source says which files are new and cuts them into batches, without opening one; a batch then looks at their footers,
leaves out what is broken, and reads the rest. Which files the table holds stands in a column of its rows, so it cannot forget.
"""
import time

import common
import stream_job
import stream_text
import streaming

SOURCE_FILE, INGESTED_AT = "_source_file", "_ingested_at"
# What the file source says of a file without opening it.
FOUND = ("_metadata.file_path", "_metadata.file_size", "unix_millis(_metadata.file_modification_time) AS modified_ms")
# A file on a disk that changed so lately may still be growing; whether it changed is told by looking twice, by this process's clock.
LOOK_SECONDS, MOST_LOOKS = 0.2, 50


class BronzeIngest(streaming.Stream):
    def __init__(self, spark, document):
        super().__init__(spark, document)
        # In the table, and refused for good.
        self.known, self.refused = set(), set()
        self.taking = []
        # When a file was first seen, by this process's clock: the store's may be another.
        self.seen = {}

    def schema(self):
        columns = [(c["name"], c["type"]) for c in self.document["raw"]["columns"]]
        columns += [(SOURCE_FILE, "STRING"), (INGESTED_AT, "TIMESTAMP_NTZ")]
        return self.spark.createDataFrame([], ", ".join("`%s` %s" % column for column in columns)).schema

    def opened(self, position):
        stream_text.make_folder(self.spark, self.document["raw"]["uri"])
        if position.batch > 0:
            rows = self.spark.table(self.table_name).select(SOURCE_FILE).distinct().collect()
            self.known = {row[SOURCE_FILE] for row in rows}

    def source(self, position):
        reader = self.spark.readStream.format("binaryFile")
        reader = reader.schema("path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY")
        options = {
            "maxFilesPerTrigger": self.document["max_files_per_trigger"],
            "pathGlobFilter": "*.parquet",
            "recursiveFileLookup": "true",
            # No file becomes invisible because a much newer one came.
            "maxFileAge": "36500d",
        }
        for key, value in options.items():
            reader = reader.option(key, value)
        return reader.load(self.document["raw"]["uri"]).selectExpr(*FOUND)

    def source_there(self):
        # Spark takes a folder that is not there for an empty one; a store says so itself.
        raw = self.document["raw"]["uri"]
        return not raw.startswith("file:") or stream_text.is_there(self.spark, raw)

    def take(self, frame, position, offset):
        found = [self.entry(row) for row in frame.collect()]
        if not found and not self.source_there():
            raise stream_text.Away("The folder of the raw data is not there.")
        found = [f for f in found if f["key"] not in self.known and f["key"] not in self.refused]
        for file in found:
            self.seen.setdefault(file["key"], time.monotonic())
        self.taking = self.usable(self.settled(found))
        if not self.taking:
            return None
        landed = [f.modified_ms for f in self.taking]
        return streaming.Taken(
            self.rows(self.taking),
            sum(f.rows for f in self.taking),
            offset,
            max(landed + ([] if position.through_ms is None else [position.through_ms])),
        )

    def heal(self, error):
        """A write that failed on files with a good footer and damaged pages is to be done without them."""
        damaged = 0
        for file in self.taking:
            try:
                common.raw_frame(self.spark, [file], self.document["raw"]["columns"]).write.format("noop").mode("overwrite").save()
            except Exception as cause:
                if stream_text.spares_the_file(stream_text.causes(cause)):
                    return False
                damaged += 1
                self.quarantine(file, stream_text.said(cause))
        return damaged > 0

    def kept(self):
        self.known.update(f.key for f in self.taking)

    def sources(self):
        now = time.monotonic()
        told = [{"key": f.key, "rows": f.rows, "modified_ms": f.modified_ms, "seen_seconds": now - self.seen[f.key]} for f in self.taking]
        for file in self.taking:
            del self.seen[file.key]
        return told

    def entry(self, row):
        """As a job document names a raw file; `listed` is its name in Spark's own words."""
        hadoop = self.spark._jvm.org.apache.hadoop.fs
        path = hadoop.Path(self.spark._jvm.java.net.URI(row.file_path))
        root = hadoop.Path(self.document["raw"]["uri"]).toUri().getPath().rstrip("/")
        key = self.document["raw"]["prefix"] + path.toUri().getPath()[len(root) + 1 :]
        return {
            "uri": path.toString(),
            "key": key,
            "bytes": row.file_size,
            "listed": row.file_path,
            "modified_ms": row.modified_ms,
        }

    def settled(self, entries):
        """The same once they do not change any more; an object of a store appears whole."""
        growing = [number for number, entry in enumerate(entries) if entry["uri"].startswith("file:")]
        entries = list(entries)
        for _ in range(MOST_LOOKS):
            if not growing:
                break
            time.sleep(LOOK_SECONDS)
            growing = [number for number in growing if not self.unchanged(entries, number)]
        return entries

    def unchanged(self, entries, number):
        """Whether one is as it was noted; else it is noted as it is."""
        files, path = stream_text.located(self.spark, entries[number]["uri"])
        status = files.getFileStatus(path)
        before = entries[number]
        entries[number] = {**before, "bytes": status.getLen(), "modified_ms": status.getModificationTime()}
        return entries[number] == before

    def usable(self, entries):
        """Files whose footer and columns are as they should be; the others are quarantined."""
        good = []
        for entry, file in zip(entries, common.read_footers(self.spark, entries)):
            if file.problem and stream_text.spares_the_file(file.problem):
                raise OSError(file.problem)
            problems = [] if file.problem else common.column_problems(file.schema, self.document["raw"]["columns"])
            if file.problem or problems:
                self.quarantine(
                    file, file.problem or "column %s is %s" % (problems[0][0], problems[0][2] or "missing")
                )
                continue
            file.listed, file.modified_ms = entry["listed"], entry["modified_ms"]
            good.append(file)
        return good

    def quarantine(self, file, reason):
        # One that is away is not broken.
        if not stream_text.is_there(self.spark, file.uri):
            raise stream_text.Away(reason)
        self.refused.add(file.key)
        self.quarantined.append({"file": file.key, "reason": reason})

    def rows(self, files):
        """The raw rows with where they came from, and when that landed."""
        quoted = lambda text: "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")
        per_file = lambda value: "element_at(map_from_arrays(array(%s), array(%s)), _metadata.file_path)" % (
            ", ".join(quoted(f.listed) for f in files),
            ", ".join(value(f) for f in files),
        )
        landed = "CAST(timestamp_millis(%s) AS TIMESTAMP_NTZ)" % per_file(lambda f: "%dL" % f.modified_ms)
        more = ["%s AS %s" % (per_file(lambda f: quoted(f.key)), SOURCE_FILE), "%s AS %s" % (landed, INGESTED_AT)]
        return common.raw_frame(self.spark, files, self.document["raw"]["columns"], more)


run = stream_job.job(BronzeIngest)

if __name__ == "__main__":
    common.main(run)
