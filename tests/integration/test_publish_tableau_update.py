"""`mode: update`: what changed goes to Tableau by key; where that is not certain to be right, all of it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.tableau_server import Tableau
from support.writing import Sync

from hub.sdk.simulator import serve
from hub.session import Session
from metrics.publish import run

hyperapi = pytest.importorskip("tableauhyperapi")
pytest.importorskip("tableauserverclient")

ONE = 1_000_000
SERVER = """\
server:
  url: {address}
  site: acme
  token_name: hub
  token_secret: ${{file:{secret}}}
  project: Sales/Hub
"""


class Published:
    """A hub with orders, and a Tableau that they are published to."""

    def __init__(self, folder: Path, tableau: Tableau, address: str) -> None:
        self.folder, self.tableau, self.address = folder, tableau, address
        (folder / "config" / "publishers").mkdir(parents=True)
        (folder / "secret").write_text("tableau-secret")
        (folder / "config" / "hub.yaml").write_text("store: sqlite:///hub.db\n")
        self.configure()
        self.session = Session(folder / "config")
        self.sync(orders={"1": 10, "2": 20, "3": None})
        assert self.publish() == ["written as a whole, since it is not known what was published before: orders"]

    def configure(self, more: str = "", tables: str = "[orders]") -> None:
        server = SERVER.format(address=self.address, secret=self.folder / "secret")
        text = f"kind: tableau\nmode: update\ntables: {tables}\n{server}{more}"
        (self.folder / "config" / "publishers" / "bi.yaml").write_text(text)

    def sync(self, *deleted: str, orders: dict[str, int | None] | None = None, source: str = "shop") -> None:
        with self.session.open_store() as store:
            sync = Sync(store, source)
            if orders:
                totals = [None if total is None else total * ONE for total in orders.values()]
                sync.merge("orders", source_id=list(orders), total=totals)
            if deleted:
                sync.delete("orders", *deleted)
            sync.end()

    def attempt(self, **options: Any) -> run.Report:
        (report,) = run.publish(self.session, **options)
        return report

    def publish(self) -> list[str]:
        """Publish; what is told of it."""
        report = self.attempt()
        assert report.error is None
        return report.notes

    @property
    def source(self) -> Any:
        (source,) = (each for each in self.tableau.sources.values() if each.name == "Hub orders")
        return source

    def shown(self) -> list[tuple[str, str, int | None]]:
        """What analysts see: the same as in the folder."""
        path = self.folder / "seen.hyper"
        path.write_bytes(self.source.content)
        seen, kept = rows(path, self.folder / "tableau" / "orders.hyper")
        assert seen == kept
        return seen


def rows(*paths: Path) -> list[list[tuple[str, str, int | None]]]:
    """The orders in each file."""
    query = 'SELECT source, source_id, CAST(total AS int) FROM "Extract"."orders" ORDER BY 1, 2'
    quiet = hyperapi.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    found = []
    with hyperapi.HyperProcess(quiet, parameters={"log_config": ""}) as process:
        for path in paths:
            with hyperapi.Connection(process.endpoint, path) as connection:
                found.append([tuple(row) for row in connection.execute_list_query(query)])
    return found


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Published]:
    tableau = Tableau()
    with serve(tableau.app) as address:
        yield Published(tmp_path, tableau, address)


def test_new_changed_and_deleted_rows_go_by_their_key(published: Published) -> None:
    published.sync("3", orders={"2": 22, "4": 40})
    published.sync(orders={"2": 7}, source="erp")
    assert published.publish() == ["updated: orders (3 rows, 1 gone)"]
    assert published.shown() == [("erp", "2", 7), ("shop", "1", 10), ("shop", "2", 22), ("shop", "4", 40)]
    assert (published.tableau.executed, len(published.tableau.published["Hub orders"])) == (1, 1)


def test_a_request_that_is_sent_again_is_executed_once(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.tableau.server._WAIT_SECONDS", 0.01)
    published.tableau.lost = 2
    published.sync("1", orders={"5": 50})
    published.publish()
    assert published.tableau.executed == 1
    assert [key for _, key, _ in published.shown()] == ["2", "3", "5"]


def test_a_run_that_failed_leaves_the_next_one_all_that_changed(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.tableau.server._WAIT_SECONDS", 0.01)
    published.tableau.lost = 3
    published.sync("1", orders={"5": 50})
    assert published.attempt().error is not None
    published.sync("5", orders={"1": 11})
    assert published.publish() == ["written as a whole, since somebody else has changed its data source: orders"]
    assert published.shown() == [("shop", "1", 11), ("shop", "2", 20), ("shop", "3", None)]


def test_many_deletions_go_a_few_at_a_time(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.tableau.extracts._DELETED_AT_ONCE", 2)
    monkeypatch.setattr("support.tableau_updates.DELETED_AT_ONCE", 2)
    published.sync("1", "2", "3", orders={"4": 40})
    assert published.publish() == ["updated: orders (1 rows, 3 gone)"]
    assert published.shown() == [("shop", "4", 40)]


def test_a_table_may_become_empty_and_fill_again_and_others_are_left_alone(published: Published) -> None:
    published.configure(tables="[orders, customers, leads]")
    with published.session.open_store() as store:
        sync = Sync(store)
        sync.merge("customers", source_id=["C"])
        sync.end()
    first = "written as a whole, since it is not known what was published before: customers"
    left_out = "left out, since they are empty: leads"
    assert published.publish() == [first, left_out]
    published.sync("1", "2", "3")
    assert published.publish() == ["updated: orders (0 rows, 3 gone)", left_out]
    assert published.shown() == []
    published.sync(orders={"2": 1})
    assert published.publish() == ["updated: orders (1 rows, 0 gone)", left_out]
    assert published.shown() == [("shop", "2", 1)]
    assert {name: len(files) for name, files in published.tableau.published.items()} == {
        "Hub orders": 1, "Hub customers": 1,
    }  # fmt: skip


def _gone(published: Published) -> None:
    published.tableau.sources.clear()


def _renamed(published: Published) -> None:
    published.source.name = "Orders of the hub"


def _wrapped(published: Published) -> None:
    published.source.live = False


def _small_server(published: Published) -> None:
    published.tableau.payload_limit = 1000


def _damaged(published: Published) -> None:
    """The extract's table got another name meanwhile."""
    published.source.content = published.source.content.replace(b"orders", b"ordres")


def _other_columns(published: Published) -> None:
    path = published.folder / "var" / "published" / "bi.json"
    path.write_text(re.sub('"shape": "[0-9a-f]+"', '"shape": "another"', path.read_text()))


def _file_gone(published: Published) -> None:
    (published.folder / "tableau" / "orders.hyper").unlink()


def _file_behind(published: Published) -> None:
    before = (published.folder / "tableau" / "orders.hyper").read_bytes()
    published.sync(orders={"9": 9})
    published.publish()
    (published.folder / "tableau" / "orders.hyper").write_bytes(before)


def _unknown(published: Published) -> None:
    (published.folder / "var" / "published" / "bi.json").write_text("{")


def _forgotten(published: Published) -> None:
    with published.session.open_store() as store:
        store.db.rows("INSERT INTO hub_marks VALUES ('changes_pruned_to', 1000000)")  # type: ignore[attr-defined]
        store.db.connection.commit()  # type: ignore[attr-defined]


def _another_store(published: Published) -> None:
    (published.folder / "hub.db").unlink()
    for number in range(20):  # as many changes as there were
        published.sync(orders={"1": number})


HAPPENINGS = {
    _gone: "its data source is gone",
    _renamed: "its data source was renamed or moved",
    _wrapped: "Tableau refuses the changes (400000",
    _small_server: "Tableau refuses the changes (413000",
    _damaged: "Tableau could not apply the changes (There was a problem",
    _other_columns: "its columns are others now",
    _file_gone: "orders.hyper is not in the folder any more",
    _file_behind: "orders.hyper does not hold what was published last",
    _unknown: "it is not known what was published before",
    _another_store: "the store is another one now, or was set back",
    _forgotten: "the store no longer lists what has changed",
}


def test_whatever_is_not_certain_is_overwritten_and_told(published: Published) -> None:
    for number, (happens, told) in enumerate(HAPPENINGS.items()):
        happens(published)
        published.sync(orders={f"N{number}": number})
        assert published.publish()[0].startswith(f"written as a whole, since {told}")
        assert published.source.content == (published.folder / "tableau" / "orders.hyper").read_bytes()
        published.source.live, published.tableau.payload_limit = True, 100_000_000
    assert ("shop", f"N{number}", number) in published.shown()


def test_a_payload_that_is_too_large_is_not_even_sent(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.tableau.server._MEGABYTE", 1)
    published.sync(orders={"8": 80})
    assert published.publish() == [
        "written as a whole, since what changed takes more than 100 MB (`payload_mb`): orders"
    ]
    assert not [line for line in published.tableau.log if line.startswith("PATCH")]


def test_without_a_server_the_file_is_brought_up_to_date(tmp_path: Path) -> None:
    tableau = Tableau()
    with serve(tableau.app) as address:
        published = Published(tmp_path, tableau, address)
    path = published.folder / "config" / "publishers" / "bi.yaml"
    path.write_text("kind: tableau\nmode: update\ntables: [orders]\n")
    published.sync("1", orders={"2": 5})
    assert published.publish() == ["updated: orders (1 rows, 1 gone)"]
    assert rows(tmp_path / "tableau" / "orders.hyper") == [[("shop", "2", 5), ("shop", "3", None)]]
