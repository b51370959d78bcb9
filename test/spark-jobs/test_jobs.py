"""Other functions of the jobs that need no Spark."""
import json

import common
import driver
import pytest
import silver_build


@pytest.mark.parametrize(
    "days, touched",
    [((0, 9), False), ((0, 10), True), ((10, 19), True), ((19, 30), True), ((20, 30), False), (None, True)],
)
def test_a_file_touches_a_chunk_at_its_inclusive_bounds(days, touched):
    chunk = {"from": "1970-01-11", "to": "1970-01-20"}
    assert silver_build.touches(days, chunk) is touched


def test_rows_without_a_date_may_be_in_any_file():
    assert silver_build.touches((0, 1), {"from": None, "to": None})


def test_a_document_of_another_version_is_refused(tmp_path):
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"version": 99}))
    with pytest.raises(common.JobError, match="version 99.*jobs of the same lakebench"):
        common.read_document(None, "file://%s" % path)


def test_a_document_has_no_number_that_json_lacks(tmp_path):
    with pytest.raises(ValueError):
        common.write_document(None, "file://%s/a.json" % tmp_path, {"rows": float("nan")})


def test_a_stack_keeps_the_first_frames_of_each_cause():
    stack = "\n".join(["Error: outer", *["  at f()"] * 40, "Caused by: inner", *["  at g()"] * 40])
    lines = driver.shorten(stack).splitlines()
    assert lines.count("  at f()") == lines.count("  at g()") == driver.FRAMES_KEPT
    assert len(driver.shorten("x" * 10**6)) <= driver.STACK_BYTES


@pytest.mark.parametrize("name", ["../evil", "os.path", "Silver", ""])
def test_a_module_outside_the_folder_is_no_job(name):
    with pytest.raises(ValueError):
        driver.load(name)


def test_names_are_quoted():
    assert common.table_name({"catalog": "a", "namespace": "b", "table": "c"}) == "`a`.`b`.`c`"
    assert common.as_of("`t`", "7") == "`t` VERSION AS OF 7"
