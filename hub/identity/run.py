"""The resolution job: from the records in the store to links, reviews and golden records, in one transaction.

Only what changed since the last resolution is compared, by the store's log of changes. Everything is compared where
there is no last one, its working tables are gone, the log was pruned, or a setting that matters has changed. What
people decided is heeded in every case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.identity import costs, heirs, survivors
from hub.identity.articles import resolve_articles
from hub.identity.decisions import in_force
from hub.identity.elsewhere import Cluster, helping
from hub.identity.found import Found
from hub.identity.loading import Changed, changed_since, key_of
from hub.identity.marks import fingerprint, mark
from hub.identity.outgoing import difference, golden_rows, keys_of_chosen, link_rows, stale_ids
from hub.identity.workplace import Workplace, workplace
from hub.store.identity import RESOLVED, Decision, IdentityWriter, Said, State
from hub.store.identity_rows import golden_number

if TYPE_CHECKING:
    import duckdb

    from hub.identity.resolve import Helper
    from hub.settings.identity import IdentitySettings
    from hub.store.base import Store

_MANY = 20_000
"""Stale golden records from which on it is quicker to read all records than those alone."""


@dataclass(frozen=True)
class Outcome:
    """What a resolution did; `kind` is `full`, `incremental`, or `none` where nothing had changed."""

    kind: str
    resolution_id: int
    compared: dict[str, int] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def resolve(
    store: Store, settings: IdentitySettings, folder: Path, *, full: bool = False, cluster: Cluster | None = None
) -> Outcome:
    """Bring identity up to date. StoreBusy while another process does the same.

    cluster  where many records are compared; in this process where None. The outcome is the same.
    """
    started = datetime.now(UTC)
    state, last = store.identity_state(), store.last_resolution()
    sequence = store.sequence()
    said = store.decisions()
    waiting = [decision for decision in said if decision.resolution_id is None]
    print_of = fingerprint(settings)
    changed = None if full or last is None or last.settings != print_of else changed_since(store, last.sequence)
    if changed is not None and not any(changed.values()) and not waiting:
        return Outcome("none", state.resolution_id)
    with workplace(folder) as place, helping(cluster) as helper:
        if changed is None or last is None or place.mark != mark(store, last.id, print_of):
            changed = None
        job = _Job(store, settings, place, _Start(state, said, changed, started, last.counts if last else {}), helper)
        outcome = job.run(sequence, print_of)
        place.keep(mark(store, outcome.resolution_id, print_of))
    return outcome


@dataclass(frozen=True)
class _Start:
    """What a resolution begins with. `changed` is None where everything is compared."""

    state: State
    said: list[Decision]
    changed: dict[str, Changed] | None
    at: datetime
    last_counts: dict[str, Any]


class _Job:
    """One resolution."""

    def __init__(
        self, store: Store, settings: IdentitySettings, place: Workplace, start: _Start, helper: Helper | None
    ) -> None:
        self.store, self.settings, self.place, self.helper = store, settings, place, helper
        self.state, self.said, self.changed, self.started = start.state, start.said, start.changed, start.at
        self.last_counts = start.last_counts
        self.newest = {entity: start.state.newest(entity) for entity in RESOLVED}

    def run(self, sequence: int, print_of: str) -> Outcome:
        kind = "full" if self.changed is None else "incremental"
        counts = dict(self.last_counts)
        self.place.begin()
        with ExitStack() as stack:
            found = dict(self._found(stack))
            for entity, each in found.items():
                counts[entity] = {**self._prepare(entity, each), **each.extra}
            writer = stack.enter_context(self.store.resolving(self.state, self.started))
            for entity, each in found.items():
                self._write(writer, entity, each)
            writer.close(kind, sequence, print_of, counts, self.state._replace(**self.newest))
        if "customers" in found:
            self.place.keep_links()
        seconds = (datetime.now(UTC) - self.started).total_seconds()
        compared = {entity: each.compared for entity, each in found.items()}
        return Outcome(kind, writer.resolution_id, compared, counts, seconds)

    def _found(self, stack: ExitStack) -> Iterator[tuple[str, Found]]:
        from hub.identity.companies import resolve_customers

        if self._wanted("customers"):
            given = self._binding("customers"), self._changed("customers")
            yield "customers", resolve_customers(self.place.con, self.store, self.settings, *given, helper=self.helper)
        if self._wanted("products"):
            con = stack.enter_context(self.place.in_memory())
            given = self._binding("products"), self._changed("products")
            yield "products", resolve_articles(con, self.store, self.settings, *given)

    def _wanted(self, entity: str) -> bool:
        return self.changed is None or bool(self._waiting(entity)) or bool(self.changed[entity])

    def _waiting(self, entity: str) -> list[Decision]:
        """Decisions that no resolution has heeded yet, or whose undoing none has."""
        return [each for each in self.said if each.resolution_id is None and each.entity == entity]

    def _binding(self, entity: str) -> list[Said]:
        return in_force(decision for decision in self.said if decision.entity == entity)

    def _changed(self, entity: str) -> Changed | None:
        """What changed, and the records of decisions that are new or were taken back; None for everything."""
        if self.changed is None:
            return None
        changed = self.changed[entity]
        for decision in self._waiting(entity):
            for said in decision.pairs:
                changed.keys[said.left.source].add(said.left.source_id)
                changed.keys[said.right.source].add(said.right.source_id)
        return changed

    # -- what came of it
    def _prepare(self, entity: str, found: Found) -> dict[str, Any]:
        """All that can be done before the store is locked."""
        con = found.con
        self._load_links(con, entity)
        self.newest[entity] = heirs.assign(con, self.newest[entity])
        heirs.find_stale(con, everything=found.everything)
        found.find_pairs()
        heirs.best_links(con)
        if entity == "products":
            costs.load(con, self.store, self.started)
        survivors.find_chosen(con, entity)
        found.single, found.several = stale_ids(con, entity, chosen=False), stale_ids(con, entity, chosen=True)
        if found.several:
            keys = None if len(found.several) > _MANY else keys_of_chosen(con)
            survivors.load_rows(con, self.store, entity, keys)
        return {**difference(con), "asked": len(found.reviews)}

    def _write(self, writer: IdentityWriter, entity: str, found: Found) -> None:
        con = found.con
        writer.put_links(entity, link_rows(con, entity))
        gone = con.execute("SELECT id FROM was_in ANTI JOIN assigned USING (id) ORDER BY id").fetchall()
        writer.remove_links(entity, [key_of(each) for (each,) in gone])
        writer.put_reviews(entity, found.reviews)
        whole = found.everything and not survivors.has_costs(con, entity)
        writer.copy_single(entity, None if whole else found.single)
        if found.several:
            named, statement = survivors.choose(con, entity, self.settings)
            writer.put_golden(entity, named, golden_rows(con, entity, named, statement))
        decided = bool(self._waiting(entity))
        writer.remove_empty(entity, None if found.everything or decided else stale_ids(con, entity, empty=True))

    def _load_links(self, con: duckdb.DuckDBPyConnection, entity: str) -> None:
        """`was_in`: where the last resolution, or a person since, put each record."""
        import pyarrow as pa

        def take(links: list[tuple[str, str, str]]) -> None:
            ids = pa.array([f"{source}/{key}" for source, key, _ in links], pa.string())
            numbers = pa.array([golden_number(golden) for _, _, golden in links], pa.int64())
            con.register("page", pa.table({"id": ids, "golden": numbers}))
            con.execute("DELETE FROM was_in WHERE id IN (SELECT id FROM page)")
            con.execute("INSERT INTO was_in SELECT * FROM page")
            con.unregister("page")

        con.execute("CREATE OR REPLACE TEMP TABLE was_in (id VARCHAR, golden BIGINT)")
        if self.changed is None or entity != "customers":
            for page in self.store.golden_of(entity):
                take(page)
            return
        con.execute("INSERT INTO was_in FROM kept_links")
        moved = {record for decision in self._waiting(entity) for each in decision.before.values() for record in each}
        for links in self.store.links(entity, keys=[key_of(record) for record in sorted(moved)]):
            take([(*link.key, link.golden_id) for link in links])
