"""`hub status`, `hub runs` and `hub quarantine`: what is held, what has been, what waits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.project import BAD_COUNTRY, BAD_TOTAL, C1, C3, O1, Project

from hub.store import open_store

CUSTOMERS_AND_CONTACTS = """
kind: files
folder: data
streams:
  customers:
    files: customers.csv
    entities:
      - entity: customers
        fields: {source_id: source_id, name: name, country: country}
      - entity: contacts
        fields: {source_id: source_id, name: name}
"""

SHOPS = """
kind: files
folder: data
streams:
  north:
    files: north.csv
    entities: [{entity: customers, fields: {source_id: id, name: name}}]
  south:
    files: south.csv
    entities: [{entity: customers, fields: {source_id: id, name: name}}]
"""


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    """A project that was synced, with one bad row in each file."""
    project = Project(tmp_path, capsys)
    project.customers(C1, BAD_COUNTRY, C3)
    project.orders(O1, BAD_TOTAL)
    assert project.hub("sync").code == 1
    return project


class TestStatus:
    def test_each_stream_has_held_and_source_freshness_and_what_waits(self, project: Project) -> None:
        customers = project.hub("status", "--json").json["streams"][0]
        assert (customers["source"], customers["stream"], customers["entity"]) == ("erp", "customers", "customers")
        assert (customers["held"], customers["source_total"], customers["quarantined"]) == (2, 3, 1)
        assert customers["last_status"] == "partial"
        assert customers["last_complete_at"] is not None
        assert "2 / 3" in project.hub("status").out

    def test_a_record_that_was_exported_twice_is_expected_once(self, project: Project) -> None:
        project.customers(C1, C1, C3)
        assert "2 / 2" in project.hub("sync", "erp", "--stream", "customers").out
        assert "erp/customers  2 / 2" in project.hub("status").out

    def test_streams_that_bring_the_same_entity_are_counted_together(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        project = Project(tmp_path / "shops", capsys)
        project.settings("connectors/erp.yaml", SHOPS)
        project.export("south.csv", "id,name\nS1,South 1\nS2,South 2\n")
        project.export("north.csv", "id,name\nN1,North 1\n")
        first, second = (line for line in project.hub("sync", "erp").out.splitlines() if line.startswith("erp/"))
        assert "1 / ?" in first
        assert "3 / 3" in second
        shown = project.hub("status").out
        assert ("erp/north" in shown, shown.count("3 / 3")) == (True, 2)

    def test_the_next_run_comes_from_the_schedule(self, project: Project) -> None:
        project.settings("connectors/erp.yaml", "kind: csv\nfolder: data\nschedule: every 2h\n")
        assert "in 119 min" in project.hub("status").out
        project.settings("connectors/erp.yaml", 'kind: csv\nfolder: data\nschedule: "0 2 * * *"\n')
        (next_run,) = {line["next_run"][11:19] for line in project.hub("status", "--json").json["streams"]}
        assert next_run == "02:00:00"

    def test_who_is_syncing_now_is_named(self, project: Project) -> None:
        with open_store(f"sqlite:///{project.folder / 'hub.db'}") as store:
            store.acquire("erp", "orders", "erp-server:4711:1:other", timedelta(minutes=1))
        assert "process 4711 on erp-server" in project.hub("status").out

    def test_broken_settings_hide_nothing_of_what_is_held(self, project: Project) -> None:
        project.settings("connectors/erp.yaml", "kind: csv\nfoldr: data\n")
        result = project.hub("status")
        assert "erp/customers  2 / ?" in result.out
        assert "erp.yaml:2:1" in result.err

    def test_a_stream_of_several_entities_shows_the_main_one(self, project: Project) -> None:
        project.settings("connectors/erp.yaml", CUSTOMERS_AND_CONTACTS)
        assert project.hub("sync").code == 1
        customers = project.hub("status", "--json").json["streams"][0]
        assert (customers["entity"], customers["held"], customers["source_total"]) == ("customers", 2, 3)
        assert customers["entities"] == {"customers": 2, "contacts": 3}

        project.settings("connectors/erp.yaml", "kind: files\nfoldr: data\n")
        customers = project.hub("status", "--json").json["streams"][0]
        assert (customers["entity"], customers["held"]) == (None, None)
        assert customers["entities"] == {"customers": 2, "contacts": 3}

    def test_rows_that_the_main_map_keeps_out_are_not_missing(self, project: Project) -> None:
        only = "where: [{path: source_id, equals: C1}]"
        where = CUSTOMERS_AND_CONTACTS.replace("- entity: customers", f"- entity: customers\n        {only}")
        project.settings("connectors/erp.yaml", where)
        project.hub("sync")
        assert "erp/customers  1 / 1" in project.hub("status").out

    def test_before_the_first_sync_it_says_what_to_do(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        fresh = Project(tmp_path / "fresh", capsys)
        fresh.settings("connectors/erp.yaml", "kind: csv\nfolder: data\nenabled: false\n")
        assert "hub sync" in fresh.hub("status").out


class TestRuns:
    def test_the_newest_comes_first(self, project: Project) -> None:
        project.hub("sync", "--full")
        runs = project.hub("runs", "--json").json["runs"]
        assert [run["id"] for run in runs] == [4, 3, 2, 1]
        assert (runs[0]["kind"], runs[0]["counts"]["unchanged"]) == ("full", 1)
        assert [run["stream"] for run in project.hub("runs", "erp", "--stream", "orders", "--json").json["runs"]] == [
            "orders", "orders",
        ]  # fmt: skip

    def test_one_run_is_shown_with_its_ledger(self, project: Project) -> None:
        document = project.hub("runs", "--id", "1", "--json").json
        page = document["pages"][0]
        assert (page["entity"], page["counts"]["read"], page["counts"]["inserted"]) == ("customers", 3, 2)
        assert page["counts"]["quarantined"] == 1
        assert "customers.csv, row 2" in project.hub("runs", "--id", "1").out

    def test_an_unknown_run_is_told(self, project: Project) -> None:
        result = project.hub("runs", "--id", "99")
        assert (result.code, "there is no run 99" in result.err) == (2, True)


class TestQuarantine:
    def test_the_list_names_rule_and_place_but_shows_no_row(self, project: Project) -> None:
        result = project.hub("quarantine", "list")
        assert "customers.csv" in result.out
        assert "Customer 2" not in result.out
        document = project.hub("quarantine", "list", "--json").json
        assert document["total"] == 2
        assert [entry["source_id"] for entry in document["entries"]] == ["C2", "O2"]
        assert "raw" not in document["entries"][0]

    def test_show_prints_the_raw_row(self, project: Project) -> None:
        assert '"country": "Atlantis"' in project.hub("quarantine", "show", "1").out
        assert project.hub("quarantine", "show", "1", "--json").json["raw"]["name"] == "Customer 2"
        assert project.hub("quarantine", "show", "99").code == 2

    def test_after_a_map_was_mended_retry_stores_the_row_without_the_source(self, project: Project) -> None:
        mended = "fields: {customers: {country: {path: country, values: {Atlantis: GR}}}}\n"
        project.settings("connectors/erp.yaml", "kind: csv\nfolder: data\n" + mended)
        project.customers()
        project.orders()
        result = project.hub("quarantine", "retry", "--all", "--json")
        assert result.code == 1
        customers, orders = result.json["streams"]
        assert (customers["settled"], customers["refused"]) == (1, 0)
        assert (orders["settled"], orders["refused"]) == (0, 1)
        assert project.hub("status", "--json").json["streams"][0]["held"] == 3
        retried = project.hub("runs", "--id", str(customers["run_id"]), "--json").json
        assert (retried["run"]["kind"], retried["run"]["counts"]["inserted"]) == ("retry", 1)
        assert [entry["source_id"] for entry in project.hub("quarantine", "list", "--json").json["entries"]] == ["O2"]

    def test_without_its_file_a_csv_stream_has_no_columns_to_retry_with(self, project: Project) -> None:
        project.settings("connectors/erp.yaml", "kind: csv\nfolder: data\nstreams: [customers, orders]\n")
        (project.folder / "data" / "orders.csv").unlink()
        result = project.hub("quarantine", "retry", "2")
        assert result.code == 5
        assert "its columns are not known while it cannot be looked at" in result.err
        assert project.hub("quarantine", "list", "--json").json["total"] == 2

    def test_a_retry_does_not_move_the_stream(self, project: Project) -> None:
        with open_store(f"sqlite:///{project.folder / 'hub.db'}") as store:
            before = store.stream_state("erp", "customers")
            project.hub("quarantine", "retry", "erp")
            assert store.stream_state("erp", "customers") == before

    def test_what_is_refused_for_another_reason_gets_that_one(self, project: Project) -> None:
        mended = "fields: {customers: {country: {const: GR}, status: {path: name}}}\n"
        project.settings("connectors/erp.yaml", "kind: csv\nfolder: data\n" + mended)
        result = project.hub("quarantine", "retry", "1")
        assert (result.code, "0 settled, 1 still refused" in result.out) == (1, True)
        entry = project.hub("quarantine", "list", "erp", "--stream", "customers", "--json").json["entries"][0]
        assert entry["field"] == "status"

    def test_drop_gives_up_with_a_name(self, project: Project) -> None:
        assert "1 dropped" in project.hub("quarantine", "drop", "1").out
        assert project.hub("quarantine", "list", "--json").json["total"] == 1
        assert project.hub("quarantine", "show", "1", "--json").json["status"] == "dropped"
        result = project.hub("quarantine", "drop", "1")
        assert (result.code, "no open quarantine entry has the number 1" in result.err) == (2, True)

    def test_what_was_dropped_stays_dropped_while_the_source_sends_it_unchanged(self, project: Project) -> None:
        project.hub("quarantine", "drop", "1", "2")
        assert project.hub("sync", "--full").code == 0
        assert project.hub("quarantine", "list", "--json").json["total"] == 0
        project.customers(C1, BAD_COUNTRY.replace("Atlantis", "Narnia"), C3)
        assert project.hub("sync").code == 1
        assert project.hub("quarantine", "list", "--json").json["total"] == 1

    @pytest.mark.parametrize("words", [[], ["1", "--all"], ["1", "erp"]])
    def test_what_to_retry_must_be_clear(self, project: Project, words: list[str]) -> None:
        result = project.hub("quarantine", "retry", *words)
        assert (result.code, "say what to retry" in result.err) == (2, True)
