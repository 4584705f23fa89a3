"""The parts of the Dynamics connector: its settings, its login, what it checks, and how it heeds the limits."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import ValidationError
from support.dynamics_hub import EnvironmentHub
from support.http_fakes import Scripted, answer, source

from connectors.dynamics import words
from connectors.dynamics.buyers import Buyers
from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.environment import ServiceProtection
from connectors.dynamics.login import login_of, resource_of
from connectors.dynamics.simulator import DynamicsSimulator
from connectors.dynamics.tables import shape_of
from hub.sdk import AuthError, Context, HttpSource, RowRejected, SourceChanged
from hub.sdk.odata import ODataSource, Version
from hub.testing import FakeClock

BASE = {
    "kind": "dynamics",
    "base_url": "https://acme.crm4.dynamics.com",
    "tenant_id": "acme.example",
    "client_id": "app",
}
LABEL = words.LABEL


def config(**settings: Any) -> DynamicsConfig:
    return DynamicsConfig.model_validate({**BASE, "client_secret": "hush-hush", **settings})


@pytest.fixture(scope="module")
def key() -> Any:
    from joserfc.jwk import RSAKey

    return RSAKey.generate_key(2048)


# -- settings and login ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"client_secret": None}, "give `client_secret`"),
        ({"private_key": "key"}, "and not both"),
        ({"client_secret": None, "private_key": "key"}, "belong together"),
        ({"certificate_thumbprint": "a" * 40}, "belong together"),
        ({"tables": {"accounts": {"table": "x", "maps": [{"entity": "leads", "fields": {
            "source_id": "a", "source_updated_at": "modifiedon"}}]}}}, "cannot be a stream's name"),
        ({"tables": {"own": {"table": "x", "maps": [{"entity": "leads", "fields": {"source_id": "a"}}]}}},
         "modifiedon"),
        ({"page_size": 5001}, "5000"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(settings: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        config(**settings)


def asked_for_token(settings: DynamicsConfig) -> tuple[httpx.Request, dict[str, str]]:
    transport = Scripted(answer({"access_token": "t0ken", "expires_in": 3599}), answer({}))
    clock = FakeClock()
    context = Context("crm", transport=transport, clock=clock, now=clock.now)
    HttpSource(settings, context, auth=login_of(settings)).get("x")
    form = parse_qs(transport.requests[0].content.decode())
    assert transport.requests[1].headers["Authorization"] == "Bearer t0ken"
    return transport.requests[0], {name: values[0] for name, values in form.items()}


def test_a_secret_asks_for_a_token_of_this_environment() -> None:
    request, form = asked_for_token(config())
    assert str(request.url) == "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token"
    assert form == {
        "grant_type": "client_credentials", "client_id": "app", "client_secret": "hush-hush",
        "scope": "https://acme.crm4.dynamics.com/.default",
    }  # fmt: skip


@pytest.mark.parametrize(("digits", "header", "algorithm"), [(40, "x5t", "RS256"), (64, "x5t#S256", "PS256")])
def test_a_certificate_signs_for_the_secret(key: Any, digits: int, header: str, algorithm: str) -> None:
    from joserfc import jwt

    settings = config(
        client_secret=None, private_key=key.as_pem(private=True).decode(), certificate_thumbprint="AB" * (digits // 2)
    )
    request, form = asked_for_token(settings)
    assertion = jwt.decode(form["client_assertion"], key, algorithms=[algorithm])
    assert urlsafe_b64decode(assertion.header[header] + "==") == bytes.fromhex("ab" * (digits // 2))
    assert (assertion.claims["iss"], assertion.claims["sub"], assertion.claims["aud"]) == (
        "app",
        "app",
        str(request.url),
    )
    assert "client_secret" not in form


def test_behind_a_proxy_the_token_is_still_for_the_environment() -> None:
    settings = config(base_url="https://proxy.test/crm", resource="https://acme.crm4.dynamics.com/")
    assert resource_of(settings) == "https://acme.crm4.dynamics.com"
    assert resource_of(config(base_url="https://proxy.test/crm")) == "https://proxy.test"


def test_a_wrong_secret_is_told_with_the_vendor_s_words(tmp_path: Path) -> None:
    hub = EnvironmentHub(tmp_path, DynamicsSimulator(size=3), client_secret="wrong")
    report = hub.sync("accounts")["accounts"]
    assert isinstance(report.error, AuthError)
    assert "AADSTS7000215" in str(report.error)


# -- checks ------------------------------------------------------------------------------------------------------------


def findings(folder: Path, simulator: DynamicsSimulator, **settings: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for finding in EnvironmentHub(folder, simulator, **settings).connector().check():
        found.setdefault(finding.subject, []).append(finding)
    return found


def test_a_healthy_environment_is_found_healthy(tmp_path: Path) -> None:
    found = findings(tmp_path, DynamicsSimulator(size=3))
    assert all(finding.ok for each in found.values() for finding in each)
    assert {"login", "API version", "clock", "service protection", "base currency", "order_lines"} <= set(found)


def test_what_hides_rows_or_deletions_is_told(tmp_path: Path) -> None:
    found = findings(tmp_path, DynamicsSimulator(size=3, untracked=frozenset({"account"}), depth="Local"))
    told = [finding for finding in found["accounts"] if not finding.ok]
    assert [finding.severity for finding in told] == ["warning", "warning"]
    assert "reaches Local only" in told[0].detail and "deletions are not seen" in told[1].detail
    assert all(finding.fix for finding in told)


def test_a_missing_table_is_an_error_only_where_it_is_wanted(tmp_path: Path) -> None:
    absent = DynamicsSimulator(size=3, absent=frozenset({"incident"}))
    assert findings(tmp_path / "a", absent)["cases"][0].ok
    wanted = findings(tmp_path / "b", absent, streams={"cases": {}})["cases"][0]
    assert (wanted.ok, wanted.fix) == (False, "Install Customer Service, or leave the stream out.")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    simulator = DynamicsSimulator(size=3)
    found = findings(tmp_path, simulator, fields={"orders": {"channel": "customerid"}})
    assert "A look-up is written `_customerid_value`" in found["orders"][0].detail


# -- limits ------------------------------------------------------------------------------------------------------------


def test_near_the_limit_requests_keep_its_pace() -> None:
    budget = ServiceProtection()
    assert budget.reserve(0.0, 0) == 0.0
    budget.learn(0.0, {"x-ms-ratelimit-burst-remaining-xrm-requests": "5900"})
    assert [budget.reserve(0.0, 0) for _ in range(3)] == [0.0, 0.0, 0.0]
    budget.learn(0.0, {"x-ms-ratelimit-burst-remaining-xrm-requests": "12"})
    assert budget.reserve(0.0, 0) == 0.0
    assert budget.reserve(0.0, 0) == pytest.approx(0.05)
    assert budget.reserve(0.06, 0) == 0.0
    budget.learn(1.0, {"x-ms-ratelimit-burst-remaining-xrm-requests": "many"})
    assert budget.remaining == 12


# -- values ------------------------------------------------------------------------------------------------------------


def test_units_that_are_none_of_ours_leave_the_column_empty() -> None:
    names = ["Primary Unit", "Each", "Carton", "Pallet of the south gate", None, 5]
    assert words.unit([{f"_uomid_value{LABEL}": name} for name in names]) == ["C62", "EA", "XCT", None, None, None]


def test_lines_are_net_of_tax_and_their_discounts_add_up() -> None:
    line = {"extendedamount": Decimal("119.00"), "tax": Decimal("19.00"), "quantity": Decimal(4)}
    line |= {"manualdiscountamount": Decimal("2.5"), "volumediscountamount": Decimal("0.5")}
    assert words.line_total([line, {"extendedamount": Decimal(5), "tax": None}, {}]) == [Decimal(100), Decimal(5), None]
    assert words.line_discount([line, {}, {"manualdiscountamount": 3}]) == [Decimal("4.5"), None, 3]
    spoilt = words.line_total([{"extendedamount": "much"}]) + words.line_discount([{"manualdiscountamount": {}}])
    assert all(isinstance(value, RowRejected) for value in spoilt)


def test_a_reason_that_the_organisation_added_counts_as_its_state() -> None:
    rows = [{"statecode": 0, "statuscode": 100_000_001}, {"statecode": 9}, {}, {"statecode": {}}]
    assert words.order_status(rows) == ["open", None, None, None]


def test_many_contacts_are_read_at_once_and_few_by_their_ids() -> None:
    def asked(count: int) -> list[str]:
        transport = Scripted(answer({"value": [{"contactid": f"{1:036}", "_parentcustomerid_value": "ACC"}]}))
        buyers = Buyers(ODataSource(source(transport), Version.V4, typed=False))
        ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(count)]
        buyers.name([{"_customerid_value": key, f"_customerid_value{words.TARGET}": "contact"} for key in ids])
        return [str(request.url) for request in transport.requests]

    assert len(asked(250)) == 3
    assert len(asked(1001)) == 1
    assert "$filter" not in asked(1001)[0]


# -- definitions -------------------------------------------------------------------------------------------------------


def test_a_definition_gives_the_columns_as_queries_name_them() -> None:
    attributes = [
        {"LogicalName": "quoteid", "AttributeType": "Uniqueidentifier"},
        {"LogicalName": "customerid", "AttributeType": "Customer"},
        {
            "LogicalName": "new_tags",
            "AttributeType": "Virtual",
            "AttributeTypeName": {"Value": "MultiSelectPicklistType"},
        },
        {"LogicalName": "statecodename", "AttributeType": "Virtual"},
        {"LogicalName": "secret", "AttributeType": "String", "IsValidForRead": False},
        "odd",
    ]  # fmt: skip
    shape = shape_of({"LogicalName": "quote", "EntitySetName": "quotes", "PrimaryIdAttribute": "quoteid",
                      "ChangeTrackingEnabled": True, "Attributes": attributes})  # fmt: skip
    assert (shape.entity_set, shape.key, shape.tracked) == ("quotes", "quoteid", True)
    assert shape.columns == {"quoteid": "Edm.Guid", "_customerid_value": "Edm.Guid", "new_tags": "Edm.String"}


@pytest.mark.parametrize("body", [{}, {"LogicalName": "a", "EntitySetName": "", "PrimaryIdAttribute": "b"}, None])
def test_a_definition_of_another_shape_is_told(body: Any) -> None:
    with pytest.raises(SourceChanged, match="definition"):
        shape_of(body)
