"""Every request that the Oracle connector sends, and every attribute it reads, against what is known of the API.

Oracle gives no machine-readable schema away, so each attribute has its evidence: in `../shared`, compiled from Oracle's
documentation, or, for what it leaves out, in `oracle_scm_attributes.json` beside this file.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from support.oracle_pod import BASIC, PodHub

from connectors.oracle_scm.config import OracleScmConfig
from connectors.oracle_scm.conversions import ASKED
from connectors.oracle_scm.refusals import details
from connectors.oracle_scm.rows import DERIVED, Shaper, underlying
from connectors.oracle_scm.simulation.pod import OracleScmSimulator
from connectors.oracle_scm.simulation.schema import RESOURCES, Resource
from connectors.oracle_scm.source import OracleScmConnector
from connectors.oracle_scm.streams import SOURCES, STREAMS
from hub.sdk import Answer, Context, apply
from hub.sdk.fields import Keys, source_paths
from hub.sdk.http.decode import decode
from hub.sdk.simulator import in_process

SHARED = Path(__file__).parents[3] / "shared" / "schemas" / "oracle_scm"
OURS = Path(__file__).with_name("oracle_scm_attributes.json")
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="what is known of the API is not at hand")

PARAMETERS = {"q", "fields", "expand", "limit", "offset", "orderBy", "onlyData", "totalResults"}
_BESIDE = {"attributes", "children", "request", "operations"}


@cache
def compiled() -> dict[str, Any]:
    return json.loads((SHARED / "resources.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@cache
def ours() -> dict[str, dict[str, list[str]]]:
    told = json.loads(OURS.read_text(encoding="utf-8"))
    return {name: groups for name, groups in told.items() if not name.startswith("_")}


def documented(resource: str) -> set[Keys]:
    """What `../shared` knows of a resource: its attributes and those of its children, by path."""
    known = compiled().get(resource, {})
    found = {(name,) for names in known.get("attributes", {}).values() if isinstance(names, list) for name in names}
    for accessor, child in known.items():
        if isinstance(child, dict) and accessor not in _BESIDE:
            found |= {(accessor, name) for names in child.values() for name in names if isinstance(names, list)}
    return found


def known(resource: str) -> set[Keys]:
    added = {tuple(path.split(".")) for paths in ours().get(resource, {}).values() for path in paths}
    return documented(resource) | added


def wanted(stream: Any) -> set[Keys]:
    """Every attribute that a stream may read, accessors left out."""
    source = SOURCES[stream.name]
    paths = {real for fields in stream.maps for path in source_paths(fields) for real in underlying(source.kind, path)}
    paths |= {(name,) for name in (*source.keys, *source.cursors, *source.always, source.slices) if name}
    paths |= {(*path, name) for path, name in source.children.items()}
    return paths - set(source.children)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_attribute_has_its_evidence(stream: Any) -> None:
    source = SOURCES[stream.name]
    unknown = wanted(stream) - known(source.resource)
    assert not unknown, f"{source.resource}: {sorted('.'.join(path) for path in unknown)}"


def test_what_conversions_ask_for_has_its_evidence() -> None:
    for resource, paths in ASKED.items():
        assert not set(paths) - known(resource), resource


def test_what_is_added_is_read_and_not_known_already() -> None:
    by_resource = {SOURCES[stream.name].resource: wanted(stream) for stream in STREAMS}
    for resource, paths in ASKED.items():
        by_resource[resource] = by_resource.get(resource, set()) | set(paths)
    for resource, groups in ours().items():
        assert set(groups) <= {"docs", "client", "vendor", "unverified"}
        for path in (tuple(text.split(".")) for paths in groups.values() for text in paths):
            assert path in by_resource[resource], f"{resource}.{'.'.join(path)} is not read any more"
            assert path not in documented(resource), f"{resource}.{'.'.join(path)} is known to ../shared"


def test_the_simulated_pod_has_nothing_that_nobody_knows() -> None:
    """Attributes of the simulator are of the API, too; those the connector does not read may be its own."""
    for name in ("salesOrdersForOrderHub", "inventoryOnhandBalances", "itemsV2"):
        mine = set(_paths(RESOURCES[name]))
        assert known(name) & mine, name


def _paths(shape: Resource, at: Keys = ()) -> list[Keys]:
    own = [(*at, name) for name in shape.attributes]
    return own + [path for name, child in shape.children.items() for path in _paths(child, (*at, name))]


@pytest.mark.parametrize("kind", sorted(DERIVED))
def test_made_fields_hide_none_of_oracles(kind: str) -> None:
    resource = next(source.resource for source in SOURCES.values() if source.kind == kind)
    assert not set(DERIVED[kind]) & known(resource)


# -- requests ----------------------------------------------------------------------------------------------------------


class Listening(httpx.BaseTransport):
    """Passes requests on, and keeps them."""

    def __init__(self, simulator: OracleScmSimulator) -> None:
        self.sent: list[httpx.Request] = []
        self._inner = in_process(simulator)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self._inner.handle_request(request)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[httpx.Request]:
    """Everything that was asked in first runs, later runs, repairs and checks."""
    simulator = OracleScmSimulator(size=40, page_rows=15)
    simulator.child_rows = 5
    hub = PodHub(tmp_path_factory.mktemp("hub"), simulator, page_size=15)
    listening = Listening(simulator)
    import support.system_hub as support

    before = support.in_process
    support.in_process = lambda _: listening  # type: ignore[assignment]
    try:
        hub.synced()
        simulator.mutate({"touch": {"orders": 9, "stock": 3}, "revise": {"orders": 2}})
        hub.synced()
        hub.synced("orders", verify=True)
    finally:
        support.in_process = before
    config = OracleScmConfig.model_validate({"kind": "oracle_scm", "base_url": "http://127.0.0.1:9", **BASIC})
    connector = OracleScmConnector(config, Context("pod", transport=listening))
    list(connector.check())
    connector.close()
    return listening.sent


def test_only_resources_that_oracle_documents_are_asked_for(sent: list[httpx.Request]) -> None:
    asked = {tuple(request.url.path.split("/")[1:5]) for request in sent}
    for api, word, *rest in asked:
        assert word == "resources"
        if rest:
            version, resource = rest
            assert version == "11.13.18.05"
            assert resource in {source.resource for source in SOURCES.values()} | ASKED.keys()
            assert api == ("crmRestApi" if "/crm" in compiled().get(resource, {}).get("base", "") else "fscmRestApi")
    assert len(asked) > len(STREAMS)


def test_every_request_names_its_framework_version_and_only_reads(sent: list[httpx.Request]) -> None:
    assert {request.headers["rest-framework-version"] for request in sent} == {"4"}
    assert {request.method for request in sent} == {"GET"}


def test_parameters_are_oracles_and_percent_encoded(sent: list[httpx.Request]) -> None:
    for request in sent:
        raw = request.url.query.decode()
        params = dict(parse_qsl(raw))
        assert params.keys() <= PARAMETERS, raw
        assert not {"fields", "expand"} <= params.keys(), "fields would win"
        assert "+" not in raw, "a blank is %20"
        assert int(params.get("limit", "1")) <= 500


def test_pages_are_in_the_order_of_a_key(sent: list[httpx.Request]) -> None:
    pages = [dict(parse_qsl(request.url.query.decode())) for request in sent if b"onlyData" in request.url.query]
    assert pages
    assert all(re.fullmatch(r"\w+:asc(,\w+:asc)*", params.get("orderBy", "")) for params in pages)
    deep = [params for params in pages if int(params["offset"]) > 0 and int(params["limit"]) > 1]
    assert all("InventoryItemId" in params["orderBy"] or "q" not in params for params in deep), "but for long lists"


def test_expressions_and_attributes_are_known(sent: list[httpx.Request]) -> None:
    for request in sent:
        params, steps = dict(parse_qsl(request.url.query.decode())), request.url.path.split("/")
        if len(steps) < 5 or steps[-1] == "describe":
            continue
        at = tuple(steps[place + 1] for place, step in enumerate(steps) if step == "child")
        named = [(*at, name) for name in re.findall(r"(\w+) (?:=|!=|>|>=|<|<=|in) ", params.get("q", ""))]
        named += [(*at, part.split(":")[0]) for part in params.get("orderBy", "").split(",") if part]
        named += [(*at, *path) for path in _fields(params.get("fields", ""))]
        unknown = set(named) - known(steps[4])
        assert not unknown, f"{request.url.path}: {unknown}"


def _fields(text: str) -> list[Keys]:
    """`A,B;lines:C` -> A; B; lines.C"""
    found: list[Keys] = []
    for group in filter(None, text.split(";")):
        path, colon, names = group.rpartition(":")
        found += [(*(path.split(".") if colon else ()), name) for name in names.split(",")]
    return found


# -- samples -----------------------------------------------------------------------------------------------------------


def sample(name: str) -> Any:
    return decode((SHARED / "samples" / f"{name}.json").read_bytes())


def test_the_sample_of_an_order_becomes_an_order_with_its_line() -> None:
    rows = Shaper("order", {}, None).shape(sample("salesOrdersForOrderHub")["items"])
    rows[0]["current"] = "Y"
    stream = next(each for each in STREAMS if each.name == "orders")
    mapped = apply(stream.maps, rows)
    assert not mapped.rejects
    order, line = (batch.lists() for batch in mapped.batches[:2])
    assert order["source_id"] == ["OPS:300000010754319"]
    assert order["subtotal"] == [220_500_000]
    assert line["unit"] == ["EA"]
    assert line["discount"] == [20_500_000]


def test_the_sample_of_stock_becomes_a_stock_level() -> None:
    rows = Shaper("stock", {}, None).shape(sample("inventoryOnhandBalances")["items"])
    stream = next(each for each in STREAMS if each.name == "stock")
    mapped = apply(stream.maps, rows)
    assert mapped.batches[0].lists()["source_id"] == ["204:149:Stores"]
    assert mapped.batches[0].lists()["on_hand"] == [2_000_000]


def test_the_sample_of_an_error_is_told_with_code_and_path() -> None:
    body = json.dumps(sample("error")).encode()
    told = details(Answer(400, {"content-type": "application/json"}, body, "https://pod.example/x"))
    assert told == "URL request parameter q cannot be used in this context. (27520, /problem)"
