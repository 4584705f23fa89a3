"""Translations that were made before: parsing a statement takes longer than running it over few rows."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from metrics.engines.dialect import Columns
from metrics.engines.shipped_sql import key_of, rules_of, shipped


@dataclass
class KeptSql:
    """Translations by one dialect's module: those that came with the hub, and further ones in a folder, or for this
    process alone (None)."""

    module: ModuleType
    folder: Path | None
    _mark: str = field(init=False)
    _known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._mark = f"{version('sqlglot')} {rules_of(self.module)}"

    def translated(self, sql: str, columns: Columns, make: Callable[[Columns], str], variant: str = "") -> str:
        """What was made of a statement, or what `make` makes of it now. It is kept unless it depends on the columns of
        a table, which only `columns` tells."""
        came = None if variant else shipped(self.module).get(key_of(sql))
        if came:
            return came
        key = hashlib.sha256(repr((self._mark, variant, sql)).encode()).hexdigest()[:32]
        found = self._known.get(key) or self._read(key)
        if found:
            return self._known.setdefault(key, found)
        asked: list[str] = []

        def told(table: str) -> Sequence[str]:
            asked.append(table)
            return columns(table)

        made = make(told)
        if not asked:
            self._known[key] = made
            self._write(key, made)
        return made

    def _path(self, key: str) -> Path | None:
        return self.folder / f"{self.module.__name__.rpartition('.')[2]}-{key}.sql" if self.folder else None

    def _read(self, key: str) -> str:
        path = self._path(key)
        try:
            return path.read_text(encoding="utf-8") if path else ""
        except (OSError, UnicodeDecodeError):
            return ""

    def _write(self, key: str, made: str) -> None:
        """A cache that cannot be written is no cache; the metric is there all the same."""
        path = self._path(key)
        if path is None:
            return
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(made, encoding="utf-8")
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
