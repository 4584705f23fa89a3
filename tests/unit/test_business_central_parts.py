"""Business Central's oddities, one by one: settings, words, blanks, what a check tells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from support.business_central import LOGIN, business_central

from connectors.business_central import words
from connectors.business_central.config import BusinessCentralConfig
from connectors.business_central.rows import clean, decoded, needed
from connectors.business_central.simulator import BusinessCentralSimulator
from hub.sdk import AuthError, ConfigError, RowRejected
from hub.sdk.odata import Query, Raw

OWN = {"username": "hub", "password": "key", "api_path": "BC/api/v2.0", "base_url": "https://bc.example:7048"}


def config(**settings: Any) -> BusinessCentralConfig:
    return BusinessCentralConfig.model_validate({"kind": "business_central", **settings})


class TestSettings:
    def test_paths_of_the_cloud_and_of_own_servers(self) -> None:
        cloud = config(**LOGIN, environment="sandbox", stock_page="acme/hub/v1.0/stock")
        assert (cloud.server_path, cloud.service_path) == ("v2.0/contoso.example/sandbox", "api/v2.0")
        assert cloud.own_group == "api/acme/hub/v1.0"
        assert cloud.token_url == "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"
        assert (config(**OWN).server_path, config(**OWN).service_path) == ("BC", "api/v2.0")
        odd = config(**OWN | {"api_path": "odd/way"})
        assert (odd.server_path, odd.service_path) == ("odd/way", "")

    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"tenant_id": "t", "client_id": "c"},
            {"client_id": "c", "client_secret": "s"},
            {"tenant_id": "t", "client_id": "c", "client_secret": "s", "private_key": "k"},
            {"tenant_id": "t", "client_id": "c", "private_key": "k"},
            {"username": "u", "password": "p"},
            {"username": "u", "api_path": "BC/api/v2.0"},
            OWN | {"client_secret": "s"},
            OWN | {"api_path": "odd", "stock_page": "a/b/v1.0/c"},
            LOGIN | {"stock_page": "only-a-name"},
            LOGIN | {"page_size": 20_001},
        ],
    )
    def test_what_is_refused(self, settings: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            config(**settings)


class TestWords:
    def test_encoded_words(self) -> None:
        assert decoded("Negative_x0020_Adjmt_x002E_") == "Negative Adjmt."
        assert decoded("Open") == "Open"

    def test_blanks_are_nothing(self) -> None:
        row: dict[str, Any] = {
            "orderDate": "0001-01-01", "lastModifiedDateTime": "0001-01-01T00:00:00Z", "status": "In_x0020_Review",
            "currencyId": "00000000-0000-0000-0000-000000000000", "description": "a_x0020_b", "total": Decimal(1),
        }  # fmt: skip
        clean([row])
        assert row == {
            "orderDate": None, "lastModifiedDateTime": None, "status": "In Review", "currencyId": None,
            "description": "a_x0020_b", "total": Decimal(1),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("order", "status"),
        [
            ({"status": "Draft"}, "open"),
            ({"status": "Open", "salesOrderLines": [{"shippedQuantity": Decimal(0)}]}, "open"),
            (
                {"status": "Open", "salesOrderLines": [{"shippedQuantity": 0}, {"shippedQuantity": 2}]},
                "partially_shipped",
            ),
            ({"status": "Open", "fullyShipped": True}, "shipped"),
            ({"status": "In Review", "fullyShipped": False}, "on_hold"),
            ({"status": "Posted"}, "completed"),
            ({"status": "Canceled"}, "cancelled"),
        ],
    )
    def test_how_far_an_order_is(self, order: dict[str, Any], status: str) -> None:
        assert words.order_status([order]) == [status]

    @pytest.mark.parametrize(
        ("order", "status"),
        [
            ({"status": "Draft"}, "draft"),
            ({"status": "Open"}, "open"),
            ({"status": "Open", "purchaseOrderLines": [{"receivedQuantity": 1}]}, "partially_received"),
            ({"status": "Draft", "fullyReceived": True}, "received"),
            ({"status": "Posted"}, "closed"),
        ],
    )
    def test_how_far_a_purchase_is(self, order: dict[str, Any], status: str) -> None:
        assert words.purchase_status([order]) == [status]

    def test_the_discount_is_on_top_of_the_net_total(self) -> None:
        rows = [
            {
                "totalAmountExcludingTax": Decimal("90.00"),
                "discountAmount": Decimal("10.00"),
                "pricesIncludeTax": False,
            },
            {"totalAmountExcludingTax": Decimal("90.00"), "discountAmount": Decimal("11.90"), "pricesIncludeTax": True},
            {"totalAmountExcludingTax": {"spoilt": 1}},
        ]
        subtotals, discounts = words.subtotal(rows), words.discount(rows)
        assert subtotals[:2] == [Decimal(100), Decimal(90)]
        assert discounts == [Decimal(10), 0, 0]
        assert isinstance(subtotals[2], RowRejected)

    def test_rates_are_units_of_the_foreign_currency_for_one_of_ours(self) -> None:
        rows = [
            {"exchangeRateAmount": Decimal(100), "relationalExchangeRateAmount": Decimal("92.5")},
            {"exchangeRateAmount": Decimal(100), "relationalExchangeRateAmount": Decimal(0)},
        ]
        assert words.rate(rows) == [Decimal("1.081081"), None]

    def test_fields_of_ours_are_asked_for_by_theirs(self) -> None:
        assert needed([("salesShipmentLines", "itemId"), ("localCurrencyCode",)]) == [
            ("salesShipmentLines", "itemId"), ("salesShipmentLines", "itemNumber"),
            ("salesShipmentLines", "lineObjectNumber"), ("salesShipmentLines", "lineType"), ("currencyCode",),
        ]  # fmt: skip


class TestCheck:
    def test_a_denied_resource_is_named_with_its_remedy(self) -> None:
        simulator = BusinessCentralSimulator(size=3)
        simulator.denied = frozenset({"salesInvoices"})
        findings = {each.subject: each for each in business_central(simulator).check()}
        assert not findings["stream invoices"].ok
        assert "permission set" in findings["stream invoices"].fix
        assert not findings["stream orders"].ok, "posted orders come from the invoices"
        assert findings["stream customers"].ok

    def test_a_field_that_is_not_there_is_named(self) -> None:
        connector = business_central(BusinessCentralSimulator(size=3), fields={"customers": {"industry": "branche"}})
        findings = {each.subject: each for each in connector.check()}
        assert not findings["stream customers"].ok
        assert "branche" in findings["stream customers"].detail
        assert findings["stream customers"].severity == "warning"

    def test_an_unknown_company_lists_those_that_there_are(self) -> None:
        with pytest.raises(ConfigError, match="Contoso") as raised:
            list(business_central(BusinessCentralSimulator(size=1), company="Contoso").check())
        assert "`CRONUS International Ltd.`, `My Company`" in raised.value.fix
        with pytest.raises(ConfigError, match="2 companies"):
            list(business_central(BusinessCentralSimulator(size=1), company=None).check())

    def test_an_app_that_business_central_does_not_know_is_told_where_to_enter_it(self) -> None:
        simulator = BusinessCentralSimulator(size=1)
        simulator.registered = False
        with pytest.raises(AuthError) as raised:
            list(business_central(simulator).check())
        assert "Microsoft Entra Applications" in raised.value.fix

    def test_a_wrong_secret_is_told_in_the_vendors_words(self) -> None:
        with pytest.raises(AuthError, match="AADSTS7000215"):
            list(business_central(BusinessCentralSimulator(size=1), client_secret="wrong").check())


class TestSimulator:
    """It refuses what the vendor would refuse."""

    @pytest.mark.parametrize(
        ("resource", "condition", "status"),
        [
            ("customers", "number eq 'a' or displayName eq 'b'", 400),
            ("customers", "creditLimit gt '5'", 400),
            ("customers", "nummer eq 'a'", 400),
            ("customer", "number eq 'a'", 404),
        ],
    )
    def test_bad_requests(self, resource: str, condition: str, status: int) -> None:
        api = business_central(BusinessCentralSimulator(size=1)).api
        api.odata.metadata()
        url = f"api/v2.0/companies({api.company['id']})/{resource}"
        with pytest.raises(Exception, match=f"HTTP {status}"):
            api.http.get(url, {"$filter": condition})

    def test_pages_hold_twenty_thousand_rows_at_most(self) -> None:
        api = business_central(BusinessCentralSimulator(size=1)).api
        with pytest.raises(Exception, match="HTTP 413"):
            list(api.odata.rows(Query(api.path("customers"), top=20_001)))

    def test_the_other_company_is_empty(self) -> None:
        connector = business_central(BusinessCentralSimulator(size=3), company="My Company")
        assert connector.api.odata.count(Query(connector.api.path("customers"))) == 0

    def test_a_basic_login_of_own_servers(self) -> None:
        settings = dict.fromkeys(("tenant_id", "client_id", "client_secret")) | {
            "username": "hub", "password": "simulated", "api_path": "v2.0/own/server/api/v2.0",
        }  # fmt: skip
        connector = business_central(BusinessCentralSimulator(size=3), **settings)
        query = Query(connector.api.path("customers"), filter=Raw("number ge 'C000001'"))
        assert connector.api.odata.count(query) == 2
