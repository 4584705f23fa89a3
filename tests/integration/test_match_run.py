"""The resolution job: links, golden records, decisions that bind, ids that stay. On PostgreSQL: test_store_identity."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from support.clean_store import prepared_url
from support.matching import ACME, ACME_SHOP, BETA, GAMMA, Matching
from support.writing import START

from hub.errors import StoreBusy, UsageError
from hub.identity.tell import group_lines
from hub.store import open_store
from hub.store.base import Store


@pytest.fixture(scope="module")
def prepared_store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepared_url("sqlite", tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of four records that were resolved, with its working tables: made once, since that takes a second."""
    folder = tmp_path_factory.mktemp("resolved")
    (folder / "live").mkdir()
    with open_store(prepared_url("sqlite", folder / "live")) as store:
        hub = Matching(store, folder / "live" / "work")
        hub.put("erp", a=ACME, b=BETA)
        hub.put("shop", x=ACME_SHOP, y=GAMMA)
        assert hub.run().kind == "full"
    return shutil.copytree(folder / "live", folder / "kept")


@pytest.fixture
def hub(resolved: Path) -> Iterator[Matching]:
    """The same again, at the same place: elsewhere the working tables would be another store's."""
    live = resolved.with_name("live")
    shutil.rmtree(live)
    shutil.copytree(resolved, live)
    with open_store(f"sqlite:///{live / 'hub.db'}") as store:
        yield Matching(store, live / "work")


def test_a_company_of_two_systems_is_one_and_its_link_says_why(hub: Matching) -> None:
    assert hub.golden() == {"erp/a": "C000001", "erp/b": "C000002", "shop/x": "C000001", "shop/y": "C000003"}
    link = hub.links()["shop/x"]
    assert (link.rule, str(link.partner)) == ("tax id", "erp/a")
    assert link.score is not None
    assert link.score > 20
    assert link.evidence["tax"] > 10
    assert hub.links()["erp/b"].rule == "alone"


def test_nothing_is_compared_again_while_nothing_changes(hub: Matching) -> None:
    assert hub.run().kind == "none"
    hub.put("crm", p={**BETA, "name": "Beta Valves Limited"})
    outcome = hub.run()
    assert (outcome.kind, outcome.compared) == ("incremental", {"customers": 1})
    assert hub.golden()["crm/p"] == "C000002"
    since = {record: link.resolution_id for record, link in hub.links().items()}
    assert (since["erp/b"], since["crm/p"]) == (1, 2)


def test_a_golden_record_of_one_record_is_that_record_and_follows_it(hub: Matching) -> None:
    assert (hub.one("C000002")["name"], hub.one("C000002")["records"]) == ("Beta Valves Ltd", 1)
    hub.put("erp", b={**BETA, "city": "York"})
    hub.run()
    assert hub.one("C000002")["city"] == "York"


def test_without_its_working_tables_everything_is_compared_and_nothing_moves(hub: Matching) -> None:
    before = hub.golden()
    for path in hub.folder.iterdir():
        path.write_bytes(b"damaged")
    hub.put("erp", b={**BETA, "city": "York"})
    assert hub.run().kind == "full"
    assert hub.golden() == before


def test_a_split_holds_whatever_comes_and_the_rest_keeps_its_number(hub: Matching) -> None:
    hub.clerk().split(["shop/x"], "another company, says the customer")
    hub.run()
    assert hub.golden()["erp/a"] == "C000001"
    assert hub.golden()["shop/x"] == "C000004"
    for turn in range(3):
        hub.put("erp", a={**ACME, "phone": f"+49 30 1234{turn:02}"})
        hub.put("shop", x={**ACME_SHOP, "email": "info@acme.de", "phone": f"+49 30 1234{turn:02}"})
        hub.run(full=turn == 1)
    assert hub.golden() == {"erp/a": "C000001", "erp/b": "C000002", "shop/x": "C000004", "shop/y": "C000003"}
    assert hub.store.reviews(entity="customers") == []
    hub.put("crm", bridge={**ACME, "name": "Acme Corporation GmbH"})
    hub.run()
    assert hub.golden()["erp/a"] != hub.golden()["shop/x"]


def test_a_product_that_was_split_stays_so_after_ten_more_syncs(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path)
    lamp = {"sku": "4711", "name": "Lamp"}
    hub.put("sap", "products", m=lamp)
    hub.put("shop", "products", v=lamp)
    hub.run()
    assert hub.golden("products") == {"sap/m": "P000001", "shop/v": "P000001"}
    hub.clerk().split(["shop/v"], "another lamp")
    hub.run()
    for turn in range(10):
        hub.put("shop", "products", v={**lamp, "description": str(turn)})
        hub.run()
    assert hub.golden("products") == {"sap/m": "P000001", "shop/v": "P000002"}


def test_undoing_a_split_or_merging_again_gives_the_same_state(hub: Matching) -> None:
    before, clerk = hub.golden(), hub.clerk()
    number = clerk.split(["shop/x"], "")
    hub.run()
    clerk.undo(number, "they are one after all")
    hub.run()
    assert hub.golden() == before
    assert hub.store.golden("customers", ["C000004"]) == []
    with pytest.raises(UsageError, match="undone already"):
        clerk.undo(number, "")
    clerk.split(["shop/x"], "")
    clerk.merge(["shop/x", "erp/a"], "")
    hub.run()
    assert hub.golden() == before


def test_a_merge_keeps_the_older_number_and_undoing_it_restores_both(hub: Matching) -> None:
    before = hub.golden()
    number = hub.clerk().merge(["shop/y", "C000002"], "bought by Beta")
    hub.run()
    assert hub.golden()["shop/y"] == hub.golden()["erp/b"] == "C000002"
    assert {link.rule for record, link in hub.links().items() if record in ("erp/b", "shop/y")} == {"person"}
    told = "\n".join(group_lines(hub.store, hub.clerk().group("erp/b")))
    assert f"Linked with shop/y because ann said so (decision {number})" in told
    assert hub.store.golden("customers", ["C000003"]) == []
    hub.run(full=True)
    assert hub.golden()["shop/y"] == "C000002"
    hub.clerk().undo(number, "")
    hub.run()
    assert hub.golden() == before


def test_questions_are_answered_once(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path, link_score=40, review_score=2)
    north = {"name": "Ostwind Metallbau GmbH", "country": "DE", "city": "Kiel"}
    south = {"name": "Berger Optik AG", "country": "DE", "city": "Ulm"}
    hub.put("erp", n1=north, s1=south)
    hub.put("shop", n2=north, s2=south)
    hub.run()
    asked = {str(review.left): review for review in store.reviews()}
    assert asked.keys() == {"erp/n1", "erp/s1"}
    hub.clerk().accept("erp/n1", "shop/n2", "")
    hub.clerk().reject("erp/s1", "shop/s2", "two companies")
    hub.run()
    hub.run(full=True)
    assert hub.groups() == {frozenset({"erp/n1", "shop/n2"}), frozenset({"erp/s1"}), frozenset({"shop/s2"})}
    assert store.reviews() == []
    assert {str(each.left): each.status for each in store.reviews(status=None)} == {
        "erp/n1": "accepted", "erp/s1": "rejected"
    }  # fmt: skip


def test_a_deleted_record_stays_in_its_golden_record_since_orders_name_it(hub: Matching) -> None:
    hub.remove("shop", "x")
    hub.run()
    assert hub.golden()["shop/x"] == "C000001"
    assert hub.one("C000001")["name"] == "ACME Corp. GmbH"
    assert hub.one("C000001")["deleted_at"] is None
    hub.remove("erp", "a")
    hub.run()
    assert hub.one("C000001")["deleted_at"] is not None


def test_a_record_that_is_pruned_leaves_no_link_and_no_golden_record(hub: Matching) -> None:
    hub.remove("shop", "x", "y")
    hub.run()
    assert hub.store.prune(keep_runs_days=400, keep_deleted_days=0)["deleted customers"] == 2
    assert hub.run().kind == "incremental"
    assert hub.golden() == {"erp/a": "C000001", "erp/b": "C000002"}
    assert hub.one("C000001")["records"] == 1
    assert hub.store.golden("customers", ["C000003"]) == []


def test_each_field_comes_from_the_record_that_its_rule_chooses(store: Store, tmp_path: Path) -> None:
    hub = Matching(
        store, tmp_path, source_priority=["erp"],
        customers={
            "name": ["shop", "erp"], "legal_name": "longest", "address": "most_complete", "phone": "most_recent"
        },
    )  # fmt: skip
    old, new = 1_700_000_000_000_000, 1_710_000_000_000_000
    hub.put("erp", a={**ACME, "legal_name": "ACME", "phone": "1", "street": None, "source_updated_at": old})
    hub.put(
        "shop",
        x={**ACME_SHOP, "legal_name": "ACME Corporation GmbH", "phone": "2", "email": "shop@acme.de",
           "street": "Hauptstr. 1", "postal_code": "10115", "source_updated_at": new},
    )  # fmt: skip
    hub.run()
    golden = hub.one("C000001")
    assert (golden["name"], golden["legal_name"]) == ("Acme Corporation", "ACME Corporation GmbH")
    assert (golden["phone"], golden["email"], golden["tax_id"]) == ("2", "shop@acme.de", "DE136695976")
    assert (golden["street"], golden["postal_code"], golden["city"]) == ("Hauptstr. 1", "10115", "Berlin")
    origins = json.loads(golden["provenance"])
    assert (origins["name"], origins["tax_id"], origins["street"]) == ("shop/x", "erp/a", "shop/x")


def test_a_login_gives_its_company_nothing_that_the_company_has_itself(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path, customers={"name": "longest"})
    login = {"name": "Fay Park of Purchasing at ACME", "kind": "person", "email": "fay@acme.de", "city": "Bonn"}
    hub.put("shop", login={**login, "parent_source_id": "co", "source_updated_at": 1_800_000_000_000_000})
    hub.put("shop", co={**ACME_SHOP, "street": "Hauptstr. 1", "source_updated_at": 1_700_000_000_000_000})
    hub.put("erp", a={**ACME, "phone": None})
    hub.run()
    golden = hub.one(hub.golden()["shop/login"])
    assert (golden["records"], golden["name"], golden["street"]) == (3, "Acme Corporation", "Hauptstr. 1")
    assert golden["email"] == "info@acme.de"


def test_the_most_frequent_value_wins_a_vote(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path, source_priority=["erp"], customers={"name": "vote"})
    hub.put("erp", a=ACME)
    hub.put("shop", x=ACME_SHOP)
    hub.put("crm", p=ACME_SHOP)
    hub.run()
    assert hub.groups() == {frozenset({"erp/a", "shop/x", "crm/p"})}
    assert hub.one("C000001")["name"] == "Acme Corporation"


def test_products_meet_by_their_patterns_and_carry_price_and_cost_with_their_units(
    store: Store, tmp_path: Path
) -> None:
    patterns = [
        {"source": "shop", "strip_prefix": "ACME-", "variant": "-[A-Z]{3}"}, {"source": "sap", "variant": "/[A-Z]{3}"}
    ]  # fmt: skip
    hub = Matching(store, tmp_path, sku_patterns=patterns)
    lamp = {"sku": "4711/BLK", "name": "Lamp", "unit": "C62", "unit_cost": 3_500_000, "currency": "USD"}
    hub.put("sap", "products", m=lamp, w={**lamp, "sku": "4711/WHT"})
    hub.put("shop", "products", v={"sku": "ACME-4711-BLK", "list_price": 9_990_000, "currency": "EUR"})
    hub.run()
    assert hub.groups("products") == {frozenset({"sap/m", "shop/v"}), frozenset({"sap/w"})}
    one = hub.one(hub.golden("products")["sap/m"], "products")
    assert (one["unit_cost"], one["cost_currency"], one["cost_unit"]) == (3_500_000, "USD", "C62")
    assert (one["list_price"], one["price_currency"], one["price_unit"]) == (9_990_000, "EUR", None)


def test_a_golden_product_costs_what_the_list_of_costs_says(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path, source_priority=["sap", "shop"])
    hub.put("sap", "products", m={"sku": "4711"}, alone={"sku": "9"})
    hub.put("shop", "products", v={"sku": "4711", "unit_cost": 8_000_000, "currency": "EUR"})
    box = {"product_source_id": "m", "cost": 100_000_000, "per_quantity": 3_000_000, "unit": "BX", "currency": "USD"}
    plant = {**box, "location_source_id": "1000", "cost": 7_000_000, "per_quantity": None}
    later = {**box, "valid_from": 9_000_000_000_000_000, "cost": 1}
    hub.put("sap", "product_costs", all=box, plant=plant, later=later)
    hub.put("sap", "product_costs", other={**box, "product_source_id": "alone", "per_quantity": None})
    hub.run()
    one = hub.one(hub.golden("products")["sap/m"], "products")
    assert (one["unit_cost"], one["cost_unit"], one["cost_currency"]) == (33_333_333, "BX", "USD")
    assert json.loads(one["provenance"])["unit_cost"] == "sap/m"
    alone = hub.one(hub.golden("products")["sap/alone"], "products")
    assert (alone["unit_cost"], alone["cost_currency"], alone["provenance"]) == (100_000_000, "USD", None)
    hub.put("sap", "product_costs", all={**box, "cost": 90_000_000})
    assert hub.run().kind == "incremental"
    assert hub.one(one["golden_id"], "products")["unit_cost"] == 30_000_000


def test_amounts_beyond_64_bits_stay_exact(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path)
    most = 10**20 - 1
    hub.put("erp", a={**ACME, "annual_revenue": most, "currency": "EUR"})
    hub.put("shop", x=ACME_SHOP)
    hub.run()
    assert Decimal(hub.one("C000001")["annual_revenue"]) == most


def test_hierarchy_stands_beside_identity(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path)
    hub.put("erp", a=ACME, sub={**BETA, "parent_source_id": "a"})
    hub.put("shop", x=ACME_SHOP)
    hub.run()
    assert hub.one(hub.golden()["erp/sub"])["parent_golden_id"] == hub.golden()["erp/a"]


def test_a_login_below_a_company_belongs_to_it_until_somebody_splits_it(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path)
    login = {"name": "Fay Park", "kind": "person", "email": "fay.park@gmail.com", "parent_source_id": "co"}
    hub.put("shop", co=ACME_SHOP, login=login)
    hub.put("erp", a=ACME)
    hub.run()
    assert hub.groups() == {frozenset({"shop/co", "shop/login", "erp/a"})}
    hub.clerk().split(["shop/login"], "buys for herself")
    hub.run()
    hub.run(full=True)
    assert hub.groups() == {frozenset({"shop/co", "erp/a"}), frozenset({"shop/login"})}


def test_contacts_attach_to_the_golden_customer(hub: Matching) -> None:
    hub.put("shop", "contacts", k={"customer_source_id": "x", "name": "Jo Berg", "role": "Buyer"})
    group = hub.clerk().group("erp/a")
    assert [(name, str(of)) for _, of, name, _ in hub.store.contacts_of(group.keys)] == [("Jo Berg", "shop/x")]


def test_a_resolution_that_another_one_overtook_changes_nothing(hub: Matching) -> None:
    state = hub.store.identity_state()
    hub.put("crm", p=BETA)
    hub.run()
    with pytest.raises(StoreBusy, match="changed meanwhile"), hub.store.resolving(state, START):
        raise AssertionError
    assert hub.golden()["crm/p"] == "C000002"


def test_what_cannot_be_meant_is_told(hub: Matching) -> None:
    clerk = hub.clerk()
    for wrong in (["erp/a", "shop/x"], ["erp/b"]):
        with pytest.raises(UsageError, match="no other record"):
            clerk.split(wrong, "")
    with pytest.raises(UsageError, match="one already"):
        clerk.merge(["erp/a", "shop/x"], "")
    with pytest.raises(UsageError, match="hub match split"):
        clerk.reject("erp/a", "shop/x", "")
    with pytest.raises(UsageError, match="no record"):
        clerk.group("erp/nobody")


def test_people_may_merge_records_that_say_nothing(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path)
    hub.put("erp", a={}, b={})
    hub.run()
    hub.clerk().merge(["erp/a", "erp/b"], "")
    hub.run()
    assert (hub.groups(), hub.one("C000001")["records"]) == ({frozenset({"erp/a", "erp/b"})}, 2)
