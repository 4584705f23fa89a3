"""Oracle Fusion SCM through the real pipeline: what the hub holds is what the pod has, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.oracle_pod import PodHub

from connectors.oracle_scm.simulation.orders import current_of, revisions_of, shipment_row
from connectors.oracle_scm.simulation.pod import OracleScmSimulator
from connectors.oracle_scm.simulation.search import stamp
from hub.sdk import AuthError
from hub.sdk.simulator import Fault, FaultPlan
from sync_jobs import pipeline

TOUCHED = (
    "customers", "contacts", "suppliers", "products", "locations", "stock", "reservations", "average_costs",
    "standard_costs", "orders", "shipments", "shipment_lines", "purchase_orders", "receipts",
)  # fmt: skip
TOKEN_URL = "http://127.0.0.1:9/oauth2/v1/token"


def pod(folder: Path, *, size: int = 60, settings: dict[str, Any] | None = None, **options: Any) -> PodHub:
    simulator = OracleScmSimulator(size=size, page_rows=options.pop("page_rows", 20), **options)
    return PodHub(folder, simulator, **{"page_size": 20, **(settings or {})})


@cache
def private_key() -> str:
    from joserfc.jwk import RSAKey

    return RSAKey.generate_key(2048).as_pem(private=True).decode()


def logins() -> dict[str, dict[str, Any]]:
    oauth = {"token_url": TOKEN_URL, "client_id": "hub"}
    user = {"username": "hub.user", "private_key": private_key(), "key_id": "hub-cert"}
    return {
        "password": {},
        "client secret": {**oauth, "client_secret": "simulated"},
        "client key": {**oauth, "private_key": private_key()},
        "user's assertion and secret": {**oauth, **user, "client_secret": "simulated"},
        "user's assertion and client's": {**oauth, **user},
    }


@pytest.mark.parametrize(
    "login", ["client secret", "client key", "user's assertion and secret", "user's assertion and client's"]
)
def test_every_way_to_log_in(tmp_path: Path, login: str) -> None:
    hub = pod(tmp_path, size=12, settings=logins()[login])
    hub.synced("customers", "orders")
    assert hub.differences("customers", "orders", "order_lines") == []


def test_a_wrong_password_is_tried_once_and_locks_no_account(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=3, settings={"password": "wrong"})
    reports = hub.sync()
    assert all(isinstance(report.error, AuthError) for report in reports.values())
    assert hub.requests == 1


def test_a_first_run_holds_what_the_pod_has(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    hub.synced()
    assert hub.differences() == []
    assert hub.store.open_quarantine() == {}


def test_later_runs_follow_changes_and_additions(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    hub.synced()
    for _ in range(2):
        hub.clock.sleep(3600)
        hub.simulator.mutate({
            "touch": dict.fromkeys(TOUCHED, 9), "add": {"orders": 5, "customers": 3, "products": 2},
            "delete": {"stock": 3, "reservations": 2, "average_costs": 2}, "revise": {"orders": 4},
        })  # fmt: skip
        hub.synced()
        assert hub.differences() == []


def test_a_later_run_ends_with_what_a_full_one_would_hold(tmp_path: Path) -> None:
    hub = pod(tmp_path / "later")
    hub.synced()
    hub.simulator.mutate({"touch": dict.fromkeys(TOUCHED, 15), "revise": {"orders": 6}})
    hub.synced()
    whole = PodHub(tmp_path / "whole", hub.simulator, page_size=50)
    whole.synced()
    assert hub.everything() == whole.everything()


def test_nothing_is_lost_or_doubled_through_faults(tmp_path: Path) -> None:
    kinds = tuple(kind for kind in Fault if kind not in {Fault.LOST_PAGE, Fault.REPEATED_PAGE})
    login = logins()["client secret"]
    hub = pod(tmp_path, faults=FaultPlan(share=0.05, seed=3, kinds=kinds), settings=login)
    hub.synced()
    assert hub.differences() == []
    hub.simulator.mutate({"touch": dict.fromkeys(TOUCHED, 20), "add": {"orders": 9}, "revise": {"orders": 5}})
    hub.synced()
    assert hub.differences() == []


@pytest.mark.parametrize("fault", [Fault.LOST_PAGE, Fault.REPEATED_PAGE])
def test_a_page_that_is_lost_or_repeated_is_never_taken_for_success(tmp_path: Path, fault: Fault) -> None:
    hub = pod(tmp_path, faults=FaultPlan(share=1.0, kinds=(fault,), in_a_row=1))
    report = hub.sync("orders")["orders"]
    assert report.error is not None or hub.differences("orders", "order_lines", "returns") == []


@pytest.mark.parametrize("pages", [1, 3, 6])
def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, pages: int) -> None:
    hub, whole = pod(tmp_path / "stopped"), pod(tmp_path / "whole")
    names = ("customers", "orders", "stock", "average_costs")
    hub.sync(*names, stop_after_pages=pages)
    hub.synced(*names)
    whole.synced(*names)
    assert hub.everything() == whole.everything()


# -- orders: revisions, drafts, late shipments -------------------------------------------------------------------------


def test_only_the_current_revision_counts(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    hub.synced("orders")
    rows = hub.simulator.tables["orders"].rows
    assert len(rows) > len(current_of(rows)) > len(hub.live("orders")) - 1
    revised = [number for number in range(60) if len(revisions_of(number)) > 1]
    held = {number: revision for number, revision in _revisions(hub).items() if number - 50_000 in revised}
    assert held, "there are revised orders"
    assert set(held.values()) == {2}, "a draft of the next revision does not count, an older copy neither"


def test_a_draft_is_no_order_until_it_is_submitted(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    hub.synced("orders")
    draft = next(row for row in hub.simulator.tables["orders"].rows if not row["SubmittedFlag"] and row["number"] == 7)
    assert 50_007 not in _revisions(hub)
    draft["SubmittedFlag"], draft["LastUpdateDate"] = True, stamp(hub.simulator.tick())
    hub.simulator.mutate({})
    hub.synced("orders")
    assert 50_007 in _revisions(hub)
    assert hub.differences("orders", "order_lines", "returns") == []


def _revisions(hub: PodHub) -> dict[int, int]:
    """Order number -> the revision that is held."""
    import json

    found = hub.live("orders", "number", "extras").values()
    return {int(number): int(json.loads(extras)["revision"]) for number, extras in found}


@pytest.mark.parametrize("hidden", ["SourceTransactionRevisionNumber", "SourceTransactionId"])
def test_pods_that_cannot_filter_by_revision_hold_the_current_one_too(tmp_path: Path, hidden: str) -> None:
    class Pod(OracleScmSimulator):
        def _own(self, name: str, shape: Any) -> Any:
            own = super()._own(name, shape)
            more = {hidden} if name == "salesOrdersForOrderHub" else set()
            return type(own)(own.key, own.attributes, own.children, own.hidden_from_q | more, own.api)

    hub = PodHub(tmp_path, Pod(size=60, page_rows=20), page_size=20)
    hub.synced("orders")
    assert hub.differences("orders", "order_lines", "returns") == []
    hub.simulator.mutate({"revise": {"orders": 5}, "touch": {"orders": 9}})
    hub.synced("orders")
    assert hub.differences("orders", "order_lines", "returns") == []


def test_a_revision_replaces_the_lines_of_the_one_before(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    hub.synced("orders")
    before = set(hub.live("order_lines"))
    hub.simulator.mutate({"revise": {"orders": 8}})
    hub.synced("orders")
    assert before - set(hub.live("order_lines")), "lines of revisions that no longer count are gone"
    assert hub.differences("orders", "order_lines", "returns") == []


def test_a_late_shipment_that_moves_no_order_is_found_within_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = pod(tmp_path)
    hub.synced("orders")
    shipped = hub.simulator.mutate({"ship": {"orders": 4}})["ship"]["orders"]
    hub.synced("orders")
    assert not _left(hub, shipped), "nothing tells of it at once"
    monkeypatch.setattr(pipeline, "_now", lambda: datetime.now(UTC) + timedelta(days=1))
    hub.synced("orders")
    assert _left(hub, shipped) == set(shipped)


def _left(hub: PodHub, keys: list[str]) -> set[str]:
    return {key for key, (status,) in hub.live("orders", "status").items() if key in keys and status == "shipped"}


def test_mass_updates_with_one_stamp_lose_nothing(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    hub.synced("purchase_orders")
    changed = stamp(hub.simulator.tick(7200))
    for row in hub.simulator.tables["purchase_orders"].rows[5:55]:
        row["LastUpdateDate"], row["touched"] = changed, 1
    hub.simulator.mutate({})
    hub.synced("purchase_orders")
    extras = [text for (text,) in hub.live("purchase_orders", "extras").values()]
    assert sum("Calvin*" in text for text in extras) == 50


# -- what pods do differently ------------------------------------------------------------------------------------------


def test_lists_longer_than_a_page_of_children_lose_none(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=26)
    hub.simulator.child_rows = 3
    hub.synced("orders", "purchase_orders", "customers")
    assert hub.differences("orders", "order_lines", "purchase_order_lines", "addresses") == []


def test_a_pod_that_takes_no_chosen_attributes_gives_the_same(tmp_path: Path) -> None:
    class Stubborn(OracleScmSimulator):
        def _own(self, name: str, shape: Any) -> Any:
            own = super()._own(name, shape)
            own.attributes["AttributeThatCannotBeRead"] = "string"
            return own

    class Refusing(Stubborn):
        async def answer(self, request: Any) -> Any:
            asked = request.query_params.get("fields", "")
            if "lines" in asked:
                from hub.sdk.simulator import Refuse

                raise Refuse(400, {"title": "Bad Request", "status": "400"})
            return await super().answer(request)

    hub = PodHub(tmp_path / "a", Refusing(size=30, page_rows=20), page_size=20)
    hub.synced("orders", "purchase_orders")
    assert hub.differences("orders", "order_lines", "returns", "purchase_order_lines") == []
    whole = pod(tmp_path / "b", size=30)
    whole.synced("orders", "purchase_orders")
    assert hub.everything() == whole.everything()


@pytest.mark.parametrize("form", ["offset", "zulu", "blank", "day"])
def test_every_way_to_write_a_moment_is_found_out(tmp_path: Path, form: str) -> None:
    hub = pod(tmp_path, size=30)
    hub.simulator.date_forms = {"salesOrdersForOrderHub": frozenset({form})}
    hub.synced("orders")
    hub.simulator.mutate({"touch": {"orders": 7}, "add": {"orders": 2}})
    hub.synced("orders")
    assert hub.differences("orders", "order_lines") == []


def test_attributes_that_a_pod_lacks_leave_columns_empty_and_lose_no_row(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=20)
    hub.simulator.lacking = {
        "salesOrdersForOrderHub": frozenset({"CustomerPONumber", "BusinessUnitName"}),
        "purchaseOrders": frozenset({"Ordered"}),
    }
    hub.synced("orders", "purchase_orders")
    assert hub.differences("orders", "order_lines") == []
    assert {po for (po,) in hub.live("orders", "po_number").values()} == {None}


def test_a_pod_that_cannot_filter_by_change_is_read_whole(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=20)
    hub.simulator.lacking = {"shipments": frozenset({"LastUpdateDate"})}
    hub.synced("shipments")
    hub.simulator.mutate({"touch": {"shipments": 4}})
    hub.synced("shipments")
    assert sum("*" in carrier for (carrier,) in hub.live("shipments", "carrier").values()) == 4


def test_sales_that_keep_no_contacts_are_passed_over(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=10)
    hub.simulator.hidden = frozenset({"contacts", "standardCosts"})
    hub.synced()
    assert hub.live("contacts") == {}
    assert hub.differences("orders", "stock_levels") == []


def test_what_was_read_before_and_is_hidden_now_is_not_taken_for_deleted(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=10)
    hub.synced("standard_costs", "average_costs")
    held = hub.live("product_costs")
    hub.simulator.hidden = frozenset({"standardCosts"})
    assert hub.sync("standard_costs")["standard_costs"].error is not None
    assert hub.live("product_costs") == held


def test_stock_and_reservations_tell_together_what_is_available(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=30)
    hub.synced("stock", "reservations")
    rows = hub.live("stock_levels", "on_hand", "available", "reserved", "stock_type").values()
    on_hand, available = (sum(int(row[place]) for row in rows) for place in (0, 1))
    reserved = sum(int(row[2]) for row in rows if row[3] == "reserved")
    assert reserved > 0
    assert available == on_hand - reserved


def test_customers_come_from_sales_where_the_admin_says_so(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=45, settings={"customers_from": "accounts"})
    hub.simulator.hidden = frozenset({"hubOrganizations"})
    hub.synced("customers")
    assert hub.differences("customers", "addresses") == []


def test_items_of_the_master_organizations_that_the_admin_names(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=12, settings={"master_organizations": ["P1"], "organizations": ["M1"]})
    hub.simulator.hidden = frozenset({"inventoryOrganizations"})
    hub.synced("products", "stock")
    assert len(hub.live("products")) == 12


def test_stock_of_the_organizations_that_the_admin_names(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=30, settings={"organizations": ["M2"]})
    hub.synced("stock")
    assert {code for (code,) in hub.live("stock_levels", "location_source_id").values()} == {"M2"}


def test_an_items_own_units_are_mapped_by_the_admin(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=12, settings={"units": {"zzu": "KGM", "Box": "XBX"}})
    reports = hub.synced("products", "orders", "stock")
    assert {unit for (unit,) in hub.live("stock_levels", "unit").values()} == {"EA", "KGM", "XBX"}
    assert {unit for (unit,) in hub.live("products", "unit").values()} == {"EA", "KGM", "XBX"}
    assert not any("no unit" in note for report in reports.values() for note in report.run.notes)


def test_a_custom_attribute_reaches_the_request(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=12, settings={"fields": {"orders": {"carrier": "BuyingPartyId"}}})
    hub.synced("orders")
    assert all(carrier is not None for (carrier,) in hub.live("orders", "carrier").values())
    wrong = pod(tmp_path / "wrong", size=12, settings={"fields": {"orders": {"carrier": "NotThere_c"}}})
    error = wrong.sync("orders")["orders"].error
    assert error is not None
    assert "NotThere_c" in error.problem


def test_verify_repairs_what_no_stamp_tells(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    hub.synced("customers", "orders")
    hub.simulator.tables["customers"].rows[3]["touched"] = 5
    gone = hub.simulator.tables["customers"].rows.pop(9)
    hub.simulator.mutate({"ship": {"orders": 3}})
    report = hub.synced("customers", verify=True)["customers"]
    assert report.missed is not None
    assert report.missed.deleted >= 1
    assert hub.simulator.tables["customers"].id_of(gone) not in hub.live("customers")
    assert hub.live("customers", "name")[str(10_003)][0].endswith("*****")
    assert hub.differences("customers", "addresses") == []


# -- requests ----------------------------------------------------------------------------------------------------------


def test_a_run_without_changes_costs_three_requests_a_stream(tmp_path: Path) -> None:
    hub = pod(tmp_path)
    names = ("contacts", "suppliers", "shipments", "receipts")
    hub.synced(*names)
    hub.synced(*names)
    before = hub.requests
    hub.synced(*names)
    asked = list(hub.simulator.log.last)[before - hub.requests :]
    assert len(asked) <= 3 * len(names), "a description, what has changed, and a count"
    assert {each["status"] for each in asked} == {200}, "how to write moments is remembered"


def test_a_full_read_costs_little_more_than_its_pages(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=400)
    hub.synced("contacts")
    assert hub.differences("contacts") == []
    assert 20 <= hub.requests <= 20 + 1 + 3 + 4, "pages, one description, three ends of ranges, the last of each range"


def test_lots_are_stock_of_their_own_and_add_up_to_the_balance(tmp_path: Path) -> None:
    hub = pod(tmp_path / "lots", size=45)
    hub.simulator.child_rows = 5
    hub.synced("stock")
    rows = hub.live("stock_levels", "batch", "on_hand", "product_source_id")
    cut = [key for key in rows if key.endswith(":L29")]
    assert cut, "a list of thirty lots is read to its end"
    whole = pod(tmp_path / "sums", size=45, settings={"lots": False})
    whole.synced("stock")
    sums = whole.live("stock_levels", "batch", "on_hand")
    assert {batch for batch, _ in sums.values()} == {None}
    assert sum(int(row[1]) for row in rows.values()) == sum(int(row[1]) for row in sums.values())


def test_what_a_shipment_cost_is_the_sum_of_its_shipping_costs(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=40)
    hub.synced("shipments")
    made = {row["Shipment"]: row["shippingCosts"] for row in map(shipment_row, hub.simulator.tables["shipments"].rows)}
    wanted = {
        key: (int(sum(cost["Amount"] for cost in costs) * 10**6), "EUR") if costs else (None, None)
        for key, costs in made.items()
    }
    assert hub.live("shipments", "freight_cost", "currency") == wanted
    assert len({cost for cost, _ in wanted.values()}) == 3


def based(order: int, product: int, quantity: Decimal) -> Decimal:
    """By the pod's units: a dozen is twelve, a box six or ten pieces, and four pieces of an item weigh a kilogram."""
    if product % 3 == 1 or order % 8 not in {5, 6}:
        return quantity
    if product % 3 == 2:
        return quantity if order % 8 == 6 else (quantity * 12 / (6 if product % 6 == 2 else 10))
    return quantity * (12 if order % 8 == 5 else 4)


@pytest.mark.parametrize("at_once", [True, False], ids=["items read before", "items looked up"])
def test_quantities_are_told_in_the_items_own_unit_too(tmp_path: Path, at_once: bool) -> None:
    hub = pod(tmp_path, size=60)
    hub.simulator.child_rows = 5
    hub.synced("products", "orders", "purchase_orders") if at_once else hub.synced("orders", "purchase_orders")
    data, wanted, kinds = hub.simulator.data, {}, set()
    for slim in current_of(hub.simulator.tables["orders"].rows).values():
        for line in hub.simulator.row("orders", slim)["lines"]:
            if line["TransactionCategoryCode"] == "ORDER":
                product = int(line["ProductNumber"][4:9])
                base = based(slim["number"], product, Decimal(line["OrderedQuantity"]))
                wanted[str(line["FulfillLineId"])] = (line["OrderedQuantity"] * 10**6, int(base * 10**6))
                kinds.add((product % 6, slim["number"] % 8 in {5, 6}))
    assert data.ordered_unit(5, 0) == ("DZ", "Dozen")
    assert len(kinds) == 12
    assert hub.live("order_lines", "quantity", "base_quantity") == wanted
    bought = hub.live("purchase_order_lines", "quantity", "base_quantity").values()
    assert all(quantity == base for quantity, base in bought)


def test_a_pod_that_hides_its_units_says_so_and_loses_no_order(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=20)
    hub.simulator.hidden = frozenset({"unitsOfMeasure"})
    (report,) = hub.synced("orders").values()
    assert any("quantities are not told in primary units" in note for note in report.run.notes)
    assert hub.differences("orders", "order_lines") == []
    assert set(hub.live("order_lines", "base_quantity").values()) == {(None,)}


def test_a_later_run_looks_up_the_items_of_changed_orders_alone(tmp_path: Path) -> None:
    hub = pod(tmp_path, size=300)
    hub.synced("orders")
    hub.simulator.mutate({"touch": {"orders": 2}})
    before = hub.requests
    hub.synced("orders")
    assert hub.requests - before < 25
