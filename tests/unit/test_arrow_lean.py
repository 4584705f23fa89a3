"""A sync over Arrow tables does not load pandas, and pandas works afterwards as ever."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import pyarrow as pa
from hub.mapping import FieldMap, apply, at
from hub.model.catalog import ENTITIES

orders = FieldMap(ENTITIES["orders"], {"source_id": at("id"), "total": at("total"), "ordered_at": at("at")})
from pyarrow import csv
table = csv.read_csv(pa.BufferReader(b"id,total,at\\n1,1.50,2024-05-01\\n2,x,01.05.2024\\n"))
mapped = apply([orders], table)
assert len(mapped.rejects) == 1 and len(mapped.batches[0]) == 1
assert "pandas" not in sys.modules, "pandas was loaded"

assert table.to_pandas().shape == (2, 3)
import pandas
assert pa.array(pandas.Series([1.0, float("nan")])).null_count == 1
assert pa.Table.from_pandas(pandas.DataFrame({"a": [1]})).num_rows == 1
"""


def test_pandas_is_left_out_until_somebody_wants_it() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
