"""The resolution job: from the records in the store to links, reviews and golden records, in one transaction.

Only what changed since the last resolution is compared, by the store's log of changes. Everything is compared where
there
is no last one, its working tables are gone, the log was pruned, or a setting that matters has changed. What people
decided is heeded in every case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.identity import decisions as words
from hub.identity import heirs, survivors
from hub.identity.accounts import attach_accounts
from hub.identity.loading import Changed, changed_since, customer_pages, key_of, products
from hub.identity.products import ProductLink, SkuPattern, resolve_products
from hub.identity.workplace import Workplace, workplace
from hub.store.identity import LETTERS, RESOLVED, Decision, IdentityWriter, Said, State, golden_columns
from hub.store.identity_sql import golden_number

if TYPE_CHECKING:
    import duckdb

    from hub.identity.resolve import Resolver
    from hub.settings.identity import IdentitySettings
    from hub.store.base import Store

_READ_ROWS = 5_000
_MANY = 20_000
"""Stale golden records from which on it is quicker to read all records than those alone."""
_EXAMPLES = 20


@dataclass(frozen=True)
class Outcome:
    """What a resolution did; `kind` is `full`, `incremental`, or `none` where nothing had changed."""

    kind: str
    resolution_id: int
    compared: dict[str, int] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class _Found:
    """One entity resolved: in the connection, the tables `now_in` (id, cluster), `pairs_found`, `touched_ids`."""

    con: duckdb.DuckDBPyConnection
    compared: int
    everything: bool
    reviews: list[tuple[Any, ...]]
    extra: dict[str, Any]
    single: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)


def resolve(store: Store, settings: IdentitySettings, folder: Path, *, full: bool = False) -> Outcome:
    """Bring identity up to date. StoreBusy while another process does the same."""
    started = datetime.now(UTC)
    state, last = store.identity_state(), store.last_resolution()
    sequence = store.sequence()
    said = store.decisions()
    waiting = [decision for decision in said if decision.resolution_id is None]
    print_of = fingerprint(settings)
    changed = None if full or last is None or last.settings != print_of else changed_since(store, last.sequence)
    if changed is not None and not any(changed.values()) and not waiting:
        return Outcome("none", state.resolution_id)
    with workplace(folder) as place:
        if changed is None or last is None or place.mark != _mark(store, last.id, print_of):
            changed = None
        job = _Job(store, settings, place, _Start(state, said, changed, started, last.counts if last else {}))
        outcome = job.run(sequence, print_of)
        place.keep(_mark(store, outcome.resolution_id, print_of))
    return outcome


def _mark(store: Store, resolution_id: int, print_of: str) -> str:
    return hashlib.sha256(repr((store.url, resolution_id, print_of)).encode()).hexdigest()


def fingerprint(settings: IdentitySettings) -> str:
    """Changes with the settings, and with the code that compares: then everything is compared anew."""
    return hashlib.sha256(f"{_shown(settings)} {_code()}".encode()).hexdigest()[:16]


def _shown(value: Any) -> Any:
    """Settings as plain values, whether pydantic holds them or the cache of settings."""
    if hasattr(value, "model_fields_set"):
        names = getattr(type(value), "model_fields", None) or {n for n in vars(value) if n != "model_fields_set"}
        return sorted((name, _shown(getattr(value, name))) for name in names)
    return [_shown(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


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

    def __init__(self, store: Store, settings: IdentitySettings, place: Workplace, start: _Start) -> None:
        self.store, self.settings, self.place = store, settings, place
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
        seconds = (datetime.now(UTC) - self.started).total_seconds()
        compared = {entity: each.compared for entity, each in found.items()}
        return Outcome(kind, writer.resolution_id, compared, counts, seconds)

    def _found(self, stack: ExitStack) -> Iterator[tuple[str, _Found]]:
        import duckdb

        if self._wanted("customers"):
            yield "customers", self._customers()
        if self._wanted("products"):
            yield "products", self._products(stack.enter_context(duckdb.connect()))

    def _wanted(self, entity: str) -> bool:
        waiting = any(each.resolution_id is None and each.entity == entity for each in self.said)
        return self.changed is None or waiting or bool(self.changed[entity])

    def _words(self, entity: str) -> list[Said]:
        return words.in_force(decision for decision in self.said if decision.entity == entity)

    # -- customers
    def _customers(self) -> _Found:
        from hub.identity.resolve import Resolver
        from hub.identity.weights import Weights

        con = self.place.con
        weights = Weights(link=self.settings.link_score, review=self.settings.review_score)
        resolver = Resolver(con, weights)
        binding = self._words("customers")
        engine_words = _engine_words(binding)
        if self.changed is None:
            resolver.load(customer_pages(self.store))
            resolver.resolve(engine_words)
            compared = con.execute("SELECT count(*) FROM features").fetchall()[0][0]
        else:
            compared = self._changed_customers(resolver, engine_words)
        con.execute("""
            CREATE OR REPLACE TEMP TABLE now_in AS SELECT id, cluster FROM clusters JOIN features USING (rid)
        """)
        _customer_pairs(resolver, binding)
        attach_accounts(con, binding)
        reviews = [_review_row(row) for row in _rows_of(con, resolver.reviews())]
        return _Found(con, compared, self.changed is None, reviews, _extra(resolver))

    def _changed_customers(self, resolver: Resolver, engine_words: list[Any]) -> int:
        """Take in what changed, and the records whose decisions are new or were taken back."""
        assert self.changed is not None
        changed = self._with_decided("customers", self.changed["customers"])
        pages = list(customer_pages(self.store, changed))
        ids = {record for page in pages for record in page.column("id").to_pylist()}
        listed = {f"{source}/{key}" for source, keys in changed.keys.items() for key in keys}
        resolver.resolve_changed(pages, sorted(listed - ids), engine_words)
        _touched(resolver.con, ids | listed)
        return len(ids)

    def _with_decided(self, entity: str, changed: Changed) -> Changed:
        """What changed, and the records of decisions that are new or were taken back."""
        for decision in self.said:
            if decision.entity == entity and decision.resolution_id is None:
                for said in decision.pairs:
                    changed.keys[said.left.source].add(said.left.source_id)
                    changed.keys[said.right.source].add(said.right.source_id)
        return changed

    # -- products
    def _products(self, con: duckdb.DuckDBPyConnection) -> _Found:
        import pyarrow as pa

        patterns = [
            SkuPattern(each.source, each.strip_prefix, each.strip_suffix, each.variant)
            for each in self.settings.sku_patterns
        ]
        binding = self._words("products")
        same = [(str(said.left), str(said.right)) for said in binding if said.same]
        apart = [(str(said.left), str(said.right)) for said in binding if not said.same]
        found = resolve_products(products(self.store), patterns, apart, same)
        now_in = pa.table(
            {
                "id": pa.array(found.cluster_of.keys(), pa.string()),
                "cluster": pa.array(found.cluster_of.values(), pa.string()),
            }
        )
        _keep(con, "now_in", now_in)
        pairs = [(each.left, each.right, each.rule, _millionths(each.score), None) for each in found.links]
        _keep_pairs(con, [*pairs, *_bound_pairs(binding)])
        changed = None if self.changed is None else self._with_decided("products", self.changed["products"])
        everything = changed is None or bool(changed.runs)
        if changed is not None and not everything:
            _touched(con, {f"{source}/{key}" for source, keys in changed.keys.items() for key in keys})
        reviews = [
            (*key_of(each.left), *key_of(each.right), each.rule, _millionths(each.score), None)
            for each in _one_of_each(found.reviews, found.cluster_of)
        ]
        return _Found(con, len(found.cluster_of), everything, reviews, {})

    # -- what came of it
    def _prepare(self, entity: str, found: _Found) -> dict[str, Any]:
        """All that can be done before the store is locked."""
        con = found.con
        self._load_links(con, entity)
        self.newest[entity] = heirs.assign(con, self.newest[entity])
        heirs.find_stale(con, everything=found.everything)
        heirs.best_links(con)
        found.single, found.several = _stale_ids(con, entity, "= 1"), _stale_ids(con, entity, "> 1")
        if found.several:
            survivors.load_rows(con, self.store, entity, None if len(found.several) > _MANY else _keys_of(con))
        return {**_difference(con), "asked": len(found.reviews)}

    def _write(self, writer: IdentityWriter, entity: str, found: _Found) -> None:
        con = found.con
        writer.put_links(entity, _link_rows(con, entity))
        gone = con.execute("SELECT id FROM was_in ANTI JOIN assigned USING (id) ORDER BY id").fetchall()
        writer.remove_links(entity, [key_of(each) for (each,) in gone])
        writer.put_reviews(entity, found.reviews)
        writer.copy_single(entity, None if found.everything else found.single)
        if found.several:
            named, statement = survivors.choose(con, entity, self.settings)
            writer.put_golden(entity, named, _golden_rows(con, entity, named, statement))
        decided = any(each.resolution_id is None and each.entity == entity for each in self.said)
        writer.remove_empty(entity, None if found.everything or decided else _stale_ids(con, entity, "= 0"))

    def _load_links(self, con: duckdb.DuckDBPyConnection, entity: str) -> None:
        """`was_in`: where the last resolution, or a person since, put each record."""
        import pyarrow as pa

        con.execute("CREATE OR REPLACE TEMP TABLE was_in (id VARCHAR, golden BIGINT)")
        for page in self.store.golden_of(entity):
            ids = pa.array([f"{source}/{key}" for source, key, _ in page], pa.string())
            numbers = pa.array([golden_number(golden) for _, _, golden in page], pa.int64())
            con.register("page", pa.table({"id": ids, "golden": numbers}))
            con.execute("INSERT INTO was_in SELECT * FROM page")
            con.unregister("page")


def _one_of_each(reviews: Iterable[ProductLink], cluster_of: Mapping[str, str]) -> Iterator[ProductLink]:
    """The best question about each two clusters: one answer settles all others."""
    asked = set()
    for each in sorted(reviews, key=lambda link: (-link.score, link.left, link.right)):
        pair = frozenset((cluster_of[each.left], cluster_of[each.right]))
        if pair not in asked:
            asked.add(pair)
            yield each


def _engine_words(binding: Iterable[Said]) -> list[Any]:
    from hub.identity.resolve import Decision as EngineDecision

    return [EngineDecision(str(said.left), str(said.right), said.same) for said in binding]


def _customer_pairs(resolver: Resolver, binding: Iterable[Said]) -> None:
    """`pairs_found`: links inside clusters with the evidence of each field in bits, as JSON."""
    con = resolver.con
    links = resolver.links()
    con.register("links_now", links)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs_found AS
        SELECT "left" AS l, "right" AS r, rule, round(score * 1000000)::BIGINT AS score, {_evidence(links)} AS evidence
        FROM links_now
    """)
    con.unregister("links_now")
    _add_pairs(con, _bound_pairs(binding))


def _evidence(table: Any) -> str:
    fields = [name.removeprefix("w_") for name in table.column_names if name.startswith("w_")]
    told = ", ".join(
        f"CASE WHEN abs(w_{name}) >= 0.05 THEN '\"{name}\": ' || round(w_{name}::DOUBLE, 1) END" for name in fields
    )
    return f"'{{' || concat_ws(', ', '\"names\": \"' || level || '\"', {told}) || '}}'"


def _bound_pairs(binding: Iterable[Said]) -> list[tuple[Any, ...]]:
    return [(str(said.left), str(said.right), "person", None, None) for said in binding if said.same]


def _keep_pairs(con: duckdb.DuckDBPyConnection, pairs: list[tuple[Any, ...]]) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE pairs_found (l VARCHAR, r VARCHAR, rule VARCHAR, score BIGINT, evidence VARCHAR)"
    )
    _add_pairs(con, pairs)


def _add_pairs(con: duckdb.DuckDBPyConnection, pairs: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa

    if pairs:
        kinds = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.string())
        arrays = [pa.array(values, kind) for values, kind in zip(zip(*pairs, strict=True), kinds, strict=True)]
        con.register("page", pa.Table.from_arrays(arrays, names=["l", "r", "rule", "score", "evidence"]))
        con.execute("INSERT INTO pairs_found SELECT * FROM page")
        con.unregister("page")


def _touched(con: duckdb.DuckDBPyConnection, ids: Iterable[str]) -> None:
    import pyarrow as pa

    _keep(con, "touched_ids", pa.table({"id": pa.array(sorted(ids), pa.string())}))


def _keep(con: duckdb.DuckDBPyConnection, name: str, table: Any) -> None:
    con.register("page", table)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM page")
    con.unregister("page")


def _rows_of(con: duckdb.DuckDBPyConnection, table: Any) -> list[tuple[Any, ...]]:
    con.register("asked_now", table)
    rows = con.execute(
        f'SELECT "left", "right", rule, round(score * 1000000)::BIGINT, {_evidence(table)} FROM asked_now'
    ).fetchall()
    con.unregister("asked_now")
    return rows


def _review_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*key_of(row[0]), *key_of(row[1]), *row[2:])


def _millionths(score: float) -> int:
    return round(score * 1_000_000)


def _extra(resolver: Resolver) -> dict[str, Any]:
    """What statistics tell of conflicts, relations and blocks that were too large."""
    conflicts = resolver.conflicts()
    relations: dict[str, int] = {}
    for kind in resolver.relations().column("kind").to_pylist():
        relations[kind] = relations.get(kind, 0) + 1
    first = conflicts.slice(0, _EXAMPLES)
    told = zip(*(first.column(name).to_pylist() for name in ("left", "right", "veto")), strict=True)
    skipped = [[each.block, each.records] for each in resolver.skipped()[:_EXAMPLES]]
    return {
        "conflicts": conflicts.num_rows, "conflict_examples": [list(each) for each in told],
        "relations": relations, "skipped": skipped,
    }  # fmt: skip


def _difference(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many records are new, and how many came to another golden record than the one they had."""
    (new,) = con.execute("SELECT count(*) FROM assigned ANTI JOIN was_in USING (id)").fetchall()[0]
    (moved,) = con.execute(
        "SELECT count(*) FROM assigned AS now JOIN was_in AS was USING (id) WHERE now.golden <> was.golden"
    ).fetchall()[0]
    return {"new": new, "moved": moved}


def _link_rows(con: duckdb.DuckDBPyConnection, entity: str) -> Iterator[tuple[Any, ...]]:
    letter = LETTERS[entity]
    cursor = con.execute(
        f"SELECT id, format('{letter}{{:06d}}', golden), rule, score, evidence, partner FROM best ORDER BY id"
    )
    while rows := cursor.fetchmany(_READ_ROWS):
        for record, golden, rule, score, evidence, partner in rows:
            other = (None, None) if partner is None else key_of(partner)
            yield (*key_of(record), golden, rule, score, evidence, *other)


def _golden_rows(
    con: duckdb.DuckDBPyConnection, entity: str, named: list[str], statement: str
) -> Iterator[tuple[Any, ...]]:
    letter = LETTERS[entity]
    kinds = golden_columns(entity)
    exact = [place for place, name in enumerate(named, 4) if kinds[name].value == "decimal"]
    cursor = con.execute(f"SELECT format('{letter}{{:06d}}', golden), * EXCLUDE (golden) FROM ({statement})")
    while rows := cursor.fetchmany(_READ_ROWS):
        for row in rows:
            values = list(row)
            for place in exact:
                values[place] = None if row[place] is None else int(row[place])
            yield tuple(values)


def _stale_ids(con: duckdb.DuckDBPyConnection, entity: str, condition: str) -> list[str]:
    letter = LETTERS[entity]
    rows = con.execute(f"""
        SELECT format('{letter}{{:06d}}', golden) FROM stale LEFT JOIN assigned USING (golden)
        GROUP BY golden HAVING count(id) {condition} ORDER BY golden
    """).fetchall()
    return [golden for (golden,) in rows]


def _keys_of(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Source -> keys of the records of stale golden records that have several."""
    rows = con.execute("""
        SELECT id FROM assigned SEMI JOIN stale USING (golden)
        WHERE golden IN (SELECT golden FROM assigned GROUP BY golden HAVING count(*) > 1) ORDER BY id
    """).fetchall()
    keys: dict[str, list[str]] = {}
    for (record,) in rows:
        source, source_id = key_of(record)
        keys.setdefault(source, []).append(source_id)
    return keys
