"""`hub sync`, `check` and `preview` as an admin meets them: what they print, where, and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.project import BAD_COUNTRY, BAD_TOTAL, C1, C2, C3, O1, O2, Project


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    project = Project(tmp_path, capsys)
    project.customers(C1, C2, C3)
    project.orders(O1, O2)
    return project


class TestSync:
    def test_a_folder_into_which_nothing_has_come_yet_is_noted(self, project: Project) -> None:
        customers = "entities: [{entity: customers, fields: {source_id: id, name: name}}]"
        streams = f"streams:\n  new:\n    files: new_*.csv\n    {customers}\n"
        project.settings("connectors/erp.yaml", f"kind: files\nfolder: data\n{streams}")
        result = project.hub("sync")
        assert result.code == 0
        assert "has matched `new_*.csv` so far" in result.err

    def test_a_table_tells_what_became_of_every_record(self, project: Project) -> None:
        result = project.hub("sync")
        assert result.code == 0
        header, customers, orders = result.out.splitlines()
        assert header.split()[:4] == ["stream", "status", "read", "inserted"]
        assert customers.split()[:4] == ["erp/customers", "ok", "3", "3"]
        assert orders.split()[:4] == ["erp/orders", "ok", "2", "2"]
        assert "3 / 3" in customers

    def test_json_has_stable_keys_and_nothing_else_is_on_stdout(self, project: Project) -> None:
        document = project.hub("sync", "--json").json
        assert set(document) == {"exit_code", "dry_run", "streams", "failed_connectors", "identity"}
        orders = document["streams"][1]
        assert set(orders) == {
            "source", "stream", "run_id", "sync_id", "kind", "mode", "status", "error", "exit_code", "notes",
            "attempts", "seconds", "since", "until", "rows_read", "rows_unrouted", "pages", "held", "source_total",
            "source_counted", "waiting", "read", "inserted", "updated", "unchanged", "superseded", "duplicate",
            "quarantined", "deleted", "entities", "missed",
            "missed_by", "news",
        }  # fmt: skip
        assert (orders["source"], orders["stream"], orders["status"], orders["inserted"]) == ("erp", "orders", "ok", 2)
        assert orders["entities"]["orders"]["inserted"] == 2

    def test_one_stream_of_one_system(self, project: Project) -> None:
        document = project.hub("sync", "erp", "--stream", "orders", "--json").json
        assert [stream["stream"] for stream in document["streams"]] == ["orders"]

    def test_what_depends_on_another_stream_runs_after_it(self, project: Project) -> None:
        document = project.hub("sync", "--json").json
        assert [stream["stream"] for stream in document["streams"]] == ["customers", "orders"]

    def test_bad_rows_are_exit_1_until_somebody_mends_them(self, project: Project) -> None:
        project.customers(C1, BAD_COUNTRY, C3)
        result = project.hub("sync")
        assert result.code == 1
        assert "erp/customers: 1 record waits in quarantine. See `hub quarantine list`." in result.err
        assert project.hub("sync").code == 1
        project.customers(C1, C2, C3)
        assert project.hub("sync").code == 0

    def test_a_file_that_is_not_changed_is_not_even_read(self, project: Project) -> None:
        project.hub("sync")
        assert {stream["rows_read"] for stream in project.hub("sync", "--json").json["streams"]} == {0}
        assert {stream["unchanged"] for stream in project.hub("sync", "--full", "--json").json["streams"]} == {3, 2}

    def test_a_system_that_fails_does_not_stop_the_others(self, project: Project) -> None:
        project.settings("connectors/crm.yaml", "kind: csv\nfolder: nowhere\nstreams: [customers]\n")
        result = project.hub("sync")
        assert result.code == 5
        assert "erp/customers" in result.out
        assert "hub: crm" in result.err
        assert "nowhere" in result.err
        held = {
            (line["source"], line["stream"]): line["held"] for line in project.hub("status", "--json").json["streams"]
        }
        assert held["erp", "customers"] == 3

    def test_a_source_of_more_pages_than_the_admin_allows_is_stopped(self, project: Project) -> None:
        entities = "[{entity: customers, fields: {source_id: source_id, name: name}}]"
        files = f"kind: files\nfolder: data\nstreams: {{people: {{files: 'people*.csv', entities: {entities}}}}}\n"
        for number in range(3):
            project.export(f"people{number}.csv", f"source_id,name\nP{number},Person {number}\n")
        project.settings("connectors/erp.yaml", f"{files}max_pages: 2\n")
        result = project.hub("sync")
        assert result.code == 6
        assert "more than 2 pages, the connector's `max_pages`" in result.err
        project.settings("connectors/erp.yaml", files)
        assert project.hub("sync").code == 0

    def test_fewer_rows_than_expected_need_a_word_from_the_admin(self, project: Project) -> None:
        rows = [f"C{number},Customer {number},DE,2024-01-01T00:00:00Z" for number in range(100, 300)]
        project.customers(*rows)
        project.hub("sync")
        project.customers(*rows[:20])
        refused = project.hub("sync", "erp", "--stream", "customers")
        assert refused.code == 6
        assert "the complete read lacks 180 of the 200 customers held" in refused.err
        assert "--allow-deletes" in refused.err
        allowed = project.hub("sync", "--allow-deletes", "--json").json
        assert allowed["streams"][0]["deleted"] == 180


class TestUsage:
    def test_an_unknown_system_is_told_with_the_nearest_name(self, project: Project) -> None:
        result = project.hub("sync", "erpp")
        assert result.code == 2
        assert "no connector instance is called `erpp`. Did you mean `erp`?" in result.err

    def test_an_unknown_stream_is_told_with_the_nearest_name(self, project: Project) -> None:
        result = project.hub("sync", "--stream", "order")
        assert result.code == 2
        assert "there is no stream `order`. Did you mean `orders`?" in result.err

    def test_wrong_settings_run_nothing(self, project: Project) -> None:
        project.settings("connectors/erp.yaml", "kind: csv\nfoldr: data\n")
        result = project.hub("sync")
        assert result.code == 2
        assert "erp.yaml:2:1" in result.err
        assert not (project.folder / "hub.db").exists()

    def test_nothing_to_sync_is_told(self, project: Project) -> None:
        project.settings("connectors/erp.yaml", "kind: csv\nfolder: data\nenabled: false\n")
        result = project.hub("sync")
        assert result.code == 2
        assert "there is nothing to sync" in result.err


class TestDryRun:
    def test_before_the_first_sync_it_writes_nothing_at_all(self, project: Project) -> None:
        before = project.files()
        result = project.hub("sync", "--dry-run", "--json")
        assert result.code == 0
        assert [stream["inserted"] for stream in result.json["streams"]] == [3, 2]
        assert "Dry run: nothing was written." in result.err
        assert project.files() == before

    def test_later_it_tells_what_would_change(self, project: Project) -> None:
        project.hub("sync")
        runs = project.hub("runs", "--json").json
        project.customers(C1, "C2,Renamed,DE,2024-03-01T00:00:00Z")
        document = project.hub("sync", "--dry-run", "--json").json
        assert (document["streams"][0]["updated"], document["streams"][0]["deleted"]) == (1, 1)
        assert project.hub("runs", "--json").json == runs
        assert project.hub("sync", "--json").json["streams"][0]["deleted"] == 1


class TestCheck:
    def test_all_is_well(self, project: Project) -> None:
        result = project.hub("check")
        assert result.code == 0
        assert "ok    hub: store: sqlite, tables of this release" in result.out
        assert "ok    erp: customers" in result.out

    def test_what_is_not_well_comes_with_its_remedy(self, project: Project) -> None:
        project.settings("connectors/erp.yaml", "kind: csv\nfolder: nowhere\nstreams: [customers]\n")
        result = project.hub("check")
        assert result.code == 5
        assert "FAIL  erp" in result.out
        assert [finding for finding in project.hub("check", "--json").json["findings"] if not finding["ok"]]

    def test_a_store_that_cannot_be_opened_is_a_finding(self, project: Project) -> None:
        (project.folder / "hub.db").write_text("this is no database, whatever its name says" * 50)
        result = project.hub("check")
        assert result.code == 7
        assert "FAIL  hub: store: " in result.out


class TestPreview:
    def test_raw_stands_beside_canonical(self, project: Project) -> None:
        result = project.hub("preview", "erp", "orders", "-n", "1")
        assert result.code == 0
        assert "--- row 2 of orders.csv" in result.out
        assert "10.50" in result.out
        assert "2024-02-01T00:00:00+00:00" in result.out
        assert "O2" not in result.out

    def test_refusals_come_with_their_reason_and_nothing_is_written(self, project: Project) -> None:
        project.orders(O1, BAD_TOTAL)
        before = project.files()
        result = project.hub("preview", "erp", "orders", "--json")
        assert result.code == 1
        assert result.json["rows"][0]["records"]["orders"][0]["total"] == "10.5"
        assert result.json["rows"][1]["rejects"][0]["field"] == "total"
        assert project.files() == before

    def test_an_unknown_stream_is_told(self, project: Project) -> None:
        assert "Did you mean `orders`?" in project.hub("preview", "erp", "order").err
