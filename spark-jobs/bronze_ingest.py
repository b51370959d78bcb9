"""bronze-ingest: raw files into the bronze table, each once, in order of appearance.

Each trigger lists the raw folder itself: Spark's file source follows links in circles, and never comes back to a file that was broken
when it saw it first. A batch reads the footers of new files, quarantines what is broken, and reads the rest. A column of the table's
rows says which files it holds, so it cannot forget.
"""
import datetime
import time

import common
import raw_data
import raw_listing
import stream
import stream_errors

SOURCE_FILE, INGESTED_AT = "_source_file", "_ingested_at"
# A file that changed so lately may still be growing; a second look by this process's clock tells.
SETTLED_SECONDS, SECOND_LOOK_SECONDS = 1.0, 0.2


class BronzeIngest(stream.Stream):
    def __init__(self, spark, document):
        super().__init__(spark, document)
        # Keys of files in the table; and of broken ones, with their size and time.
        self.known, self.refused = set(), {}
        # Files of the batch that is being made.
        self.files = []
        # When a file was first seen, and since when it is as it is, by this process's clock: the store's may be another.
        self.seen, self.same = {}, {}

    def schema(self):
        columns = [(c["name"], c["type"]) for c in self.document["raw"]["columns"]]
        columns += [(SOURCE_FILE, "STRING"), (INGESTED_AT, "TIMESTAMP_NTZ")]
        return self.spark.createDataFrame([], ", ".join("`%s` %s" % column for column in columns)).schema

    def prepare(self, summary):
        common.make_folder(self.spark, self.document["raw"]["uri"])
        if summary:
            rows = self.spark.table(self.table_name).select(SOURCE_FILE).distinct().collect()
            self.known = {row[SOURCE_FILE] for row in rows}

    def make_batch(self, frame, epoch, summary):
        self.files = []
        while not self.files:
            chosen = self.next()
            if not chosen:
                return None
            # Behind a batch of broken files there may be good ones.
            self.files = self.usable([self.entry(file) for file in chosen])
        newest = max(iso_time(max(f.modified_ms for f in self.files)), summary.get(common.INGESTED_AT, ""))
        return stream.Batch(self.frame_of(self.files), sum(f.rows for f in self.files), {common.INGESTED_AT: newest})

    def is_caught_up(self, summary):
        return not self.next()

    def next(self):
        """The next files that do not change any more, in order of appearance, as many as a batch takes."""
        chosen = self.look()[: self.document["max_files_per_trigger"]]
        if all(time.monotonic() - self.same[f.name][1] >= SETTLED_SECONDS for f in chosen):
            return chosen
        time.sleep(SECOND_LOOK_SECONDS)
        now = {f.name: f.state for f in self.look()}
        return [f for f in chosen if now.get(f.name) == f.state]

    def look(self):
        """Lists the files that are neither in the table nor known to be broken."""
        uri = self.document["raw"]["uri"]
        found = raw_listing.raw_files(self.spark, uri)
        # A store answers with an error while it is away; a folder that went away only seems empty.
        if not found and uri.startswith("file:") and not common.exists(self.spark, uri):
            raise stream_errors.StoreUnavailable("The folder of the raw data does not exist.")
        prefix = self.document["raw"]["prefix"]
        new = [f for f in found if prefix + f.name not in self.known and self.refused.get(prefix + f.name) != f.state]
        if any(f.rank > 0 for f in new):
            # One may be known by a name that another link has taken the place of.
            listed = {prefix + f.name for f in found}
            gone = [key[len(prefix) :] for key in self.known if key not in listed]
            taken = raw_listing.names_still(raw_listing.path_of(self.spark, uri), gone)
            new = [f for f in new if f.identity not in taken]
        for file in new:
            now = time.monotonic()
            self.seen.setdefault(prefix + file.name, now)
            if self.same.get(file.name, (None,))[0] != file.state:
                self.same[file.name] = (file.state, now)
        return sorted(new, key=lambda f: (f.modified_ms, f.name))

    def recover(self, error):
        """Quarantine files with a good footer and damaged pages; True where there were any."""
        damaged = 0
        for file in self.files:
            try:
                raw_data.raw_frame(self.spark, [file], self.document["raw"]["columns"]).write.format("noop").mode("overwrite").save()
            except Exception as cause:
                if stream_errors.may_spare_file(stream_errors.causes(cause)):
                    return False
                damaged += 1
                self.quarantine(file, "its data cannot be read: " + stream_errors.message_of(cause))
        return damaged > 0

    def on_committed(self):
        self.known = self.known.union(f.key for f in self.files)

    def source_files(self):
        now = time.monotonic()
        return [
            {"key": f.key, "rows": f.rows, "modified_ms": f.modified_ms, "seen_seconds": now - self.seen.pop(f.key)} for f in self.files
        ]

    def entry(self, file):
        """A listed file as job documents name raw files; `listed` is its name in Spark's own words."""
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
            if file.problem and stream_errors.may_spare_file(file.problem):
                raise OSError(file.problem)
            if file.problem or not raw_data.is_readable(file.schema, columns):
                self.quarantine(file, file.problem)
                continue
            good.append(file)
        return good

    def quarantine(self, file, reason):
        if not common.exists(self.spark, file.uri):
            raise stream_errors.StoreUnavailable(reason or "The file does not exist.")
        # Once it is another, e.g. copied to its end, it is new.
        self.refused[file.key] = file.state
        self.seen.pop(file.key, None)
        # lakebench says what its columns lack, as verification does.
        schema = None if reason else [raw_data.field_entry(field) for field in file.schema]
        self.quarantined.append({"file": file.key, "reason": reason, "schema": schema})

    def frame_of(self, files):
        """The raw rows with the file that they came from, and when that landed."""
        quoted = lambda text: "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")
        per_file = lambda value: "element_at(map_from_arrays(array(%s), array(%s)), _metadata.file_path)" % (
            ", ".join(quoted(f.listed) for f in files),
            ", ".join(value(f) for f in files),
        )
        landed = "CAST(timestamp_millis(%s) AS TIMESTAMP_NTZ)" % per_file(lambda f: "%dL" % f.modified_ms)
        more = ["%s AS %s" % (per_file(lambda f: quoted(f.key)), SOURCE_FILE), "%s AS %s" % (landed, INGESTED_AT)]
        return raw_data.raw_frame(self.spark, files, self.document["raw"]["columns"], more)


def iso_time(milliseconds):
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
