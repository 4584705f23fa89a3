"""Salesforce through the real pipeline: what the hub holds is what the org holds, whatever happened on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.salesforce import OrgHub

from connectors.salesforce.simulator import SalesforceSimulator
from hub.sdk.simulator import FaultPlan

PAGED = {"bulk_above_rows": 1_000_000}
BULK = {"bulk_above_rows": 0, "bulk_page_rows": 30}


def org(folder: Path, *, size: int = 90, settings: Any = PAGED, **options: Any) -> OrgHub:
    return OrgHub(folder, SalesforceSimulator(size=size, page_rows=options.pop("page_rows", 30), **options), **settings)


def errors(reports: Any) -> list[str]:
    return [f"{name}: {report.error}" for name, report in reports.items() if report.error is not None]


@pytest.mark.parametrize("settings", [PAGED, BULK], ids=["paged", "bulk"])
def test_a_first_run_holds_what_the_org_holds(tmp_path: Path, settings: Any) -> None:
    hub = org(tmp_path, settings=settings)
    assert errors(hub.sync()) == []
    assert hub.differences() == []
    assert hub.store.open_quarantine() == {}


@pytest.mark.parametrize("settings", [PAGED, BULK], ids=["paged", "bulk"])
def test_later_runs_follow_every_change(tmp_path: Path, settings: Any) -> None:
    hub = org(tmp_path, settings=settings)
    hub.sync()
    hub.clock.sleep(7200)
    for _ in range(3):
        names = ("accounts", "contacts", "leads", "orders", "order_items", "opportunities", "products", "stock")
        hub.simulator.mutate({"touch": dict.fromkeys(names, 12), "add": dict.fromkeys(names, 5)})
        hub.simulator.mutate({"delete": dict.fromkeys(names, 4)})
        assert errors(hub.sync()) == []
        assert hub.differences() == []


def test_bulk_jobs_bring_the_same_records_as_pages(tmp_path: Path) -> None:
    paged, bulk = org(tmp_path / "paged"), org(tmp_path / "bulk", settings=BULK)
    paged.sync()
    bulk.sync()
    assert paged.everything() == bulk.everything()
    jobs = [path for path in bulk.simulator.log.by_path if path.endswith("/jobs/query")]
    assert jobs, "the bulk path was not walked"


@pytest.mark.parametrize("settings", [PAGED, BULK], ids=["paged", "bulk"])
def test_nothing_is_lost_or_doubled_through_faults(tmp_path: Path, settings: Any) -> None:
    hub = org(tmp_path, settings=settings, faults=FaultPlan(share=0.05, seed=7))
    assert errors(hub.sync()) == []
    assert hub.differences() == []
    touched = {"orders": 30, "order_items": 60}
    hub.simulator.mutate({"touch": touched, "add": {"order_items": 9}, "delete": {"cases": 3}})
    assert errors(hub.sync()) == []
    assert hub.differences() == []


@pytest.mark.parametrize(("settings", "pages"), [(PAGED, 1), (PAGED, 3), (BULK, 1), (BULK, 2)])
def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, settings: Any, pages: int) -> None:
    names = ("orders", "order_items")
    hub, whole = org(tmp_path / "stopped", settings=settings), org(tmp_path / "whole", settings=settings)
    hub.sync(*names, stop_after_pages=pages)
    stopped = hub.requests
    assert hub.live("order_lines").keys() != set(hub.simulator.truth()["order_lines"]["ids"])
    assert errors(hub.sync(*names)) == []
    whole.sync(*names)
    assert hub.everything() == whole.everything()
    assert hub.requests - stopped < whole.requests, "what was there already was not asked for again"


def test_a_run_of_changes_costs_one_query(tmp_path: Path) -> None:
    hub = org(tmp_path)
    hub.sync()
    hub.simulator.mutate({"touch": {"accounts": 3}})
    before = hub.requests
    hub.sync("accounts")
    assert hub.requests - before == 3, "a login, the query, and the hub's count of the whole"


def test_a_full_run_repairs_what_the_fast_path_cannot_know(tmp_path: Path) -> None:
    hub = org(tmp_path)
    hub.sync()
    table = hub.simulator.tables["accounts"]
    table.rows[0]["Name"] = "changed behind the cursor"
    hub.sync("accounts")
    key = table.rows[0]["Id"]
    assert hub.live("customers", "name")[key] != ("changed behind the cursor",)
    hub.sync("accounts", full=True)
    assert hub.live("customers", "name")[key] == ("changed behind the cursor",)
