"""Arrow without pandas: the first Python value that pyarrow converts makes it import pandas, where that is installed,
only to know whether the value is one of pandas' own. It costs a second and 50 MiB, and a sync never has such values.
"""

from __future__ import annotations

import sys
import threading
from functools import cache
from importlib.machinery import ModuleSpec


class _Blocked:
    """Finds no pandas for one thread."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name == "pandas" and threading.get_ident() == self._thread:
            raise ImportError(name)
        return None


@cache
def leave_pandas_out() -> None:
    """Let pyarrow convert its first value while it finds no pandas; it asks again when a table goes `to_pandas`.

    Does nothing where pandas is loaded already.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    blocked = _Blocked()
    sys.meta_path.insert(0, blocked)
    try:
        pa.scalar(0)
    finally:
        sys.meta_path.remove(blocked)
