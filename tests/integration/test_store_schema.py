"""Migrations on both databases, and which databases a store is willing to work with."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from hub.errors import ConfigError, StoreError
from hub.store import migrations, open_store
from hub.store.migrations import newborn
from hub.store.migrations.metadata import LAZY_INDEX, schema
from hub.store.migrations.runner import engine_of, migrate


def tables(url: str) -> set[str]:
    with engine_of(url).begin() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def run(url: str, statement: str) -> None:
    with engine_of(url).begin() as connection:
        connection.execute(text(statement))


def test_the_migrations_make_what_the_models_declare(store_url: str) -> None:
    migrate(store_url)

    with engine_of(store_url).begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema()) == []


def test_the_way_up_and_down_leaves_nothing(store_url: str) -> None:
    revisions = ["0001", "0002", "0003", "0004", "0005", "0006", migrations.HEAD]
    assert migrate(store_url) == revisions
    assert len(tables(store_url)) > 30
    assert migrate(store_url) == []

    assert migrate(store_url, "base") == revisions[::-1]

    assert tables(store_url) == set()
    assert migrate(store_url) == revisions


def test_a_database_of_the_first_release_gets_the_tables_that_came_later(store_url: str) -> None:
    migrate(store_url, "0001")
    before = tables(store_url)
    with open_store(store_url) as store:
        with pytest.raises(StoreError, match="hub db upgrade"):
            store.prepare()

        assert store.upgrade() == ["0002", "0003", "0004", "0005", "0006", "0007"]

    assert tables(store_url) - before >= {
        "hub_links",
        "hub_decisions",
        "golden_customers",
        "golden_products",
        "hub_schedules",
        "hub_alerts",
        "hub_audit",
    }


@pytest.mark.parametrize("dialect", newborn.DIALECTS)
def test_the_script_for_empty_databases_is_what_the_migrations_give(dialect: str) -> None:
    script = Path(newborn.__file__).with_name(f"newborn_{dialect}.sql")

    assert script.read_text(encoding="utf-8") == newborn.generated(dialect), "run `make docs`"


def test_an_empty_database_gets_what_the_models_declare(store_url: str) -> None:
    with open_store(store_url) as store:
        store.prepare()

    assert migrate(store_url) == []
    with engine_of(store_url).begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema()) == []


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")

    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_an_empty_database_gets_its_tables_once(store_url: str) -> None:
    with open_store(store_url) as store:
        store.prepare()
        store.prepare()

        assert store.upgrade() == []
        assert store.held("shop") == {}


def test_two_processes_may_prepare_the_same_database(store_url: str) -> None:
    failures: list[BaseException] = []

    def prepare() -> None:
        try:
            with open_store(store_url) as store:
                store.prepare()
        except BaseException as error:  # shown by the test
            failures.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_a_database_without_tables_is_not_current(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        Path(store_url.removeprefix("sqlite:///")).touch()
    with open_store(store_url) as store, pytest.raises(StoreError, match="hub db upgrade"):
        store.require_current()


def test_a_database_of_a_newer_release_is_left_alone(store_url: str) -> None:
    migrate(store_url)
    run(store_url, "UPDATE alembic_version SET version_num = '9999'")

    with open_store(store_url) as store:
        for action in (store.require_current, store.prepare, store.upgrade):
            with pytest.raises(StoreError, match="newer b2b-hub"):
                action()


def test_the_tables_of_another_program_are_left_alone(store_url: str) -> None:
    run(store_url, "CREATE TABLE customers (id INTEGER PRIMARY KEY)")

    with open_store(store_url) as store, pytest.raises(StoreError, match="another program"):
        store.prepare()

    assert tables(store_url) == {"customers"}


def test_indexes_made_when_needed_are_known_by_their_name() -> None:
    assert not [index.name for table in schema().tables.values() for index in table.indexes if LAZY_INDEX in index.name]


@pytest.mark.parametrize(
    "url", ["", "hub.db", "mysql://host/db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://x"]
)
def test_any_other_url_is_refused_with_a_remedy(url: str) -> None:
    with pytest.raises(ConfigError, match=r"Write `store: sqlite:///var/hub\.db`"):
        open_store(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(ConfigError) as refused:
        open_store("mysql://root:hunter2@host/db")

    assert "hunter2" not in str(refused.value)
