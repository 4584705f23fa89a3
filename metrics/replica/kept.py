"""What is kept beside the replica, parts of facts and results, holds until a table that it follows from changes.

A file's name tells which tables these are, and their state. So whoever brings the replica to a new state can tell what
still holds without looking into it: new stock leaves the numbers of sales where they are.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from metrics.replica.shape import TABLES

_BITS = {name: 1 << place for place, name in enumerate(sorted(TABLES))}
_FOLLOWS = {"hub_rates": "fx_rates"}
"""What SQL calls tables that the engine makes of others."""
_STAMPED = re.compile(r"(?:part|answer)-([0-9a-f]+)\.([0-9a-f]{16})-")
_DAYS = 2
"""Many numbers follow from the day as well; after so many no file is of use."""


@dataclass(frozen=True)
class State:
    """The state of the data.

    tables   canonical table -> what tells its present rows from any other ones; what is not known table by table stands
             in `rest`
    rest     what else numbers follow from, such as settings
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    rest: str = ""

    def stamp(self, texts: Iterable[str]) -> str:
        """The tables that SQL names, and their state."""
        return stamp(self.tables, frozenset().union(*map(_named, texts)))

    @cached_property
    def whole(self) -> str:
        """The same for all tables."""
        return stamp(self.tables, TABLES)


def stamp(states: Mapping[str, str], tables: Iterable[str]) -> str:
    """Tables and their state as text for the name of a file."""
    listed = sorted(tables)
    told = repr([(name, states.get(name, "")) for name in listed])
    return f"{sum(_BITS[name] for name in listed):x}.{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def still_holds(path: Path, states: Mapping[str, str]) -> bool:
    """Whether a file is of the present state of its tables, and of these days."""
    found = _STAMPED.match(path.name)
    if found is None or int(found[1], 16) >> len(_BITS):
        return False
    tables = [name for name, bit in _BITS.items() if int(found[1], 16) & bit]
    return stamp(states, tables) == f"{found[1]}.{found[2]}" and time.time() - path.stat().st_mtime < _DAYS * 86_400


@cache
def _named(text: str) -> frozenset[str]:
    """The tables of which SQL has the name, whatever it means by it."""
    words = set(re.findall(r"\w+", text.lower()))
    return frozenset(words & TABLES.keys()) | {table for name, table in _FOLLOWS.items() if name in words}
