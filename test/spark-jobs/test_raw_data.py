"""How raw columns are recognized and read."""
import pytest
import raw_data

INT_COLUMN = {
    "name": "age",
    "type": "INT",
    "readings": {
        "int": {"read": "INT", "sql": "`age`", "lossy": False},
        "long": {"read": "BIGINT", "sql": "CAST(`age` AS INT)", "lossy": True},
        "decimal": {"read": None, "sql": "CAST(`age` AS INT)", "lossy": True},
    },
}


@pytest.mark.parametrize(
    "physical, logical, word",
    [
        ("INT32", None, "int"),
        ("INT96", None, "timestamp(int96)"),
        ("BOOLEAN", None, "boolean"),
        ("INT32", "INTEGER(8,true)", "byte"),
        ("INT64", "INTEGER(64,false)", "unsigned_long"),
        ("INT64", "TIMESTAMP(MICROS,true)", "timestamp(us)"),
        ("INT64", "DECIMAL(18,2)", "decimal(18,2)"),
        ("BINARY", "DECIMAL(40,2)", "wide_decimal(40,2)"),
        ("BINARY", "ENUM", "string"),
        ("INT32", "UNKNOWN", "null"),
        ("INT32", "DATE", "date"),
    ],
)
def test_type_word(physical, logical, word):
    assert raw_data.type_word(physical, logical) == word


def field(name, kind):
    return name, kind, True, ()


@pytest.mark.parametrize(
    "schema, reading",
    [
        ([field("age", "int")], ("INT", "`age`", False)),
        ([field("age", "long")], ("BIGINT", "CAST(`age` AS INT)", True)),
        ([field("age", "decimal(9,0)")], ("decimal(9,0)", "CAST(`age` AS INT)", True)),
        ([field("age", "string")], None),
        ([field("Age", "int")], None),
        ([field("age", "int"), field("AGE", "int")], None),
        ([], None),
    ],
)
def test_reading_of(schema, reading):
    assert raw_data.reading_of(schema, INT_COLUMN) == reading
    assert raw_data.is_readable(schema, [INT_COLUMN]) == (reading is not None)


class File:
    def __init__(self, key, kind, rows=1):
        self.key, self.schema, self.bytes, self.rows = key, (field("age", kind),), 10, rows


def test_files_that_are_read_alike_are_one_group():
    a, b, c = File("a", "int"), File("b", "long"), File("c", "int")
    assert [files for files, _ in raw_data.alike([a, b, c], [INT_COLUMN])] == [[a, c], [b]]


def test_raw_input_says_keys_and_sizes():
    files = [File("a", "int", 2), File("ü\ud800", "int", 3)]
    found = raw_data.raw_input(files)
    assert (found["files"], found["rows"], len(found["digest"])) == (2, 5, 32)
    assert found["digest"] != raw_data.raw_input(files[:1])["digest"]


def test_names_with_patterns_are_escaped():
    class Reader:
        def parquet(self, *paths):
            return paths

    assert raw_data.read_parquet(Reader(), ["/a/[b]*{c}?.parquet"]) == ("/a/\\[b\\]\\*\\{c\\}\\?.parquet",)
