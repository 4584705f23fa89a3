"""The whole store into an empty database, of the same kind or the other one: `hub db copy`.

Rows travel as lines of CSV that the source database writes itself (`copying_sql`). The target gets all of it in one
transaction, so a copy that broke off has left nothing and is begun again. What was sent and what arrived are then held
against each other: rows and a checksum of every table, and the sums of all amounts in each currency.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.errors import StoreError
from hub.store import open_store
from hub.store.copying_sql import End, Lines, Table, end_of, tables

if TYPE_CHECKING:
    from hub.store.base import Store

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class CopiedTable:
    """One table, the same on both sides. `checksum` does not depend on the order of its rows."""

    name: str
    rows: int
    checksum: str


@dataclass(frozen=True)
class Copied:
    """What was verified. `sums`: (table, column, currency) -> the sum of all its amounts."""

    tables: tuple[CopiedTable, ...]
    sums: dict[tuple[str, str, str], Decimal]

    def document(self) -> dict[str, Any]:
        """The same for JSON."""
        sums = [{"table": t, "column": c, "currency": u, "sum": str(s)} for (t, c, u), s in sorted(self.sums.items())]
        return {"tables": [asdict(table) for table in self.tables], "sums": sums}

    def told(self) -> list[str]:
        """The same for people."""
        lines = [f"{each.name:<24}{each.rows:>12,} rows  checksum {each.checksum}" for each in self.tables if each.rows]
        lines += [
            f"{f'{table}.{column}':<40}{total:>28,f} {unit}"
            for (table, column, unit), total in sorted(self.sums.items())
        ]
        empty = sum(not each.rows for each in self.tables)
        rows = sum(each.rows for each in self.tables)
        return [
            *lines,
            f"Verified: {rows:,} rows in {len(self.tables)} tables ({empty} of them empty) and {len(self.sums)} sums"
            " are the same on both sides. Point `store` in hub.yaml to the copy.",
        ]  # fmt: skip


def copy_between(source_url: str, target_url: str, progress: Progress) -> Copied:
    """Copy everything and verify it. Raises StoreError, ConfigError; the target is then as it was."""
    if source_url == target_url:
        raise StoreError("source and target are the same database.", fix="Name another target.")
    with open_store(source_url) as source, open_store(target_url) as target:
        source.require_current()
        _require_quiet(source)
        target.prepare()
        start, finish = end_of(source), end_of(target)
        listed = tables()
        _require_empty(finish, listed)
        sent: dict[str, CopiedTable] = {}
        with start.still(), finish.writing():
            for table in listed:
                sent[table.name] = _copied(start, finish, table)
                if sent[table.name].rows:
                    progress(table.name, sent[table.name].rows)
            finish.finished(listed)
            sums = {table.name: start.sums(table) for table in listed}
            _require_same(finish, listed, sent, sums)
        _require_quiet(source)
    flat = {(name, *key): total for name, found in sums.items() for key, total in found.items()}
    return Copied(tuple(sent.values()), flat)


def _copied(start: End, finish: End, table: Table) -> CopiedTable:
    seen = Checksum()
    finish.put(table, seen.passing(start.lines(table)))
    return CopiedTable(table.name, seen.rows, seen.told)


class Checksum:
    """A sum over the digests of lines: the same whatever their order, another one where a line is missing or twice."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def passing(self, pages: Iterable[Lines]) -> Iterator[Lines]:
        """The same pages, added up as they pass."""
        for page in pages:
            for line in page:
                digest = hashlib.blake2b(line.encode("utf-8"), digest_size=8).digest()
                self._sum += int.from_bytes(digest, "big")
            self.rows += len(page)
            yield page

    @property
    def told(self) -> str:
        return f"{self._sum % (1 << 64):016x}"


def _require_same(
    finish: End, listed: list[Table], sent: dict[str, CopiedTable], sums: dict[str, dict[tuple[str, str], Decimal]]
) -> None:
    for table in listed:
        seen = Checksum()
        for _ in seen.passing(finish.lines(table)):
            pass
        arrived = CopiedTable(table.name, seen.rows, seen.told)
        known = sent[table.name]
        if arrived != known or finish.sums(table) != sums[table.name]:
            raise StoreError(
                f"the copy of {table.name} differs: {known.rows} rows ({known.checksum}) were sent,"
                f" {arrived.rows} ({arrived.checksum}) arrived.",
                fix="Nothing was kept in the target. Report it with both databases' versions.",
            )


def _require_quiet(source: Store) -> None:
    held = source.leases()
    if held:
        lease = held[0][0]
        raise StoreError(
            f"{lease.source}/{lease.stream} is being synced right now ({lease.holder}).",
            fix="Stop `hub run` and wait for syncs to end, then copy again: what they bring meanwhile would be lost.",
        )


def _require_empty(finish: End, listed: list[Table]) -> None:
    for table in listed:
        if not finish.is_empty(table):
            raise StoreError(
                f"the target is not empty: {table.name} has rows.", fix="Give a new database; nothing is overwritten."
            )
