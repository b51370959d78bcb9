"""bronze-ingest: raw files into the bronze table, each once, in order of appearance.

Each trigger looks at the raw folder by itself: Spark's file source follows links in circles, and never comes back to a file that was
broken when it saw it first. A batch looks at the footers of what is new, leaves out what is broken, and reads the rest. Which files the
table holds stands in a column of its rows, so it cannot forget.
"""
import time

import common
import raw_data
import raw_listing
import stream_job
import stream_text
import streaming

SOURCE_FILE, INGESTED_AT = "_source_file", "_ingested_at"
# What changed so lately may still be growing; whether it does is told by looking twice, by this process's clock.
SETTLED_SECONDS, SECOND_LOOK_SECONDS = 1.0, 0.2


class BronzeIngest(streaming.Stream):
    def __init__(self, spark, document):
        super().__init__(spark, document)
        # In the table; and broken, with size and time as they were then.
        self.known, self.refused = set(), {}
        self.taking = []
        # Nothing new was found, and a batch has not begun since.
        self.idle = False
        # When a file was first seen, and since when it is as it is, by this process's clock: the store's may be another.
        self.seen, self.same = {}, {}

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
        """Nothing but a row for each trigger, so that each has a batch."""
        return self.spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).option("numPartitions", 1).load()

    def waiting(self):
        """Over once a batch found nothing more: this source never ends by itself."""
        return Waiting()

    def source_there(self):
        # Spark takes a folder that is not there for an empty one; a store says so itself.
        raw = self.document["raw"]["uri"]
        return not raw.startswith("file:") or stream_text.is_there(self.spark, raw)

    def busy(self):
        # On a slow machine there is always a trigger under way.
        return not self.idle and super().busy()

    def take(self, frame, position, offset):
        self.taking, self.idle = [], False
        while not self.taking:
            chosen = self.next()
            # Behind a batch of broken files there may be good ones.
            self.taking = self.usable([self.entry(file) for file in chosen])
            if not chosen:
                if not self.source_there():
                    raise stream_text.Away("The folder of the raw data is not there.")
                self.idle = True
                if self._draining is not None:
                    self._draining.done = self._draining.over = True
                return None
        landed = [f.modified_ms for f in self.taking]
        return streaming.Taken(
            self.rows(self.taking),
            sum(f.rows for f in self.taking),
            offset,
            max(landed + ([] if position.through_ms is None else [position.through_ms])),
        )

    def next(self):
        """Files in order of appearance that do not change any more, as many as a batch takes."""
        chosen = self.look()[: self.document["max_files_per_trigger"]]
        if all(time.monotonic() - self.same[f.name][1] >= SETTLED_SECONDS for f in chosen):
            return chosen
        time.sleep(SECOND_LOOK_SECONDS)
        now = {f.name: f.state for f in self.look()}
        return [f for f in chosen if now.get(f.name) == f.state]

    def look(self):
        found = raw_listing.raw_files(self.spark, self.document["raw"]["uri"])
        prefix = self.document["raw"]["prefix"]
        new = [f for f in found if prefix + f.name not in self.known and self.refused.get(prefix + f.name) != f.state]
        if any(f.rank > 0 for f in new):
            # One may be known by a name that another link has taken the place of.
            listed = {prefix + f.name for f in found}
            gone = [key[len(prefix) :] for key in self.known if key not in listed]
            taken = raw_listing.names_still(raw_listing.path_of(self.spark, self.document["raw"]["uri"]), gone)
            new = [f for f in new if f.identity not in taken]
        for file in new:
            now = time.monotonic()
            self.seen.setdefault(prefix + file.name, now)
            if self.same.get(file.name, (None,))[0] != file.state:
                self.same[file.name] = (file.state, now)
        return sorted(new, key=lambda f: (f.modified_ms, f.name))

    def heal(self, error):
        """A write that failed on files with a good footer and damaged pages is to be done without them."""
        damaged = 0
        for file in self.taking:
            try:
                raw_data.raw_frame(self.spark, [file], self.document["raw"]["columns"]).write.format("noop").mode("overwrite").save()
            except Exception as cause:
                if stream_text.spares_the_file(stream_text.causes(cause)):
                    return False
                damaged += 1
                self.quarantine(file, "its data cannot be read: " + stream_text.said(cause))
        return damaged > 0

    def kept(self):
        self.known.update(f.key for f in self.taking)

    def sources(self):
        now = time.monotonic()
        told = [{"key": f.key, "rows": f.rows, "modified_ms": f.modified_ms, "seen_seconds": now - self.seen[f.key]} for f in self.taking]
        for file in self.taking:
            del self.seen[file.key]
        return told

    def entry(self, file):
        """As a job document names a raw file; `listed` is its name in Spark's own words."""
        hadoop = self.spark._jvm.org.apache.hadoop.fs
        return {
            "uri": file.uri,
            "key": self.document["raw"]["prefix"] + file.name,
            "bytes": file.bytes,
            "listed": hadoop.Path(file.uri).toUri().toString(),
            "modified_ms": file.modified_ms,
        }

    def usable(self, entries):
        """Files whose footer and columns are as they should be; the others are quarantined."""
        good, columns = [], self.document["raw"]["columns"]
        for entry, file in zip(entries, raw_data.read_footers(self.spark, entries, columns)):
            file.listed, file.modified_ms, file.state = entry["listed"], entry["modified_ms"], (entry["bytes"], entry["modified_ms"])
            if file.problem and stream_text.spares_the_file(file.problem):
                raise OSError(file.problem)
            if file.problem or not raw_data.is_readable(file.schema, columns):
                self.quarantine(file, file.problem)
                continue
            good.append(file)
        return good

    def quarantine(self, file, reason):
        # One that is away is not broken.
        if not stream_text.is_there(self.spark, file.uri):
            raise stream_text.Away(reason or "The file is not there.")
        # Once it is another, e.g. copied to its end, it is new.
        self.refused[file.key] = file.state
        self.seen.pop(file.key, None)
        # What its columns lack, lakebench says as verification does.
        schema = None if reason else [raw_data.field_entry(field) for field in file.schema]
        self.quarantined.append({"file": file.key, "reason": reason, "schema": schema})

    def rows(self, files):
        """The raw rows with where they came from, and when that landed."""
        quoted = lambda text: "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")
        per_file = lambda value: "element_at(map_from_arrays(array(%s), array(%s)), _metadata.file_path)" % (
            ", ".join(quoted(f.listed) for f in files),
            ", ".join(value(f) for f in files),
        )
        landed = "CAST(timestamp_millis(%s) AS TIMESTAMP_NTZ)" % per_file(lambda f: "%dL" % f.modified_ms)
        more = ["%s AS %s" % (per_file(lambda f: quoted(f.key)), SOURCE_FILE), "%s AS %s" % (landed, INGESTED_AT)]
        return raw_data.raw_frame(self.spark, files, self.document["raw"]["columns"], more)


class Waiting:
    """For a batch of a query that drains, and finds nothing more."""

    done = over = False


run = stream_job.job(BronzeIngest)

if __name__ == "__main__":
    common.main(run)
