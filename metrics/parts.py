"""Where parts of facts are: in files beside the replica, true for one state of their tables, or in memory.

A file is written once and never changed. Whoever brings the replica to a new state removes those that do not hold any
more (`metrics.replica.kept`).
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from metrics import duck
from metrics.duck import quoted
from metrics.replica.kept import State
from metrics.scope import Part

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

_IDLE_SECONDS = 3600
"""Files of other states that are older are in nobody's use."""
_LARGE_BYTES = 20 << 20
"""Of a replica from which on its parts are large."""


@dataclass
class Parts:
    """The parts in one database. `state` says what they follow from beside their SQL: tables, settings, day."""

    db: duckdb.DuckDBPyConnection
    folder: Path | None = None
    state: State = field(default_factory=State)
    _digests: dict[str, str] = field(default_factory=dict)
    _tables: set[str] = field(default_factory=set)
    _making: dict[Path, threading.Lock] = field(default_factory=dict)
    """Files that one thread makes, and others of this process may wait for."""

    def beside(self, db: duckdb.DuckDBPyConnection) -> Parts:
        """The same parts in a connection that is used at the same time; each has to be told to have them."""
        return replace(self, db=db, _digests={}, _tables=set())

    def have(self, parts: Sequence[Part], variant: str) -> None:
        """Make these parts, each behind those it is made of, unless they are there. `variant` tells how exactly."""
        texts: dict[str, tuple[str, ...]] = {}
        for part in parts:
            below = [other.table for other in parts if other is not part and other.table in part.sql]
            texts[part.table] = (part.sql, *(text for table in below for text in texts[table]))
            follows = (self.state.rest, variant, part, sorted(self._digests[table] for table in below))
            made = hashlib.sha256(repr(follows).encode()).hexdigest()[:24]
            digest = f"{self.state.stamp(texts[part.table])}-{part.name}-{made}"
            if self._digests.get(part.table) != digest:
                self._make(part, digest)
                self._digests[part.table] = digest

    def _make(self, part: Part, digest: str) -> None:
        kind = "TABLE" if part.table in self._tables else "VIEW"
        self.db.execute(f"DROP {kind} IF EXISTS {part.table}")
        self._tables.discard(part.table)
        duck.define_divisions(self.db, part.sql)
        path = self._file(part, self.folder / f"part-{digest}.parquet") if self.folder else None
        if path:
            self.db.execute(f"CREATE TEMP VIEW {part.table} AS SELECT * FROM read_parquet({quoted(str(path))})")
        else:
            self.db.execute(f"CREATE TEMP TABLE {part.table} AS {part.sql}")
            self._tables.add(part.table)

    def _file(self, part: Part, path: Path) -> Path | None:
        """The part's file; None where it cannot be written."""
        with self._making.setdefault(path, threading.Lock()):
            return path if path.exists() else self._written(part, path)

    def _written(self, part: Part, path: Path) -> Path | None:
        import duckdb

        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            duck.write_parquet(self.db, part.sql, temporary, is_large=self.is_large)
            temporary.replace(path)
        except (OSError, duckdb.IOException) as error:
            log.debug("%s is kept in memory: %s", part.name, error)
            return None
        finally:
            temporary.unlink(missing_ok=True)
        self._sweep(part.name, path)
        return path

    @cached_property
    def is_large(self) -> bool:
        """Whether there are so many rows that loading another writer pays, and working in two threads."""
        if self.folder is None:
            return False
        return sum(path.stat().st_size for path in self.folder.glob("base-*.parquet")) > _LARGE_BYTES

    def _sweep(self, name: str, path: Path) -> None:
        for other in path.parent.glob(f"part-*-{name}-*"):
            with contextlib.suppress(OSError):
                if other != path and time.time() - other.stat().st_mtime > _IDLE_SECONDS:
                    other.unlink()
