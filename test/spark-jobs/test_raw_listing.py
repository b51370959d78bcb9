"""Which local files are raw data."""
import os

import pytest
import raw_listing
import stream_errors


def names(folder):
    return [file.name for file in raw_listing.each_once(raw_listing.local_files(str(folder)))]


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("rows")
    return path


def test_files_below_folders_but_no_hidden_ones(tmp_path):
    for name in ("b.parquet", "sub/a.parquet", "_staged/c.parquet", ".d.parquet"):
        put(tmp_path / name)
    assert names(tmp_path) == ["b.parquet", "sub/a.parquet"]


def test_a_file_counts_once_by_its_own_name(tmp_path):
    own = put(tmp_path / "z.parquet")
    os.symlink(own, tmp_path / "a.parquet")
    os.link(own, tmp_path / "m.parquet")
    assert names(tmp_path) == ["m.parquet"]


def test_links_in_circles_end(tmp_path):
    put(tmp_path / "sub/a.parquet")
    os.symlink(tmp_path, tmp_path / "sub/up")
    assert names(tmp_path) == ["sub/a.parquet"]


def test_a_folder_elsewhere_is_read_through_its_link(tmp_path):
    put(tmp_path / "other/a.parquet")
    raw = tmp_path / "raw"
    raw.mkdir()
    os.symlink(tmp_path / "other", raw / "linked")
    assert names(raw) == ["linked/a.parquet"]


def test_a_link_to_nothing_is_named(tmp_path):
    os.symlink(tmp_path / "gone", tmp_path / "a.parquet")
    with pytest.raises(stream_errors.StoreUnavailable, match="a.parquet is a link to .*gone"):
        names(tmp_path)


def test_no_folder_has_no_files(tmp_path):
    assert names(tmp_path / "none") == []


def test_a_file_is_known_by_its_other_names(tmp_path):
    put(tmp_path / "a.parquet")
    os.link(tmp_path / "a.parquet", tmp_path / "b.parquet")
    identities = raw_listing.names_still(str(tmp_path), ["a.parquet", "none.parquet"])
    assert identities == raw_listing.names_still(str(tmp_path), ["b.parquet"])
