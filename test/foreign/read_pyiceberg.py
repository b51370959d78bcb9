"""What PyIceberg reads of Iceberg tables, as JSON.

Usage: read_pyiceberg.py '<request>'; the request is a JSON list of
  {"name", "metadata": path of a vN.metadata.json, "filters": [row filter, ...]}
The answer is a JSON object by name: rows, schema [[id, name, type]], spec [[name, transform, source id, field id]],
partitions [[value...]], snapshots, summary, columns {name: sorted values as text}, and for each filter the planned files and rows.
"""
import json
import sys

from pyiceberg.table import StaticTable


def text(value):
    if isinstance(value, list):
        return [text(v) for v in value]
    return None if value is None else str(value)


def describe(request):
    table = StaticTable.from_metadata(request["metadata"])
    arrow = table.scan().to_arrow()
    plain = {name: [text(v) for v in arrow.column(name).to_pylist()] for name in arrow.column_names}
    snapshot = table.current_snapshot()
    return {
        "rows": arrow.num_rows,
        "schema": [[f.field_id, f.name, str(f.field_type)] for f in table.schema().fields],
        "spec": [[f.name, str(f.transform), f.source_id, f.field_id] for f in table.spec().fields],
        "partitions": [list(row["partition"].values()) + [row["record_count"], row["file_count"]]
                       for row in table.inspect.partitions().to_pylist()] if table.spec().fields else [],
        "entries": table.inspect.entries().num_rows,
        "snapshots": len(table.metadata.snapshots),
        "snapshot_id": str(snapshot.snapshot_id),
        "summary": {**snapshot.summary.additional_properties, "operation": snapshot.summary.operation.value},
        "columns": {name: sorted(values, key=lambda v: (v is not None, str(v))) for name, values in plain.items()},
        "filters": {
            f: {
                "files": sorted(t.file.file_path for t in table.scan(row_filter=f).plan_files()),
                "rows": table.scan(row_filter=f).to_arrow().num_rows,
            }
            for f in request.get("filters", [])
        },
    }


print(json.dumps({r["name"]: describe(r) for r in json.loads(sys.argv[1])}, default=str))
