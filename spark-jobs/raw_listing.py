"""Which files are raw data, for streams: the rule of `src/workload/raw-files.ts`, which lists the files of a batch.

Parquet files below the raw folder, but those of which a name, the file's or a folder's, starts with `_` or `.`; each once, whatever
links lead to it.
"""
import os
import re

import common
import stream_errors

# As Hadoop prints the state of a file: one call for all of them, where asking each for its parts takes seconds for thousands.
STATUS = re.compile(r"\{path=(.*?); isDirectory=false; length=(\d+);.*?modification_time=(\d+)", re.DOTALL)


class Listed:
    """A raw file as a look found it. `identity`: the same for all names of a file; `rank`: 0 for one with no other name, 2 through a link."""

    def __init__(self, uri, name, size, modified_ms, identity=None, rank=0):
        self.uri, self.name, self.bytes, self.modified_ms = uri, name, size, modified_ms
        self.identity, self.rank = identity, rank

    @property
    def state(self):
        return self.bytes, self.modified_ms


def raw_files(spark, uri):
    """The raw data below a folder, by name. Raises StoreUnavailable where a link leads nowhere."""
    found = local_files(path_of(spark, uri)) if uri.startswith("file:") else store_files(spark, uri)
    return each_once([f for f in found if f.name.endswith(".parquet") and f.bytes > 0])


def path_of(spark, uri):
    return spark._jvm.org.apache.hadoop.fs.Path(uri).toUri().getPath().rstrip("/")


def hidden(name):
    return name.startswith(("_", "."))


def each_once(files):
    """A file by one name: its own rather than one through a link, the first of its own."""
    files = sorted(files, key=lambda f: f.name)
    names = {}
    for file in sorted(files, key=lambda f: f.rank):
        names.setdefault(file.identity, file.name)
    return [f for f in files if f.rank == 0 or names[f.identity] == f.name]


def local_files(root):
    found, visited, links = [], set(), []

    def note(path, status, linked):
        if os.path.isdir(path):
            walk(path, linked)
        elif os.path.isfile(path):
            rank = 2 if linked else 1 if status.st_nlink > 1 else 0
            found.append(
                Listed("file:" + path, path[len(root) + 1 :], status.st_size, int(status.st_mtime_ns // 1_000_000), identity_of(status), rank)
            )

    def walk(folder, linked):
        try:
            identity = identity_of(os.stat(folder))
            if identity in visited:
                return
            visited.add(identity)
            with os.scandir(folder) as entries:
                entries = [e for e in entries if not hidden(e.name)]
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.is_symlink():
                links.append(entry.path)
                continue
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue
            note(entry.path, status, linked)

    walk(root, False)
    # What has a place of its own comes first, so that which of several names a file is listed by does not change with links.
    while links:
        links.sort()
        path = links.pop(0)
        try:
            status = os.stat(path)
        except OSError as error:
            if not os.path.islink(path):
                continue
            raise stream_errors.StoreUnavailable("%s is a link to %s, which is not there" % (path, os.readlink(path))) from error
        note(path, status, True)
    return found


def identity_of(status):
    return status.st_dev, status.st_ino


def names_still(root, names):
    """Identities of the files that these names lead to by now."""
    identities = set()
    for name in names:
        try:
            identities.add(identity_of(os.stat(os.path.join(root, name))))
        except OSError:
            pass
    return identities


def store_files(spark, uri):
    """Of an object store, which knows no links."""
    files, path = common.located(spark, uri)
    root = files.makeQualified(path).toString().rstrip("/")
    listed = spark._jvm.org.apache.hadoop.util.functional.RemoteIterators.toList(files.listFiles(path, True))
    found = [(path, int(size), int(modified)) for path, size, modified in STATUS.findall(listed.toString())]
    if len(found) != listed.size():
        found = [(s.getPath().toString(), s.getLen(), s.getModificationTime()) for s in listed]
    named = [(path, path[len(root) + 1 :], size, modified) for path, size, modified in found]
    return [Listed(*file) for file in named if not any(hidden(part) for part in file[1].split("/"))]
