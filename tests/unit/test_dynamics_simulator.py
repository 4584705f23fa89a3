"""The simulated Dataverse refuses what Dataverse refuses, with its codes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.dynamics.simulator import DynamicsSimulator
from hub.sdk.simulator import in_process

ROOT = "http://127.0.0.1:9/api/data/v9.2"
TRACK = {"Prefer": "odata.track-changes"}


@pytest.fixture(scope="module")
def client() -> httpx.Client:
    simulator = DynamicsSimulator(size=12, untracked=frozenset({"lead"}))
    client = httpx.Client(transport=in_process(simulator), headers={"Accept": "application/json"})
    form = {"grant_type": "client_credentials", "client_id": "hub", "client_secret": "simulated"}
    token = client.post("http://127.0.0.1:9/t/oauth2/v2.0/token", data={**form, "scope": "https://x/.default"}).json()
    client.headers["Authorization"] = f"Bearer {token['access_token']}"
    return client


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("accounts?$select=accountid,nope", {}, 400),
        ("accounts?$select=customerid", {}, 400),
        ("accounts?$filter=name eq 5", {}, 400),
        ("accounts?$skip=5", {}, 501),
        ("accounts?$select=name&$filter=statecode eq 0", TRACK, 400),
        ("accounts?$select=name&$orderby=name", TRACK, 400),
        ("leads?$select=subject", TRACK, 400),
        ("account", {}, 404),
        ("EntityDefinitions(LogicalName='nope')", {}, 404),
        ("EntityDefinitions(LogicalName='account')?$select=Nope", {}, 400),
        ("accounts", {"Authorization": "Bearer other"}, 401),
        ("../v8.0/accounts", {}, 404),
    ],
)
def test_what_dataverse_refuses(client: httpx.Client, path: str, headers: dict[str, str], status: int) -> None:
    answer = client.get(f"{ROOT}/{path}", headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["code"].startswith("0x")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"client_secret": "wrong"}, "AADSTS7000215"),
        ({"scope": "https://x"}, "AADSTS70011"),
        ({"client_id": "x"}, "AADSTS"),
    ],
)
def test_what_entra_refuses(client: httpx.Client, changed: Any, told: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": "hub", "client_secret": "simulated", "scope": "a/.default"}
    answer = client.post("http://127.0.0.1:9/t/oauth2/v2.0/token", data={**form, **changed})
    assert answer.status_code in {400, 401}
    assert told in answer.json()["error_description"]


def test_only_the_last_page_of_a_tracked_read_has_the_delta_link(client: httpx.Client) -> None:
    headers = {"Prefer": "odata.track-changes,odata.maxpagesize=5"}
    url, pages = f"{ROOT}/accounts?$select=name", []
    while url:
        pages.append(client.get(url, headers=headers).json())
        url = pages[-1].get("@odata.nextLink", "")
    assert [len(page["value"]) for page in pages] == [5, 5, 2]
    assert ["@odata.deltaLink" in page for page in pages] == [False, False, True]


def test_annotations_come_only_when_asked_for(client: httpx.Client) -> None:
    url = f"{ROOT}/salesorders?$select=_customerid_value,statuscode&$top=1"
    bare = client.get(url).json()["value"][0]
    asked = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
    noted = client.get(url, headers={"Prefer": asked}).json()["value"][0]
    assert not [name for name in bare if "@Microsoft" in name]
    assert [name for name in noted if "@Microsoft" in name]
    assert not [name for name in noted if "FormattedValue" in name]


def test_ids_are_the_same_in_any_case(client: httpx.Client) -> None:
    """Whether an index answers or every row is looked at."""
    rows = client.get(f"{ROOT}/contacts?$select=contactid,firstname").json()["value"]
    wanted = [row["contactid"] for row in rows[2:5]]
    terms = " or ".join(f"contactid eq {key.upper()}" for key in wanted)
    for more in ("", " and firstname ne 'nobody'"):
        found = client.get(f"{ROOT}/contacts?$select=contactid&$filter=({terms}){more}").json()["value"]
        assert [row["contactid"] for row in found] == wanted
    name = rows[0]["firstname"]
    found = client.get(f"{ROOT}/contacts?$select=firstname&$filter=firstname eq '{name.upper()}'").json()["value"]
    assert {row["firstname"] for row in found} == {name}
