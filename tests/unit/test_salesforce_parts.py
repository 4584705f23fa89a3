"""The pure parts of the Salesforce connector: SOQL, descriptions, CSV pages, words, settings."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.salesforce import words
from connectors.salesforce.bulk import read_csv
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.describe import ObjectShape, choose, shape_of
from connectors.salesforce.maps import CUSTOMERS, ORDERS, PRODUCTS, REDUCTIONS, SHIPPING_ADDRESSES
from connectors.salesforce.progress import Progress
from connectors.salesforce.simulation.ids import record_id, with_checksum
from connectors.salesforce.simulation.soql import SoqlError, parse
from connectors.salesforce.soql import Window, select, text
from hub.sdk import Answer, apply
from hub.sdk.tombstones import names_of, tombstones

SAMPLES = Path(__file__).parents[3] / "shared" / "schemas" / "salesforce" / "samples"
NINE = datetime(2026, 10, 1, 9, 0, 0, 250_000, tzinfo=UTC)


class TestSoql:
    def test_a_window_is_inclusive_below_and_open_above(self) -> None:
        window = Window("SystemModstamp", NINE, datetime(2026, 10, 1, 10, tzinfo=UTC))
        assert window.conditions() == [
            "SystemModstamp >= 2026-10-01T09:00:00Z",
            "SystemModstamp < 2026-10-01T10:00:01Z",
        ]
        assert window.order() == "SystemModstamp, Id"

    def test_it_goes_on_behind_a_row_whatever_stamps_tie(self) -> None:
        window = Window("SystemModstamp", after=("2026-10-01T09:00:00.000+0000", "001A"))
        assert window.conditions() == [
            "(SystemModstamp > 2026-10-01T09:00:00Z OR (SystemModstamp = 2026-10-01T09:00:00Z AND Id > '001A'))"
        ]

    def test_without_a_stamp_the_id_is_the_order(self) -> None:
        assert Window(None, after=("", "001A")).conditions() == ["Id > '001A'"]
        assert Window(None).order() == "Id"

    @given(st.text())
    def test_any_text_comes_back_from_its_literal(self, value: str) -> None:
        query = select(["Id"], "Account", [f"Name = {text(value)}"])
        assert parse(query).where.literal.value == value  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT FROM Account",
            "SELECT Id FROM Account WHERE",
            "SELECT Id FROM Account WHERE Name = 'x",
            "SELECT Id FROM Account WHERE A = 1 AND B = 2 OR C = 3",
            "SELECT Id FROM Account; DELETE",
            "SELECT COUNT(), Id FROM Account",
            "SELECT Id FROM Account LIMIT x",
            "SELECT Id FROM Account ORDER SystemModstamp",
        ],
    )
    def test_the_simulator_refuses_what_is_no_soql(self, query: str) -> None:
        with pytest.raises(SoqlError):
            parse(query)


ACCOUNT = shape_of(
    {
        "name": "Account",
        "fields": [
            {"name": "Id", "type": "id"},
            {"name": "Name", "type": "string"},
            {"name": "OwnerId", "type": "reference", "relationshipName": "Owner", "referenceTo": ["User"]},
            {"name": "ParentId", "type": "reference", "relationshipName": "Parent", "referenceTo": ["Account"]},
            {"name": "QueueId", "type": "reference", "relationshipName": "Queue", "referenceTo": ["Group", "User"]},
            {"name": "BillingAddress", "type": "address"},
            {"name": "BillingCity", "type": "string", "compoundFieldName": "BillingAddress"},
            {"name": "BillingCountryCode", "type": "picklist", "compoundFieldName": "BillingAddress"},
            {"name": "LastModifiedDate", "type": "datetime"},
            {"name": "SystemModstamp", "type": "datetime", "filterable": False},
            {"name": {"spoilt": 1}, "type": "string"},
        ],
    }
)


class TestDescribe:
    @pytest.mark.parametrize(
        ("path", "columns"),
        [
            (("Name",), ["Id", "Name"]),
            (("Owner", "Name"), ["Id", "Owner.Name"]),
            (("Parent", "Name"), ["Id", "Parent.Name"]),
            (("Parent", "Parent", "Name"), ["Id", "Parent.Parent.Name"]),
            (("Queue", "Name"), ["Id", "Queue.Name"]),
            (("BillingAddress",), ["Id", "BillingCity", "BillingCountryCode"]),
            (("BillingAddress", "countryCode"), ["Id", "BillingCity", "BillingCountryCode"]),
        ],
    )
    def test_what_is_there_is_selected(self, path: tuple[str, ...], columns: list[str]) -> None:
        choice = choose(ACCOUNT, [path], lambda _: ACCOUNT)
        assert (choice.columns, choice.missing) == (columns, [])

    @pytest.mark.parametrize("path", [("Nope",), ("Nope", "Name"), ("Parent", "Nope"), ("Queue", "Age"), ("Name", "x")])
    def test_what_is_not_there_is_left_out_and_told(self, path: tuple[str, ...]) -> None:
        choice = choose(ACCOUNT, [path], lambda _: ACCOUNT)
        assert (choice.columns, choice.missing) == (["Id"], [".".join(path)])

    def test_the_cursor_must_be_one_that_can_be_filtered(self) -> None:
        assert ACCOUNT.cursor == "LastModifiedDate"
        assert ObjectShape("X", {}).cursor is None


def page(body: bytes, **headers: str) -> Answer:
    return Answer(200, {"content-type": "text/csv", **headers}, body, "https://x.example")


class TestCsvPages:
    def test_cells_are_texts_and_blank_is_null(self) -> None:
        table = read_csv(page(b'"Id","A"\n"1","true"\n"2",""\n"3","1.0E7"\n'))
        assert table.to_pylist() == [{"Id": "1", "A": "true"}, {"Id": "2", "A": None}, {"Id": "3", "A": "1.0E7"}]

    def test_breaks_quotes_and_nul_bytes_within_cells(self) -> None:
        table = read_csv(page('"Id","A"\n"1","x\ny ""z"""\n"2","a\0b"\n"3","ß"\n'.encode()))
        assert table.column("A").to_pylist() == ['x\ny "z"', "ab", "ß"]

    def test_no_rows_is_a_table_without_rows(self) -> None:
        assert read_csv(page(b'"Id","A"\n')).num_rows == 0

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (page(b'"Id","A"\n"1"\n'), "columns"),
            (page(b'"Id"\n"1"\n', **{"sforce-numberofrecords": "2"}), "2 rows were announced, and 1 came"),
            (page(b""), "empty"),
            (Answer(200, {"content-type": "text/html"}, b"<html>", ""), "no CSV"),
        ],
    )
    def test_a_broken_page_is_found_out(self, answer: Answer, reason: str) -> None:
        with pytest.raises(ValueError, match=reason):
            read_csv(answer)

    @pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
    def test_the_vendors_samples(self) -> None:
        first, second = (read_csv(page((SAMPLES / f"bulk2_results_page{n}.csv").read_bytes())) for n in (1, 2))
        assert first.column("Name").to_pylist() == ["Acme Ltd", 'Müller & Söhne "GmbH"']
        assert second.column("IsDeleted").to_pylist() == ["true"]


class TestWords:
    @pytest.mark.parametrize(
        ("code", "label", "ours"),
        [
            ("Draft", "Draft", "draft"), ("Activated", "Activated", "open"), ("Activated", "Shipped", "shipped"),
            ("Activated", "In Fulfilment", "open"), ("Canceled", "Storniert", "cancelled"),
            ("Expired", "Expired", "cancelled"), (None, "Draft", "draft"), (None, None, None),
        ],
    )  # fmt: skip
    def test_orders(self, code: Any, label: Any, ours: Any) -> None:
        assert words.order_status([{"StatusCode": code, "Status": label}]) == [ours]

    def test_flags_are_read_from_json_and_from_csv(self) -> None:
        for yes in (True, "true"):
            deals = [{"IsWon": yes, "IsClosed": yes}, {"IsClosed": yes}, {}]
            assert words.opportunity_status(deals) == ["won", "lost", "open"]
            assert words.lead_status([{"IsConverted": yes, "Status": "Open"}]) == ["converted"]
            cases = [{"IsClosed": yes, "Status": "New"}, {"Status": "On Hold"}]
            assert words.case_status(cases) == ["closed", "waiting"]
            products = [{"IsActive": yes}, {"IsActive": yes, "IsArchived": yes}]
            assert words.product_status(products) == ["active", "discontinued"]

    def test_what_is_given_back_is_positive(self) -> None:
        row = {
            "Id": "802", "SystemModstamp": "2026-10-01T08:00:00.000+0000", "Quantity": Decimal("-2"),
            "TotalPrice": "-199.90", "UnitPrice": Decimal("99.95"), "CurrencyIsoCode": "EUR",
            "Order": {"StatusCode": "Activated", "OriginalOrderId": "801"}, "OriginalOrderItemId": "803",
        }  # fmt: skip
        batch = apply([REDUCTIONS], [row]).batches[0].lists()
        assert (batch["quantity"], batch["refund"], batch["status"]) == ([2_000_000], [199_900_000], ["completed"])


class TestMaps:
    def test_an_account_as_salesforce_sends_it(self) -> None:
        row = {
            "Id": "001xx000003DGb0AAG", "SystemModstamp": "2026-10-01T08:00:00.000+0000", "Name": "Acme Ltd",
            "Type": "Customer - Direct", "BillingStreet": "1 High St\nUnit 4", "BillingCountry": "United Kingdom",
            "AnnualRevenue": Decimal("1250000.5"), "Owner": {"attributes": {"type": "User"}, "Name": "Ada"},
        }  # fmt: skip
        found = apply([CUSTOMERS], [row]).batches[0].lists()
        assert (found["kind"], found["status"], found["country"]) == (["company"], ["active"], ["GB"])
        assert (found["owner"], found["annual_revenue"]) == (["Ada"], [1_250_000_500_000])

    def test_a_product_without_a_price_has_none(self) -> None:
        with_price = {"Id": "1", "PricebookEntries": {"records": [{"UnitPrice": Decimal("9.9")}]}}
        found = apply([PRODUCTS], [with_price, {"Id": "2", "PricebookEntries": None}]).batches[0].lists()
        assert found["list_price"] == [9_900_000, None]

    def test_dates_of_an_order_are_days(self) -> None:
        found = apply([ORDERS], [{"Id": "1", "EffectiveDate": "2026-10-01"}]).batches[0].lists()
        assert found["ordered_at"] == [1_790_812_800_000_000]

    def test_a_deleted_account_takes_its_addresses_along(self) -> None:
        names = names_of([CUSTOMERS, SHIPPING_ADDRESSES], "Id")
        assert tombstones(names, ["001A"]) == {"customers": ["001A"], "addresses": ["001A:shipping"]}
        assert tombstones(names, []) == {}


def test_a_place_survives_being_kept() -> None:
    place = Progress(part=1, after=("2026-10-01T08:00:00Z", "001A"), seen=3, gone=1, expected=9)
    assert Progress.of(place.kept()) == place
    assert Progress.of(None) == Progress()


def test_ids_of_the_simulator_have_the_vendors_checksum() -> None:
    assert with_checksum("001xx000003DGb0") == "001xx000003DGb0AAG"
    assert with_checksum("006xx000001a2oP") == "006xx000001a2oPAAQ"
    assert record_id("001", 0) == "001000000000000AAA"
    assert record_id("001", 61) < record_id("001", 62)


class TestSettings:
    BASE: Any = {"kind": "salesforce", "base_url": "https://acme.my.salesforce.com", "client_id": "key"}

    @pytest.mark.parametrize(
        "settings",
        [
            {"client_secret": "s"},
            {"private_key": "k", "username": "u"},
            {"client_secret": "s", "username": "u", "password": "p", "security_token": "t"},
        ],
    )
    def test_the_three_logins(self, settings: Any) -> None:
        SalesforceConfig.model_validate({**self.BASE, **settings})

    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"private_key": "k"},
            {"private_key": "k", "username": "u", "client_secret": "s"},
            {"client_secret": "s", "password": "p"},
            {"client_secret": "s", "username": "u"},
            {"client_secret": "s", "security_token": "t"},
            {"client_secret": "s", "api_version": "v67"},
            {"client_secret": "s", "currency": "euro"},
            {"client_secret": "s", "objects": {"accounts": {"object": "A", "maps": []}}},
            {"client_secret": "s", "objects": {"own": {"object": "A; DROP", "maps": []}}},
        ],
    )
    def test_what_is_no_login_and_no_name(self, settings: Any) -> None:
        with pytest.raises(ValidationError):
            SalesforceConfig.model_validate({**self.BASE, **settings})

    def test_an_object_of_the_admin_needs_what_an_incremental_stream_needs(self) -> None:
        bare = {"object": "Delivery__c", "maps": [{"entity": "shipments", "fields": {"source_id": "Id"}}]}
        with pytest.raises(ValidationError, match="source_updated_at"):
            SalesforceConfig.model_validate({**self.BASE, "client_secret": "s", "objects": {"own": bare}})
        SalesforceConfig.model_validate(
            {**self.BASE, "client_secret": "s", "objects": {"own": {**bare, "mode": "snapshot"}}}
        )
