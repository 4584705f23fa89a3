"""Clients that others wrote, and what Power Query asks, against the console on a real port."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.console import ConsoleHub, served
from support.writing import Sync, micros

from hub.store import open_store

ORDERS = 45


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHub]:
    hub = ConsoleHub(tmp_path_factory.mktemp("hub"))
    settings = hub.config / "hub.yaml"
    settings.write_text(settings.read_text().replace("{port: 18999}", "{port: 18999, odata: {page_size: 20}}"))
    with open_store(hub.url) as store:
        store.prepare()
        sync = Sync(store)
        numbers = range(ORDERS)
        sync.merge(
            "orders",
            source_id=[f"{number:04}" for number in numbers],
            customer_source_id=["c1"] * ORDERS,
            status=["open" if number % 2 else "shipped" for number in numbers],
            total=[number * 1_100_000 for number in numbers],
            currency=["EUR"] * ORDERS,
            ordered_at=[micros(number * 3600) for number in numbers],
        )
        sync.merge("order_lines", source_id=["a", "b"], order_source_id=["0001", "0001"], quantity=[10**6, 2_500_000])
        sync.merge("customers", source_id=["c1"], name=["Acme Ltd"], kind=["company"])
        sync.end()
    hub.token("powerbi", "operator", "odata")
    yield hub
    hub.close()


@pytest.fixture(scope="module")
def root(hub: ConsoleHub) -> Iterator[str]:
    with served(hub.app) as address:
        yield f"{address}/odata/"


@pytest.fixture(scope="module")
def token(hub: ConsoleHub) -> str:
    return hub.token("client", "operator", "odata")


# -- odatapy: modelled on Olingo, which Tableau is built on ------------------------------------------------------------


@pytest.fixture
def olingo(root: str, token: str) -> Iterator[Any]:
    client = pytest.importorskip("odatapy.client", reason="odatapy is not installed")
    from odatapy.client.auth import BasicAuth
    from odatapy.client.transport import HttpxTransport

    with HttpxTransport(auth=BasicAuth("client", token)) as transport:
        yield client.EdmEnabledODataClient(root.rstrip("/"), transport)


def test_olingos_twin_reads_the_model(olingo: Any) -> None:
    from odatapy.edm import FullQualifiedName

    order = olingo.get_edm().get_entity_type(FullQualifiedName("hub", "Order"))
    assert list(order.key_predicate_names) == ["source", "source_id"]
    assert "order_lines" in order.navigation_property_names


def test_olingos_twin_walks_all_pages_with_exact_types(olingo: Any) -> None:
    uri = olingo.entity_set_uri("orders").orderby("ordered_at desc").select("source_id", "total", "ordered_at")
    found = list(olingo.iter_entities(uri))
    assert len(found) == ORDERS
    assert [entity.get_value("source_id") for entity in found[:2]] == ["0044", "0043"]
    assert found[1].get_value("total") == Decimal("47.3")
    assert found[1].get_value("ordered_at") == datetime(2024, 5, 2, 19, tzinfo=UTC)


def test_olingos_twin_filters_counts_expands_and_finds_by_key(olingo: Any) -> None:
    from odatapy.client.filters import Field, and_

    wanted = and_(Field("status").eq("open"), Field("total").ge(Decimal("40")))
    assert olingo.get_count(olingo.entity_set_uri("orders").filter(wanted)) == 4
    key = {"source": "shop", "source_id": "0001"}
    entity = olingo.get_entity(olingo.entity_uri("orders", key).expand("order_lines"))
    assert entity.get_value("status") == "open"
    lines = entity.get_navigation_link("order_lines").inline_entity_set.entities
    assert [line.get_value("quantity") for line in lines] == [1, Decimal("2.5")]


# -- python-odata, which makes classes of the metadata -----------------------------------------------------------------


def test_python_odata_reflects_filters_and_walks(root: str, token: str) -> None:
    odata = pytest.importorskip("odata", reason="python-odata is not installed")
    import requests

    with requests.Session() as session:
        session.auth = ("client", token)
        service = odata.ODataService(root, reflect_entities=True, session=session, quiet_progress=True)
        order = service.entities["orders"]
        since = datetime(2024, 5, 1, 10, tzinfo=UTC)
        query = service.query(order).filter(order.status == "open").filter(order.ordered_at >= since)
        found = list(query.order_by(order.total.desc()))
    assert len(found) == 17
    assert found[0].source_id == "0043" and found[0].total == Decimal("47.3")


# -- @odata/client of npm, run by node where somebody has installed it -------------------------------------------------

_SCRIPT = """
const { OData } = require("@odata/client");
const [root, token] = process.argv.slice(2);
const client = OData.New4({ serviceEndpoint: root, credential: { username: "client", password: token } });
(async () => {
  const filter = OData.newFilter().property("status").eq("open");
  const rows = await client.getEntitySet("orders").query(OData.newOptions().filter(filter).top(2));
  console.log(JSON.stringify([rows.length, await client.getEntitySet("orders").count()]));
})();
"""


def test_a_client_in_node(root: str, token: str) -> None:
    node, folder = shutil.which("node"), Path(__file__).parents[2] / "node_modules"
    if node is None or not (folder / "@odata" / "client").is_dir():
        pytest.skip("node or @odata/client is not installed")
    done = subprocess.run(
        [node, "-e", _SCRIPT, "--", root, token],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == [2, ORDERS]


# -- Power Query -------------------------------------------------------------------------------------------------------

MASHUP = {
    "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
    "MaxDataServiceVersion": "3.0;NetFx",
    "Accept-Encoding": "gzip, deflate",
}
DATA = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/json;q=0.7,application/xml;q=0.7,text/plain;q=0.7"
)
MONTH = "ordered_at%20ge%202024-05-01T00%3A00%3A00Z%20and%20ordered_at%20lt%202024-05-02T00%3A00%3A00Z"


def test_the_requests_of_power_query(root: str, token: str) -> None:
    """From the address to a folded incremental refresh, as `OData.Feed` asks it."""
    with httpx.Client(headers=MASHUP, auth=("client", token), timeout=60) as query:
        service = query.get(root.rstrip("/"), headers={"Accept": DATA}, follow_redirects=True)
        assert service.json()["@odata.context"] == f"{root}$metadata"
        metadata = query.get(f"{root}$metadata", headers={"Accept": "application/xml"})
        assert metadata.headers["content-type"].startswith("application/xml")
        again = query.get(
            f"{root}$metadata", headers={"Accept": "application/xml", "If-None-Match": metadata.headers["etag"]}
        )
        assert again.status_code == 304
        preview = query.get(f"{root}orders?$top=1000", headers={"Accept": DATA})
        assert preview.headers["odata-version"] == "4.0" and preview.headers["content-encoding"] == "gzip"
        rows, link = preview.json()["value"], preview.json()["@odata.nextLink"]
        while link:
            page = query.get(link, headers={"Accept": DATA}).json()
            rows, link = rows + page["value"], page.get("@odata.nextLink")
        assert len({row["source_id"] for row in rows}) == len(rows) == ORDERS
        part = f"{root}orders?$filter={MONTH}&$select=source_id%2Cordered_at%2Ctotal&$orderby=ordered_at%20desc"
        first = query.get(part, headers={"Accept": DATA}).json()
        assert [row["source_id"] for row in first["value"]] == [f"{number:04}" for number in range(23, 3, -1)]
        counted = query.get(f"{root}orders/$count?$filter={MONTH}", headers={"Accept": "text/plain"})
        assert counted.text == "24"
        grouped = query.get(f"{root}orders?$apply=groupby((status))", headers={"Accept": DATA})
        assert grouped.status_code == 501  # Power Query then groups by itself


def test_a_client_is_asked_for_a_login_and_a_wrong_one_is_refused(hub: ConsoleHub, root: str, token: str) -> None:
    hub.add_user("boss", "admin")  # from now on nobody is let in unasked
    for auth in (None, ("client", "hub_" + "x" * 43), ("other", token)):
        refused = httpx.get(root, auth=auth, timeout=60)
        assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Basic realm=")
    api_only = hub.token("api-only", "admin", "api")
    assert httpx.get(root, headers={"Authorization": f"Bearer {api_only}"}, timeout=60).status_code == 401


def test_a_key_in_the_address_reaches_no_log_and_no_link(
    hub: ConsoleHub, root: str, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").setLevel(logging.ERROR)
        logging.getLogger("httpcore").setLevel(logging.ERROR)
        page = httpx.get(f"{root}orders?api_key={token}&$select=total", timeout=60)
        wrong = httpx.get(f"{root}orders?api_key={token}&$filter=x", timeout=60)
    assert (page.status_code, wrong.status_code) == (200, 400)
    assert token not in page.text + wrong.text + caplog.text
    assert not [path for path in hub.folder.rglob("*.txt") if token in path.read_text()]


def test_looks_at_personal_data_stand_in_the_audit_log(hub: ConsoleHub, root: str, token: str) -> None:
    assert httpx.get(f"{root}customers", auth=("client", token), timeout=60).json()["value"][0]["name"] == "Acme Ltd"
    with open_store(hub.url) as store:
        found = store.db.rows("SELECT who, subject FROM hub_audit WHERE action = 'personal.read'")  # type: ignore[attr-defined]
    assert ("client", "customers") in found
