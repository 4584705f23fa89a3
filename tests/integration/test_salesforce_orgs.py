"""What differs from org to org, and what only happens now and then: features, permissions, purged rows, lost places."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.salesforce import OrgHub

from connectors.salesforce.simulation.evaluate import stamp
from connectors.salesforce.simulator import OrgTable, SalesforceSimulator

MONEY = ("Account", "Opportunity", "Order", "OrderItem", "Product2", "PricebookEntry", "Campaign", "OpportunityHistory")


def org(folder: Path, *, settings: Any = None, **options: Any) -> OrgHub:
    return OrgHub(folder, SalesforceSimulator(**{"size": 40, "page_rows": 15, **options}), **(settings or {}))


def table(hub: OrgHub, name: str) -> OrgTable:
    found = hub.simulator.tables[name]
    assert isinstance(found, OrgTable)
    return found


class TestFeatures:
    def test_an_org_with_one_currency_takes_it_from_the_settings(self, tmp_path: Path) -> None:
        hidden = {"CurrencyType", "DatedConversionRate", *(f"{name}.CurrencyIsoCode" for name in MONEY)}
        for bulk_above_rows in (10_000, 0):
            settings = {"currency": "CHF", "bulk_above_rows": bulk_above_rows}
            hub = org(tmp_path / str(bulk_above_rows), hidden=hidden, settings=settings)
            reports = hub.sync()
            assert [report.error for report in reports.values() if report.error] == []
            assert {currency for _, currency in hub.live("orders", "total", "currency").values()} == {"CHF"}
            assert {row[0] for row in hub.live("products", "currency").values()} == {"CHF"}
            assert reports["fx_rates"].run.counts.read == 0

    def test_objects_of_features_that_are_off_leave_their_streams_empty(self, tmp_path: Path) -> None:
        hub = org(tmp_path, hidden={"ProductItem", "Location", "Order", "OrderItem", "Lead"})
        reports = hub.sync()
        assert [report.error for report in reports.values() if report.error] == []
        assert reports["stock"].run.counts.read == 0
        before = hub.requests
        hub.sync("stock")
        assert hub.requests == before, "that the org has none is remembered for a day"

    def test_an_object_named_in_the_settings_must_be_there(self, tmp_path: Path) -> None:
        hub = org(tmp_path, hidden={"ProductItem"}, settings={"streams": {"stock": {}}})
        error = hub.sync("stock")["stock"].error
        assert error is not None
        assert error.exit_code == 4
        assert "ProductItem" in str(error)

    def test_an_object_that_vanishes_is_an_error_and_deletes_nothing(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        hub.sync("stock", "fx_rates")
        held = hub.store.held("sf")
        for name in ("ProductItem", "DatedConversionRate", "CurrencyType"):
            del hub.simulator.objects[name]
        hub.clock.sleep(90_000)
        reports = hub.sync("stock", "fx_rates")
        assert [report.exit_code for report in reports.values()] == [4, 4]
        assert hub.store.held("sf") == held

    def test_without_dated_rates_the_fixed_ones_are_taken(self, tmp_path: Path) -> None:
        hub = org(tmp_path, hidden={"DatedConversionRate"})
        hub.sync("fx_rates")
        rates = hub.live("fx_rates", "base_currency", "currency", "rate", "rate_on")
        assert {(row[0], row[1], row[2]) for row in rates.values()} >= {
            ("EUR", "USD", 1_082_500),
            ("EUR", "EUR", 1_000_000),
        }

    def test_person_accounts_are_persons(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        hub.sync("accounts")
        kinds = hub.live("customers", "kind", "email")
        persons = [row for row in kinds.values() if row[0] == "person"]
        assert persons and all(email for _, email in persons)
        hub = org(tmp_path / "without", hidden={f"Account.{name}" for name in ("IsPersonAccount", "PersonEmail")})
        hub.sync("accounts")
        assert {row[0] for row in hub.live("customers", "kind").values()} == {"company"}


class TestFields:
    def test_a_field_of_the_admin_is_asked_for(self, tmp_path: Path) -> None:
        for bulk_above_rows in (10_000, 0):
            fields = {"customers": {"tax_id": "Tax_Number__c", "region": "BillingAddress.country", "extras": ["Fax"]}}
            settings = {"fields": fields, "bulk_above_rows": bulk_above_rows}
            hub = org(tmp_path / str(bulk_above_rows), settings=settings)
            error = hub.sync("accounts")["accounts"].error
            assert error is not None and "`Fax`" in str(error) and error.exit_code == 2
            fields["customers"]["extras"] = ["BillingAddress"]
            hub = org(tmp_path / f"{bulk_above_rows} right", settings=settings)
            hub.sync("accounts")
            key = table(hub, "accounts").rows[0]["Id"]
            tax_id, extras = hub.live("customers", "tax_id", "extras")[key]
            assert tax_id == table(hub, "accounts").rows[0]["Tax_Number__c"]
            assert '"city"' in extras

    def test_a_field_that_goes_is_left_out_from_then_on(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        hub.sync("accounts")
        del hub.simulator.objects["Account"].fields["Industry"]
        hub.simulator.mutate({"touch": {"accounts": 5}})
        report = hub.sync("accounts")["accounts"]
        assert report.error is None
        assert report.run.counts.read >= 5

    def test_objects_of_the_admin_are_streams(self, tmp_path: Path) -> None:
        own = {
            "object": "Contact",
            "maps": [{"entity": "suppliers", "fields": {
                "source_id": {"join": ["Id", {"const": "s"}]}, "name": "Account.Name",
                "source_updated_at": "SystemModstamp", "city": "MailingAddress.city"}}],
        }  # fmt: skip
        hub = org(tmp_path, settings={"objects": {"vendors": own}})
        hub.sync("vendors")
        first = table(hub, "contacts").rows[0]
        held = hub.live("suppliers", "name", "city")
        assert len(held) == 40
        assert held[f"{first['Id']}:s"] == (table(hub, "accounts").rows[0]["Name"], first["MailingCity"])
        gone = hub.simulator.mutate({"delete": {"contacts": 2}})["delete"]["contacts"]
        hub.sync("vendors")
        assert len(hub.live("suppliers")) == 38
        assert not {f"{key}:s" for key in gone} & set(hub.live("suppliers"))


class TestDeletes:
    def test_what_was_purged_from_the_recycle_bin_is_in_the_log(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        hub.simulator._moment = hub.clock.now()
        hub.sync("contacts")
        hub.clock.sleep(7200)
        hub.simulator._moment = hub.clock.now() - timedelta(minutes=90)
        gone = hub.simulator.mutate({"delete": {"contacts": 3}})["delete"]["contacts"]
        table(hub, "contacts").purge()
        hub.sync("contacts")
        assert not set(gone) & set(hub.live("contacts"))

    def test_the_log_is_not_asked_twice_within_an_hour(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        for wait in (0, 600, 600):
            hub.clock.sleep(wait)
            hub.sync("contacts")
        assert not [path for path in hub.simulator.log.by_path if "/deleted" in path]
        hub.clock.sleep(3600)
        hub.sync("contacts")
        assert [path for path in hub.simulator.log.by_path if "/deleted" in path]

    def test_a_merged_account_gives_way_to_the_one_that_is_left(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        hub.sync("accounts", "contacts")
        accounts = table(hub, "accounts")
        winner, loser = accounts.rows[0], accounts.rows[1]
        loser["MasterRecordId"] = winner["Id"]
        accounts.bin_rows([loser], hub.simulator.tick)
        for contact in table(hub, "contacts").rows:
            if contact["AccountId"] == loser["Id"]:
                contact |= {"AccountId": winner["Id"], "SystemModstamp": stamp(hub.simulator.tick())}
        hub.sync("accounts", "contacts")
        assert loser["Id"] not in hub.live("customers")
        assert f"{loser['Id']}:shipping" not in hub.live("addresses")
        assert all(row[0] != loser["Id"] for row in hub.live("contacts", "customer_source_id").values())

    def test_what_is_taken_out_of_the_recycle_bin_is_back(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        hub.sync("cases")
        hub.simulator.mutate({"delete": {"cases": 2}})
        hub.sync("cases")
        assert len(hub.live("cases")) == 38
        hub.simulator.undelete("cases")
        hub.sync("cases")
        assert len(hub.live("cases")) == 40

    def test_a_shipping_address_that_is_removed_goes(self, tmp_path: Path) -> None:
        for bulk_above_rows in (10_000, 0):
            hub = org(tmp_path / str(bulk_above_rows), settings={"bulk_above_rows": bulk_above_rows})
            hub.sync("accounts")
            row = next(row for row in table(hub, "accounts").rows if row.get("ShippingCity"))
            assert f"{row['Id']}:shipping" in hub.live("addresses")
            row |= {"ShippingCity": None, "SystemModstamp": stamp(hub.simulator.tick())}
            hub.sync("accounts")
            assert f"{row['Id']}:shipping" not in hub.live("addresses")


class TestOnTheWay:
    def test_a_price_that_changes_brings_its_product(self, tmp_path: Path) -> None:
        hub = org(tmp_path)
        hub.sync("products")
        entry = table(hub, "prices").rows[0]
        entry |= {"UnitPrice": entry["UnitPrice"] + 1, "SystemModstamp": stamp(hub.simulator.tick())}
        hub.sync("products")
        price = hub.live("products", "list_price", "currency")[entry["Product2Id"]]
        assert price == (int(entry["UnitPrice"] * 1_000_000), "EUR")

    def test_a_place_that_is_forgotten_is_found_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        hub = org(tmp_path, size=100)
        page = hub.simulator._page
        pages = 0

        def forgetful(*arguments: Any) -> Any:
            nonlocal pages
            pages += 1
            answer = page(*arguments)
            if pages % 3 == 0:
                hub.simulator.forget_cursors()
            return answer

        monkeypatch.setattr(hub.simulator, "_page", forgetful)
        rows = table(hub, "contacts").rows
        for row in rows[20:70]:  # a bulk load: many rows of one stamp, over several pages
            row["SystemModstamp"] = rows[20]["SystemModstamp"]
        assert hub.sync("contacts")["contacts"].error is None
        assert len(hub.live("contacts")) == 100

    def test_an_object_that_is_not_in_bulk_is_read_by_pages(self, tmp_path: Path) -> None:
        hub = org(tmp_path, settings={"bulk_above_rows": 0})
        assert hub.sync("opportunity_stages")["opportunity_stages"].error is None
        assert len(hub.live("opportunity_stages")) == 40

    def test_a_job_that_fails_is_made_good_by_pages(self, tmp_path: Path) -> None:
        hub = org(tmp_path, settings={"bulk_above_rows": 0})
        hub.simulator.bulk_failure = "InternalServerError: try later"
        assert hub.sync("accounts")["accounts"].error is None
        assert len(hub.live("customers")) == 40

    def test_the_calls_of_the_org_are_not_used_up(self, tmp_path: Path) -> None:
        hub = org(tmp_path, daily_limit=20, settings={"quota_share": 0.5})
        reports = hub.sync("accounts", "contacts", "leads", "orders")
        error = next(report.error for report in reports.values() if report.error)
        assert error.exit_code == 5
        assert "10 of 20" in str(error)
        assert hub.simulator.calls <= 11

    def test_calls_that_are_used_up_end_the_run_at_once(self, tmp_path: Path) -> None:
        hub = org(tmp_path, daily_limit=3, settings={"quota_share": 1})
        error = hub.sync("accounts", "contacts", "leads")["leads"].error
        assert error is not None and error.exit_code == 5
        assert hub.clock.waited == 0


class TestCheck:
    def test_it_says_what_is_missing(self, tmp_path: Path) -> None:
        hidden = {"ProductItem", "Account.Industry", *(f"{name}.CurrencyIsoCode" for name in MONEY)}
        hub = org(tmp_path, hidden=hidden, settings={"api_version": "58.0"})
        findings = {finding.subject: finding for finding in hub.connector().check()}
        assert findings["login"].ok and findings["orders"].ok
        assert (findings["stock"].ok, findings["stock"].severity) == (False, "warning")
        assert "Industry" in findings["accounts"].detail
        assert not findings["currency"].ok and "currency" in findings["currency"].fix
        assert (findings["API version"].ok, findings["API version"].severity) == (False, "warning")

    def test_a_version_that_is_not_offered_is_told(self, tmp_path: Path) -> None:
        hub = org(tmp_path, settings={"api_version": "99.0"})
        *_, last = hub.connector().check()
        assert (last.subject, last.ok) == ("API version", False)
        assert "67.0" in last.fix


def test_a_query_too_long_for_an_address_goes_into_a_job(tmp_path: Path) -> None:
    from connectors.salesforce.simulation.schema import SimField

    names = [f"Very_Long_Name_Of_A_Field_That_Somebody_Added_{number:04d}__c" for number in range(300)]
    hub = org(tmp_path, settings={"fields": {"customers": {"extras": names}}})
    hub.simulator.objects["Account"].fields |= {name: SimField(name, "string") for name in names}
    assert hub.sync("accounts")["accounts"].error is None
    assert len(hub.live("customers")) == 40
    assert "POST /services/data/v67.0/jobs/query" in hub.simulator.log.by_path
