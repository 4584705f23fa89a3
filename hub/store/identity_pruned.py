"""Customers and products that are pruned: whoever follows changes is told, since links and golden records name them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

_LISTED = 10_000
"""Most keys of one change."""


def tell_pruned(
    rows: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]], entity: str, condition: str, value: Any, add: str
) -> None:
    """Before the rows of an entity that meet a condition (with one parameter) are pruned, list their keys as changes of
    the newest run. `rows` runs a statement; `add` inserts a change: entity, source, keys as JSON."""
    gone: dict[str, list[str]] = defaultdict(list)
    for source, key in rows(f"SELECT source, source_id FROM {entity} WHERE {condition} ORDER BY 1, 2", (value,)):
        gone[source].append(key)
    for source, keys in sorted(gone.items()):
        for start in range(0, len(keys), _LISTED):
            rows(add, (entity, source, json.dumps(keys[start : start + _LISTED])))
