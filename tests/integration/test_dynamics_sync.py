"""Dataverse through the real pipeline: the hub holds what the environment holds, whatever happened on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.dynamics_hub import EnvironmentHub

from connectors.dynamics.simulator import DynamicsSimulator
from hub.sdk.simulator import FaultPlan

NAMES = ("accounts", "contacts", "leads", "opportunities", "products", "orders", "order_lines", "invoices", "cases")
UNTRACKED = frozenset({"account", "salesorder", "salesorderdetail"})


def environment(folder: Path, *, size: int = 60, settings: Any = None, **options: Any) -> EnvironmentHub:
    simulator = DynamicsSimulator(size=size, **options)
    return EnvironmentHub(folder, simulator, **{"page_size": 25, **(settings or {})})


def errors(reports: Any) -> list[str]:
    return [f"{name}: {report.error}" for name, report in reports.items() if report.error is not None]


def change(hub: EnvironmentHub, count: int = 12) -> None:
    hub.simulator.mutate({"touch": dict.fromkeys(NAMES, count), "add": dict.fromkeys(NAMES, count // 2)})
    hub.simulator.mutate({"delete": dict.fromkeys(NAMES, count // 3)})


def test_a_first_run_holds_what_the_environment_holds(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    assert errors(hub.sync()) == []
    assert hub.differences() == []
    assert hub.store.open_quarantine() == {}


def test_later_runs_follow_every_change_and_deletion(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync()
    for _ in range(3):
        change(hub)
        assert errors(hub.sync()) == []
        assert hub.differences() == []


def test_a_run_without_changes_costs_a_request_a_stream(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync()
    before = hub.requests
    reports = hub.sync()
    assert hub.requests - before == 1 + len(reports), "a login, and the delta link of each table"
    assert sum(report.run.counts.inserted + report.run.counts.updated for report in reports.values()) == 0


def test_a_table_that_cannot_be_counted_costs_no_more(tmp_path: Path) -> None:
    hub = environment(tmp_path, size=5100, settings={"page_size": 5000})
    assert errors(hub.sync("leads")) == []
    assert len(hub.live("leads")) == 5100
    before = hub.requests
    hub.sync("leads")
    assert hub.requests - before == 2, "a login, and the delta link"


def test_nothing_is_lost_or_doubled_through_faults(tmp_path: Path) -> None:
    hub = environment(tmp_path, faults=FaultPlan(share=0.05, seed=7))
    assert errors(hub.sync()) == []
    assert hub.differences() == []
    change(hub, 30)
    assert errors(hub.sync()) == []
    assert hub.differences() == []


@pytest.mark.parametrize("pages", [1, 3])
def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, pages: int) -> None:
    hub, whole = environment(tmp_path / "stopped"), environment(tmp_path / "whole")
    hub.sync("orders", "order_lines", stop_after_pages=pages)
    stopped = hub.requests
    assert errors(hub.sync("orders", "order_lines")) == []
    whole.sync("orders", "order_lines")
    assert hub.everything() == whole.everything()
    assert hub.requests - stopped < whole.requests, "what was there already was not asked for again"


def test_changes_that_were_half_read_are_read_on(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync()
    change(hub, 60)
    hub.sync("order_lines", stop_after_pages=1)
    change(hub, 9)
    assert errors(hub.sync()) == []
    assert errors(hub.sync()) == []
    assert hub.differences() == []


def test_a_delta_link_that_is_too_old_loses_nothing(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync()
    change(hub)
    hub.simulator.mutate({"expire": {"deltas": 1}})
    reports = hub.sync()
    assert errors(reports) == []
    assert hub.differences() == []
    notes = reports["accounts"].run.notes
    assert any("does not tell any more what changed in accounts" in note for note in notes)
    assert "deleted" in notes[0]
    change(hub)
    assert errors(hub.sync()) == []
    assert hub.differences() == [], "from then on changes are followed again"


def test_other_columns_start_the_log_of_changes_anew(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync("accounts")
    hub.settings["fields"] = {"customers": {"legal_name": "name"}}
    hub.simulator.mutate({"delete": {"accounts": 2}})
    assert errors(hub.sync("accounts")) == []
    hub.simulator.mutate({"touch": {"accounts": 2}, "delete": {"accounts": 1}})
    assert errors(hub.sync("accounts")) == []
    held = hub.live("customers", "name", "legal_name")
    assert set(held) == {row["accountid"] for row in hub.simulator.tables["accounts"].rows}, "no deletion was lost"
    assert all(name == legal for name, legal in held.values())


def test_verifying_finds_what_no_stamp_tells(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync()
    accounts: Any = hub.simulator.tables["accounts"]
    row = accounts.rows[3]
    row["name"] = "changed behind its stamp"
    accounts.changed([row])
    report = hub.sync("accounts", verify=True)["accounts"]
    assert report.missed is not None and report.missed.total == 1
    assert hub.live("customers", "name")[row["accountid"]] == ("changed behind its stamp",)


def test_tables_without_change_tracking_are_read_by_time(tmp_path: Path) -> None:
    hub = environment(tmp_path, untracked=UNTRACKED)
    assert errors(hub.sync()) == []
    assert hub.differences() == []
    hub.simulator.mutate({"touch": dict.fromkeys(NAMES, 12), "add": dict.fromkeys(NAMES, 5)})
    assert errors(hub.sync()) == []
    assert hub.differences() == []
    hub.simulator.mutate({"delete": {"accounts": 2, "orders": 2}})
    hub.sync()
    assert hub.differences() != [], "deletions are not told"
    assert errors(hub.sync(verify=True)) == []
    assert hub.differences() == []


def test_a_column_that_is_gone_is_left_out_at_once(tmp_path: Path) -> None:
    hub = environment(tmp_path, untracked=UNTRACKED)
    hub.sync("accounts", "leads")
    for table in ("account", "lead"):
        found = hub.simulator._sets[table]
        left = tuple(each for each in found.properties if each.name != "websiteurl")
        hub.simulator._sets[table] = hub.simulator.service.sets[found.name] = replace(found, properties=left)
    hub.simulator.mutate({"touch": {"accounts": 3, "leads": 3}, "delete": {"leads": 2}})
    assert errors(hub.sync("accounts", "leads")) == []
    assert set(hub.live("leads")) == {row["leadid"] for row in hub.simulator.tables["leads"].rows}


def test_a_start_leaves_older_rows_out(tmp_path: Path) -> None:
    stamps = [row["modifiedon"] for row in environment(tmp_path / "look").simulator.tables["orders"].rows]
    start = sorted(stamps)[30]
    hub = environment(tmp_path, settings={"streams": {"orders": {"start": start.isoformat()}}})
    assert errors(hub.sync("orders")) == []
    assert len(hub.live("orders")) == sum(stamp >= start for stamp in stamps)


def test_tables_of_apps_that_are_not_installed_stay_empty_unless_asked_for(tmp_path: Path) -> None:
    absent = frozenset({"salesorder", "salesorderdetail"})
    hub = environment(tmp_path, absent=absent)
    assert errors(hub.sync()) == []
    assert hub.live("orders") == {}
    wanted = environment(tmp_path / "wanted", absent=absent, settings={"streams": {"orders": {}}})
    assert "no table salesorder" in errors(wanted.sync("orders"))[0]


def test_a_contact_that_comes_to_an_account_buys_no_more(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync()
    contacts: Any = hub.simulator.tables["contacts"]
    person = next(row for row in contacts.rows if row["_parentcustomerid_value"] is None)
    assert person["contactid"] in hub.live("customers")
    person["_parentcustomerid_value"] = hub.simulator.tables["accounts"].rows[0]["accountid"]
    person["modifiedon"] = hub.simulator.tick()
    contacts.changed([person])
    assert errors(hub.sync()) == []
    assert person["contactid"] not in hub.live("customers")
    assert hub.live("contacts", "customer_source_id")[person["contactid"]] == (person["_parentcustomerid_value"],)
    assert hub.differences() == []


def test_an_order_of_a_contact_is_its_account_s(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync()
    assert hub.simulator.log.by_path["GET /api/data/v9.2/contacts"] == 3, "their own stream told, in 3 pages"
    accounts = {row["contactid"]: row["_parentcustomerid_value"] for row in hub.simulator.tables["contacts"].rows}
    held = hub.live("orders", "customer_source_id", "contact_source_id")
    customers = set(hub.live("customers"))
    for row in hub.simulator.tables["orders"].rows:
        buyer = row["_customerid_value"]
        is_contact = row["_customerid_value.target"] == "contact"
        wanted = accounts[buyer] or buyer if is_contact else buyer
        assert held[row["salesorderid"]] == (wanted, buyer if is_contact else None)
        assert wanted in customers
    assert {accounts[row["_customerid_value"]] is None for row in hub.simulator.tables["orders"].rows
            if row["_customerid_value.target"] == "contact"} == {True, False}  # fmt: skip


def test_both_moneys_and_the_words_of_the_source_are_kept(tmp_path: Path) -> None:
    hub = environment(tmp_path)
    hub.sync("orders")
    held = hub.live("orders", "currency", "base_currency", "total", "base_total", "status", "source_status")
    for row in hub.simulator.tables["orders"].rows:
        currency, base, total, base_total, status, word = held[row["salesorderid"]]
        assert (currency, base) == (row["currency"], "EUR")
        assert (total, base_total) == (int(row["totalamount"] * 10**6), int(row["totalamount_base"] * 10**6))
        assert (status, word) in {
            ("open", "New"), ("open", "In Progress"), ("cancelled", "No Money"), ("partially_shipped", "Partial"),
            ("completed", "Invoiced"),
        }  # fmt: skip


def test_a_custom_table_and_a_custom_column_are_asked_for(tmp_path: Path) -> None:
    table = {
        "table": "transactioncurrency",
        "maps": [{"entity": "marketing_spend", "fields": {
            "source_id": "transactioncurrencyid", "source_updated_at": "modifiedon", "campaign": "currencyname",
        }}],
    }  # fmt: skip
    fields = {"customers": {"extras": ["revenue_base"]}}
    hub = environment(tmp_path, settings={"tables": {"campaigns": table}, "fields": fields})
    assert errors(hub.sync("campaigns", "accounts")) == []
    assert len(hub.live("marketing_spend")) == 5
    assert all("revenue_base" in str(extras) for (extras,) in hub.live("customers", "extras").values() if extras)
    wrong = environment(tmp_path / "wrong", settings={"fields": {"customers": {"tax_id": "new_vat"}}})
    assert "no column `new_vat`" in errors(wrong.sync("accounts"))[0]
