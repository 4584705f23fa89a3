"""Magento through the real pipeline: what the hub holds is what the shop has, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.magento_shop import SIGNED, ShopHub

from connectors.magento.simulator import MagentoSimulator
from hub.sdk.simulator import Fault, FaultPlan
from sync_jobs import pipeline

CHANGING = ("customers", "products", "orders", "shipments", "creditmemos", "stock", "companies")
DELETED = ("customers", "products", "orders", "stock", "companies")


def shop(folder: Path, *, size: int = 70, settings: dict[str, Any] | None = None, **options: Any) -> ShopHub:
    simulator = MagentoSimulator(size=size, page_rows=options.pop("page_rows", 20), **options)
    return ShopHub(folder, simulator, **(settings or {}))


@pytest.mark.parametrize("login", [{}, SIGNED, {"client_id": "hub", "client_secret": "simulated"}])
def test_a_first_run_holds_what_the_shop_has(tmp_path: Path, login: dict[str, Any]) -> None:
    if "client_id" in login:
        login = {**login, "token_url": "http://127.0.0.1:9/ims/token/v3"}
    hub = shop(tmp_path, settings=login)
    hub.synced()
    assert hub.differences() == []
    assert hub.store.open_quarantine() == {}


def test_later_runs_follow_changes_additions_and_deletions(tmp_path: Path) -> None:
    hub = shop(tmp_path)
    hub.synced()
    for _ in range(3):
        hub.clock.sleep(3600)
        hub.simulator.mutate({"touch": dict.fromkeys(CHANGING, 9), "add": {"customers": 3, "products": 3, "orders": 7}})
        hub.simulator.mutate({"delete": dict.fromkeys(DELETED, 3)})
        hub.synced()
        assert hub.differences_without("returns") == []


def test_what_went_with_its_order_and_no_count_can_tell_is_found_by_verify(tmp_path: Path) -> None:
    hub = shop(tmp_path)
    hub.synced()
    hub.simulator.mutate({"delete": {"orders": 40}})
    hub.synced()
    assert hub.differences_without("returns") == []
    assert hub.differences("returns") != [], "the shop tells nobody that credit memos are gone"
    hub.synced("creditmemos", "orders", verify=True, allow_deletes=True)
    assert hub.differences() == []


def test_a_later_run_ends_with_what_a_full_one_would_hold(tmp_path: Path) -> None:
    hub = shop(tmp_path / "later")
    hub.synced()
    hub.simulator.mutate({"touch": dict.fromkeys(CHANGING, 15)})
    hub.synced()
    whole = ShopHub(tmp_path / "whole", hub.simulator)
    whole.synced()
    assert hub.everything() == whole.everything()


def test_nothing_is_lost_or_doubled_through_faults(tmp_path: Path) -> None:
    kinds = tuple(kind for kind in Fault if kind not in {Fault.LOST_PAGE, Fault.REPEATED_PAGE})
    hub = shop(tmp_path, faults=FaultPlan(share=0.05, seed=3, kinds=kinds))
    hub.synced()
    assert hub.differences() == []
    hub.simulator.mutate({"touch": dict.fromkeys(CHANGING, 20), "add": {"orders": 9}, "delete": {"customers": 4}})
    hub.synced()
    assert hub.differences() == []


@pytest.mark.parametrize("fault", [Fault.LOST_PAGE, Fault.REPEATED_PAGE])
def test_a_page_that_is_lost_or_repeated_is_never_taken_for_success(tmp_path: Path, fault: Fault) -> None:
    hub = shop(tmp_path, faults=FaultPlan(share=1.0, kinds=(fault,), in_a_row=1))
    reports = hub.sync("orders")
    held_right = not [told for told in hub.differences() if told.startswith("order")]
    assert reports["orders"].error is not None or held_right


@pytest.mark.parametrize("pages", [2, 4])
def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, pages: int) -> None:
    hub, whole = shop(tmp_path / "stopped"), shop(tmp_path / "whole")
    hub.sync("customers", "orders", "stock", stop_after_pages=pages)
    stopped = hub.requests
    hub.synced("customers", "orders", "stock")
    whole.synced("customers", "orders", "stock")
    assert hub.everything() == whole.everything()
    assert hub.requests - stopped < whole.requests, "what was there already was not asked for again"


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_what_is_deleted_before_a_stopped_run_goes_on_is_gone(tmp_path: Path, pages: int) -> None:
    hub = shop(tmp_path)
    hub.sync("customers", "orders", stop_after_pages=pages)
    hub.simulator.mutate({"delete": {"customers": 9, "orders": 9}, "touch": {"orders": 4}})
    hub.synced("customers", "orders")
    assert hub.differences("contacts", "addresses", "orders", "order_lines") == []


def test_mass_updates_with_one_stamp_lose_nothing(tmp_path: Path) -> None:
    hub = shop(tmp_path)
    hub.synced("orders")
    stamp = hub.simulator.tick(7200).strftime("%Y-%m-%d %H:%M:%S")
    for row in hub.simulator.tables["orders"].rows[5:65]:
        row["updated_at"], row["touched"] = stamp, 1
    hub.simulator.mutate({})
    hub.synced("orders")
    marked = [number for number, (po,) in hub.live("orders", "po_number").items() if po.endswith("*")]
    assert len(marked) == 60


def test_a_run_without_changes_costs_one_search_and_one_count(tmp_path: Path) -> None:
    hub = shop(tmp_path, settings={"page_size": 20})
    hub.synced()
    before = hub.requests
    hub.synced("customers", "products", "orders", "shipments")
    asked = list(hub.simulator.log.last)[before - hub.requests :]
    for path in ("customers/search", "products", "orders", "shipments"):
        queries = [each["query"] for each in asked if each["path"] == f"/rest/all/V1/{path}"]
        queries = [query for query in queries if "type_id%5D" not in query and "=configurable" not in query]
        assert len(queries) == 2, queries


def test_finding_one_deleted_row_costs_no_walk_over_all_of_them(tmp_path: Path) -> None:
    hub = shop(tmp_path, size=1200, page_rows=300)
    hub.synced("customers")
    hub.simulator.mutate({"delete": {"customers": 1}})
    before = hub.requests
    hub.synced("customers")
    assert hub.differences("contacts", "addresses") == []
    assert hub.requests - before <= 12


def test_a_late_tracking_number_is_found_within_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = ShopHub(tmp_path, MagentoSimulator(size=90), late_tracks_days=90)
    hub.synced("shipments")
    hub.simulator.mutate({"track": {"shipments": 3}})
    hub.synced("shipments")
    assert not late_numbers(hub), "nothing tells of it at once"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(pipeline, "_now", lambda: tomorrow)
    hub.synced("shipments")
    assert len(late_numbers(hub)) == 3


def late_numbers(hub: ShopHub) -> list[str]:
    return [numbers for (numbers,) in hub.live("shipments", "tracking_number").values() if "LATE-1" in str(numbers)]


def test_without_inventory_sources_stock_is_one_figure_a_product(tmp_path: Path) -> None:
    class OldShop(MagentoSimulator):
        modules = frozenset({"Magento_Company"})

    hub = ShopHub(tmp_path, OldShop(size=30, page_rows=20))
    hub.synced("products", "locations", "stock")
    assert hub.live("locations") == {}
    levels = hub.live("stock_levels", "location_source_id", "product_source_id", "on_hand")
    assert levels
    assert all(location is None and key == product for key, (location, product, _) in levels.items())
    stocked = [row for row in hub.simulator.tables["products"].rows if row["type_id"] == "simple"]
    assert len(levels) == len(stocked), "virtual products are not managed, the others have none of their own"


def test_a_shop_without_company_accounts_has_none_and_loses_none(tmp_path: Path) -> None:
    hub = shop(tmp_path)
    hub.synced("companies")
    held = hub.live("customers")
    hub.simulator.modules = frozenset({"Magento_InventoryApi"})
    hub.synced("companies")
    assert hub.live("customers") == held, "a module that is switched off proves nothing gone"


def test_orders_begin_where_the_admin_says(tmp_path: Path) -> None:
    stamps = sorted(row["updated_at"] for row in shop(tmp_path / "a").simulator.tables["orders"].rows)
    hub = shop(tmp_path / "b", settings={"streams": {"orders": {"start": stamps[30].replace(" ", "T") + "Z"}}})
    hub.synced("orders")
    assert len(hub.live("orders")) == 40
    hub.simulator.mutate({"delete": {"orders": 5}, "touch": {"orders": 2}})
    hub.synced("orders")
    wanted = {str(row["entity_id"]) for row in hub.simulator.tables["orders"].rows if row["updated_at"] >= stamps[30]}
    assert set(hub.live("orders")) == wanted


def test_verify_repairs_what_no_stamp_tells(tmp_path: Path) -> None:
    hub = shop(tmp_path)
    hub.synced("customers")
    changed = hub.simulator.tables["customers"].rows[3]
    changed["touched"] = 5
    settings = {"fields": {"customers": {"number": "custom_attributes.erp_number"}}}
    hub.settings.update(settings)
    hub.synced("customers")
    assert hub.live("customers", "number")[str(changed["id"])][0].endswith("*****"), "a new map reads everything"
    changed["touched"] = 6
    report = hub.synced("customers", verify=True)["customers"]
    assert report.missed is not None
    assert hub.live("customers", "number")[str(changed["id"])][0].endswith("******")


def test_a_search_that_shows_almost_nothing_deletes_nothing(tmp_path: Path) -> None:
    hub = shop(tmp_path, size=200, page_rows=100)
    hub.synced("products")
    hub.simulator.tables["products"].rows[:] = hub.simulator.tables["products"].rows[:20]
    hub.simulator.mutate({})
    report = hub.sync("products")["products"]
    assert report.error is not None
    assert "allow-deletes" in report.error.fix
    assert len(hub.live("products")) == 200
    hub.synced("products", verify=True, allow_deletes=True)
    assert len(hub.live("products")) == 20
