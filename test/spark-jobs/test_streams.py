"""Parts of the streams that need no Spark."""
import json
import time

import bronze_ingest
import common
import pytest
import stream_errors
import stream_reports
import streams


@pytest.mark.parametrize(
    "message",
    [
        "java.net.ConnectException: Connection refused",
        "Unable to execute HTTP request: Connect to localhost:9000 failed",
        "software.amazon.awssdk...: Service Unavailable (Status Code: 503)",
        "org.apache.iceberg.exceptions.CommitStateUnknownException: x",
        "java.io.IOException: Input/output error",
    ],
)
def test_errors_of_a_store_that_is_away_are_transient(message):
    assert stream_errors.is_transient(RuntimeError(message))
    assert stream_errors.may_spare_file(message)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("java.io.IOException: No space left on device"),
        RuntimeError("column 503 not found"),
        common.JobError("Connection refused"),
    ],
)
def test_other_errors_are_not(error):
    assert not stream_errors.is_transient(error)


def test_a_shortage_spares_the_file():
    assert stream_errors.may_spare_file("java.lang.OutOfMemoryError: Java heap space")
    assert stream_errors.may_spare_file("java.lang.InterruptedException")
    assert not stream_errors.may_spare_file("is not a Parquet file")


class Throwable:
    def __init__(self, message, cause=None):
        self.message, self.cause = message, cause

    def getMessage(self):
        return self.message

    def getCause(self):
        return self.cause

    def toString(self):
        return "Throwable: " + self.message


def test_the_message_is_the_innermost_cause_in_one_line():
    error = RuntimeError("outer")
    error.java_exception = Throwable("job aborted", Throwable("the\n  cause"))
    assert stream_errors.message_of(error) == "the cause"
    assert stream_errors.causes(error).splitlines()[-2:] == ["Throwable: the", "  cause"]


def test_times_of_files_compare_as_texts():
    times = [bronze_ingest.iso_time(ms) for ms in (0, 999, 1_700_000_000_001)]
    assert times == ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.999Z", "2023-11-14T22:13:20.001Z"]
    assert times == sorted(times)


def test_a_compaction_names_the_snapshot_of_the_rows():
    summary = {"lakebench.batch": "3", "added-records": "7"}
    once = common.carried_over("11", summary)
    assert once == {"lakebench.batch": "3", "lakebench.rows-of": "11"}
    assert common.carried_over("12", once) == once


class Stream:
    def __init__(self, upstream, documents):
        self.spark, self.document = None, {"upstream": upstream, "documents": documents}


def test_the_stream_before_is_known_by_its_report(tmp_path):
    folder = "file://%s" % tmp_path
    silver = Stream("bronze-ingest", folder)
    assert streams.upstream_state(Stream(None, folder)) is None
    assert streams.upstream_state(silver) == ""
    common.write_document(None, folder + "/bronze-ingest/progress.json", {"state": "draining"})
    assert streams.upstream_state(silver) == "draining"


def test_silence_is_the_command_to_stop(tmp_path, monkeypatch):
    folder = "file://%s" % tmp_path
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    control = streams.Control(None, folder)
    say = lambda heartbeat, command: common.write_document(
        None, folder + "/control.json", {"heartbeat": heartbeat, "command": command}
    )
    assert control.command() is None
    now[0] += 300  # Nobody could read it meanwhile.
    assert control.command() is None
    say(1, None)
    assert control.command() is None
    now[0] += 119
    assert control.command() is None
    say(2, "drain")
    assert control.command() == "drain"
    now[0] += 121
    assert control.command() == "stop"


def test_reports_wait_for_a_store_that_is_away(tmp_path, monkeypatch):
    monkeypatch.setattr(stream_reports, "process_identity", lambda spark: {"pid": 1})
    away = [True]

    def write(spark, uri, document, real=common.write_document):
        if away[0]:
            raise OSError("Connection refused")
        real(spark, uri, document)

    monkeypatch.setattr(common, "write_document", write)
    reporter = stream_reports.Reporter(None, "file://%s" % tmp_path, lambda: {"last_batch": reporter.last_batch})
    reporter.add_batch({"batch": 4})
    reporter.report()
    assert list(tmp_path.iterdir()) == []
    away[0] = False
    reporter.add_batch({"batch": 5})
    reporter.report()
    assert sorted(p.name for p in (tmp_path / "batches").iterdir()) == ["000004.json", "000005.json"]
    progress = json.loads((tmp_path / "progress.json").read_text())
    assert (reporter.first_batch, progress["last_batch"], progress["process"]) == (4, 5, {"pid": 1})
