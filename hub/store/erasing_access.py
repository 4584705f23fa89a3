"""What erasing a person does to the tables. The same SQL on both databases; all of it in one transaction.

Who the person is, and which rows tell of him or her, is decided in `hub.access.erase`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hub.model.catalog import ENTITIES
from hub.model.kinds import Kind
from hub.store.same_sql import SameSql, places

_CHUNK = 300
_LOCK = 4_716_253_005
"""Advisory lock: pages of syncs share it, an erasure has it alone."""
_IDENTITY_LOCK = 4_716_253_002
_CHANGES_LOCK = 0x6875_6200

LOCK_SHARED = f"SELECT pg_advisory_xact_lock_shared({_LOCK})"


class Sought(NamedTuple):
    """A table that is looked through for values: what tells its rows apart, its texts, and its JSON columns."""

    table: str
    key: tuple[str, ...]
    texts: tuple[str, ...]
    documents: tuple[str, ...] = ()


BOOKKEEPING = (
    Sought("hub_runs", ("id",), ("error",), ("notes",)),
    Sought("hub_pages", ("run_id", "number", "entity"), ("origin",)),
    Sought("hub_streams", ("source", "stream"), (), ("state", "resume")),
    Sought("hub_quarantine", ("id",), ("reason", "origin"), ("raw",)),
    Sought("hub_links", ("entity", "source", "source_id"), ("rule",), ("evidence",)),
    Sought("hub_reviews", ("id",), ("rule",), ("evidence",)),
    Sought("hub_decisions", ("id",), ("why", "undone_why"), ("before",)),
    Sought("hub_schedules", ("source", "stream"), ("paused_why",)),
    Sought("hub_alerts", ("id",), ("title", "detail", "fix")),
    Sought("hub_deliveries", ("alert_id", "event", "channel"), ("error",)),
    Sought("hub_backfills", ("id",), ("error",)),
    Sought("hub_snapshots", ("id",), ("value", "body")),
    Sought("hub_requests", ("id",), ("detail", "result")),
)
"""Where a person may be mentioned beside the records: reasons, notes, evidence, kept results."""


def canonical(entity: str) -> Sought:
    """A canonical table, as it is looked through: keys and references are ids, which are dealt with by themselves."""
    columns = [c for c in ENTITIES[entity].columns if c.name != "source_id" and not c.refers_to and not c.vocabulary]
    texts = tuple(c.name for c in columns if c.kind is Kind.TEXT and not c.format)
    return Sought(entity, ("source", "source_id"), texts, tuple(c.name for c in columns if c.kind is Kind.JSON))


class ErasingTables(SameSql):
    """The tables, as an erasure reads and changes them."""

    def lock(self) -> None:
        """Wait for pages, resolutions and other erasures; on SQLite the transaction is alone anyway."""
        if not self.sqlite:
            for number in (_LOCK, _IDENTITY_LOCK, _CHANGES_LOCK):
                self.rows("SELECT pg_advisory_xact_lock($1)", number)

    def text(self, column: str) -> str:
        """A JSON column as text."""
        return column if self.sqlite else f"CAST({column} AS text)"

    # -- reading -----------------------------------------------------------------------------------------------

    def records(self, entity: str, column: str, source: str, values: Sequence[str]) -> list[dict[str, Any]]:
        """The rows of a source whose column has one of the values, with all texts of the entity."""
        names = _told(entity)
        found: list[dict[str, Any]] = []
        for chunk in _chunks(values):
            rows = self.rows(
                f"SELECT {', '.join(names)} FROM {entity} WHERE source = $1 AND {column} IN"
                f" ({places(len(chunk), 2)})",
                source, *chunk,
            )  # fmt: skip
            found += [dict(zip(names, row, strict=True)) for row in rows]
        return found

    def records_by_email(self, entity: str, email: str) -> list[dict[str, Any]]:
        """The rows of all sources with an e-mail address, however it is spelt."""
        names = _told(entity)
        rows = self.rows(f"SELECT {', '.join(names)} FROM {entity} WHERE lower(email) = $1", email.casefold())
        return [dict(zip(names, row, strict=True)) for row in rows]

    def records_by_name(self, entity: str, name: str) -> list[tuple[str, str]]:
        """Keys of the rows with a name, in any case of letters that the database knows."""
        rows = self.rows(f"SELECT source, source_id FROM {entity} WHERE lower(name) = lower($1)", name)
        return [(source, source_id) for source, source_id in rows]

    def golden_of(self, source: str, source_id: str) -> str | None:
        """The golden customer of a record."""
        found = self.rows(
            "SELECT golden_id FROM hub_links WHERE entity = 'customers' AND source = $1 AND source_id = $2",
            source, source_id,
        )  # fmt: skip
        return str(found[0][0]) if found else None

    def members(self, golden_id: str) -> list[tuple[str, str]]:
        """The records of a golden customer."""
        found = self.rows(
            "SELECT source, source_id FROM hub_links WHERE entity = 'customers' AND golden_id = $1"
            " ORDER BY source, source_id",
            golden_id,
        )
        return [(source, source_id) for source, source_id in found]

    # -- records -----------------------------------------------------------------------------------------------

    def clear(self, entity: str, source: str, column: str, values: Sequence[str], cleared: Sequence[str]) -> int:
        """Empty columns of a source's rows whose `column` has one of the values. How many had something in them."""
        if not cleared:
            return 0
        empty = ", ".join(f"{name} = NULL" for name in cleared)
        filled = " OR ".join(f"{name} IS NOT NULL" for name in cleared)
        return sum(
            self.change(
                f"UPDATE {entity} SET {empty} WHERE source = $1 AND {column} IN ({places(len(chunk), 2)})"
                f" AND ({filled})",
                source, *chunk,
            )
            for chunk in _chunks(values)
        )  # fmt: skip

    def rename(self, entity: str, source: str, old: str, new: str) -> None:
        """Give a record another key, wherever it is named."""
        self.change(f"UPDATE {entity} SET source_id = $3 WHERE source = $1 AND source_id = $2", source, old, new)
        for other in ENTITIES.values():
            for column in other.columns:
                if column.refers_to == entity:
                    self.change(
                        f"UPDATE {other.name} SET {column.name} = $3 WHERE source = $1 AND {column.name} = $2",
                        source, old, new,
                    )  # fmt: skip
        self.change("DELETE FROM hub_links WHERE entity = $1 AND source = $2 AND source_id = $3", entity, source, old)
        self.change(
            "UPDATE hub_links SET with_source_id = $4 WHERE entity = $1 AND with_source = $2 AND with_source_id = $3",
            entity, source, old, new,
        )  # fmt: skip
        for side in ("left", "right"):
            self.change(
                f"DELETE FROM hub_decision_pairs WHERE {side}_source = $1 AND {side}_id = $2 AND decision_id IN"
                " (SELECT id FROM hub_decisions WHERE entity = $3)",
                source, old, entity,
            )  # fmt: skip
        self.change(
            "UPDATE hub_quarantine SET source_id = $4, record_key = $4 WHERE entity = $1 AND source = $2"
            " AND source_id = $3",
            entity, source, old, new,
        )  # fmt: skip

    # -- identity ----------------------------------------------------------------------------------------------

    def forget_identity(self, source: str, source_id: str) -> int:
        """Why a customer's record was linked, and what people were asked about it. The link itself, between ids, stays
        until the next resolution, so that orders keep their customer."""
        self.change(
            "UPDATE hub_links SET evidence = NULL WHERE entity = 'customers'"
            " AND ((source = $1 AND source_id = $2) OR (with_source = $1 AND with_source_id = $2))",
            source, source_id,
        )  # fmt: skip
        return self.change(
            "DELETE FROM hub_reviews WHERE entity = 'customers'"
            " AND ((left_source = $1 AND left_id = $2) OR (right_source = $1 AND right_id = $2))",
            source, source_id,
        )  # fmt: skip

    def clear_golden(self, golden_id: str, cleared: Sequence[str], values: Sequence[str] | None) -> int:
        """Empty columns of a golden customer: all of them, or those that hold one of the values."""
        changed = 0
        for name in cleared:
            if values is None:
                changed += self.change(
                    f"UPDATE golden_customers SET {name} = NULL WHERE golden_id = $1 AND {name} IS NOT NULL", golden_id
                )
            for chunk in _chunks(values or ()):
                changed += self.change(
                    f"UPDATE golden_customers SET {name} = NULL WHERE golden_id = $1 AND {name} IN"
                    f" ({places(len(chunk), 2)})",
                    golden_id, *chunk,
                )  # fmt: skip
        self.change("UPDATE golden_customers SET provenance = NULL WHERE golden_id = $1", golden_id)
        return min(changed, 1)

    # -- quarantine --------------------------------------------------------------------------------------------

    def drop_waiting(self, entity: str, source: str, ids: Sequence[str], raw: str, *, at: datetime, who: str) -> int:
        """Put `raw` (JSON) in place of the person's own refused rows; nothing will be made of them any more."""
        document = "$3" if self.sqlite else "CAST($3 AS jsonb)"
        return sum(
            self.change(
                f"UPDATE hub_quarantine SET raw = {document}, status = 'dropped', settled_at = $4, settled_by = $5"
                f" WHERE entity = $1 AND source = $2 AND source_id IN ({places(len(chunk), 6)})",
                entity, source, raw, at, who, *chunk,
            )
            for chunk in _chunks(ids)
        )  # fmt: skip

    # -- values, wherever they are -----------------------------------------------------------------------------

    def sweep(
        self, sought: Sought, needles: Sequence[str], replaced: Callable[[str], str],
        within: tuple[str, str, Sequence[str]] | None = None,
    ) -> int:  # fmt: skip
        """Replace values in texts and JSON: `replaced` gives the new text of a cell that may hold one. `within` narrows
        it to (source, column, values). Returns how many rows changed."""
        sought = self._in_use(sought)
        cells = [*sought.texts, *(self.text(name) for name in sought.documents)]
        small = sorted({_small(each) for each in needles})
        hit = " OR ".join(
            f"{'instr' if self.sqlite else 'strpos'}(lower({cell}), ${number}) > 0"
            for cell in cells
            for number in range(1, len(small) + 1)
        )
        changed = 0
        for narrower, values in self._narrowed(within, len(small)) if hit else ():
            rows = self.rows(
                f"SELECT {', '.join([*sought.key, *cells])} FROM {sought.table} WHERE {narrower}({hit})",
                *small, *values,
            )  # fmt: skip
            for row in rows:
                before = row[len(sought.key) :]
                after = [None if cell is None else replaced(cell) for cell in before]
                if after != list(before):
                    self._put(sought, row[: len(sought.key)], after)
                    changed += 1
        return changed

    def _in_use(self, sought: Sought) -> Sought:
        """Without the columns of a canonical table that nobody ever wrote: each costs a look at every row."""
        if sought.table not in ENTITIES:
            return sought
        written = {name for (name,) in self.rows("SELECT name FROM hub_columns WHERE entity = $1", sought.table)}
        texts, documents = (tuple(name for name in names if name in written) for names in sought[2:])
        return sought._replace(texts=texts, documents=documents)

    def _narrowed(
        self, within: tuple[str, str, Sequence[str]] | None, before: int
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        if within is None:
            yield "", ()
            return
        source, column, values = within
        for chunk in _chunks(values):
            yield (
                f"source = ${before + 1} AND {column} IN ({places(len(chunk), before + 2)}) AND ",
                (source, *chunk),
            )

    def _put(self, sought: Sought, key: Sequence[Any], cells: Sequence[Any]) -> None:
        names = [*sought.texts, *sought.documents]
        as_json = "CAST(${} AS jsonb)" if not self.sqlite else "${}"
        given = [
            f"{name} = {(as_json if name in sought.documents else '${}').format(number)}"
            for number, name in enumerate(names, 1)
        ]
        same = [f"{name} = ${number}" for number, name in enumerate(sought.key, len(names) + 1)]
        self.change(f"UPDATE {sought.table} SET {', '.join(given)} WHERE {' AND '.join(same)}", *cells, *key)

    # -- afterwards --------------------------------------------------------------------------------------------

    def forget_changes(self, entity: str, source: str) -> None:
        """List one change, and forget all before it: whoever follows the changes (replicas, on other machines as well)
        has to build everything anew, and so keeps no file in which the person still is."""
        found = self.rows("SELECT max(id) FROM hub_runs")
        run_id = (found[0][0] if found else None) or 0
        ((sequence,),) = self.rows(
            "INSERT INTO hub_changes (entity, source, run_id, keys) VALUES ($1, $2, $3, '[]') RETURNING sequence",
            entity, source, run_id,
        )  # fmt: skip
        self.change("DELETE FROM hub_changes WHERE sequence < $1", sequence)
        self.change(
            "INSERT INTO hub_marks (name, value) VALUES ('changes_pruned_to', $1)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            sequence,
        )

    def remember(self, entries: Sequence[tuple[str, str]], at: datetime) -> None:
        """Put digests on the list of the erased."""
        for digest, what in entries:
            self.change(
                "INSERT INTO hub_erased (digest, what, erased_at) VALUES ($1, $2, $3)"
                " ON CONFLICT (digest) DO UPDATE SET what = excluded.what",
                digest, what, at,
            )  # fmt: skip

    def remembered(self) -> dict[str, str]:
        """The list of the erased: digest -> what."""
        return dict(self.rows("SELECT digest, what FROM hub_erased"))

    def key(self) -> str | None:
        """The key of the digests; None where nobody was ever erased."""
        found = self.rows("SELECT value FROM hub_keys WHERE name = 'erased'")
        return str(found[0][0]) if found else None

    def overwrite(self) -> None:
        """From now on SQLite writes zeros over what it frees. Outside of a transaction."""
        if self.sqlite:
            self.rows("PRAGMA secure_delete = ON")

    def vacuum(self) -> None:
        """Give back the space where old versions of rows still lie. Outside of a transaction."""
        self.rows("VACUUM")
        if self.sqlite:
            self.rows("PRAGMA wal_checkpoint(TRUNCATE)")


def _small(text: str) -> str:
    """In small letters, as databases make them of columns that compare byte by byte: ASCII only."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _told(entity: str) -> list[str]:
    """The columns that say who it is."""
    wanted = (
        "kind", "name", "legal_name", "first_name", "last_name", "email", "phone", "mobile", "street", "website",
        "company_number", "duns", "lei", "gln", "industry", "industry_code", "employees", "company",
    )  # fmt: skip
    return ["source", "source_id", *(name for name in wanted if name in ENTITIES[entity])]


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
