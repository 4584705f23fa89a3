"""Every request that the SAP connector sends, every field it reads, and its simulator, against SAP's own metadata."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from support.sap_system import BASIC, SapHub, sap

from connectors.sap import services
from connectors.sap.lookups import FREIGHT
from connectors.sap.plan import columns, plan_of
from connectors.sap.services import MODERN as MODERN_SERVICES
from connectors.sap.services import SERVICES
from connectors.sap.simulation.modern import MODERN_SETS
from connectors.sap.simulator import SETS, SapSimulator
from connectors.sap.streams import MODERN, SOURCES, STREAMS
from hub.sdk.odata import EntitySet, Metadata, Navigation, Property, StructuredType, Version, parse_metadata

SHARED = Path(__file__).parents[3] / "shared" / "schemas" / "sap"
FILES = {service.name: service.name for service in SERVICES} | {
    services.DELIVERIES.name: "API_OUTBOUND_DELIVERY_SRV_0002",
    **{service.name: f"{service.name}.v4" for service in MODERN_SERVICES},
}
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the vendor's metadata is not at hand")

_WORD = re.compile(r"'(?:[^']|'')*'|\d[\w:.+-]*|[A-Za-z_][\w/]*")
_OPERATORS = {
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "gt",
    "ge",
    "lt",
    "le",
    "true",
    "false",
    "datetime",
    "datetimeoffset",
    "null",
}


@cache
def metadata(service: str, file: str = "") -> Metadata:
    if service == services.RECEIPTS.name:
        return from_openapi(service)
    return parse_metadata((SHARED / f"{file or FILES[service]}.edmx").read_bytes())


def from_openapi(service: str) -> Metadata:
    """The one service whose metadata is not at hand has a description that tells the same."""
    told = json.loads(gzip.decompress((SHARED / f"{service}.openapi.json.gz").read_bytes()))
    types, sets = {}, {}
    for path in told["paths"]:
        name = path.strip("/").partition("(")[0]
        if path != f"/{name}" or name not in told["components"]["schemas"]:
            continue
        listed = told["components"]["schemas"][name]["properties"]
        single = next((each for each in told["paths"] if each.startswith(f"/{name}(") and each.endswith(")")), "")
        keys = tuple(re.findall(r"(\w+)='\{", single))
        links, columns = {}, {}
        for key, value in listed.items():
            if key.startswith("to_"):
                links[key] = Navigation(key, f"S.{target(value)}Type", "results" in str(value))
            else:
                scale = value.get("x-sap-scale")
                columns[key] = Property(key, edm(value), max_length=value.get("maxLength"), scale=scale)
        types[f"S.{name}Type"] = StructuredType(f"S.{name}Type", keys, columns, links)
        sets[name] = EntitySet(name, f"S.{name}Type")
    return Metadata(Version.V2, sets, types)


def target(value: dict[str, Any]) -> str:
    return re.findall(r"schemas/(\w+)", str(value))[0]


def edm(value: dict[str, Any]) -> str:
    example = str(value.get("example", ""))
    if value["type"] == "boolean":
        return "Edm.Boolean"
    if value.get("format") == "decimal":
        return "Edm.Decimal"
    return "Edm.DateTime" if example.startswith("/Date") else "Edm.Time" if example.startswith("PT") else "Edm.String"


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_all_that_the_maps_read_is_there(stream) -> None:  # type: ignore[no-untyped-def]
    source = SOURCES[stream.name]
    known = metadata(source.service.name)
    assert list(columns(source, stream.maps)), "the maps read something"
    assert known.missing(source.entities, list(columns(source, stream.maps))) == []
    for name in source.stamps:
        found = known.type_of(source.entities).properties[name]
        assert found.filterable, f"{name} cannot be filtered by"


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("orders", {"_Partner/PartnerFunctionInternalCode", "_Item/RequestedQuantityUnit", "_Item/CostAmount"}),
        (
            "products",
            {"ProductManufacturerNumber", "ManufacturerNumber", "Brand", "_ProductValuation/PriceLastChangeDate"},
        ),
        ("purchase_orders", {"_PurchaseOrderItem/_PurchaseOrderScheduleLineTP/ScheduleLineCommittedQuantity"}),
    ],
)
def test_version_4_has_the_same_but_for_a_few(name: str, missing: set[str]) -> None:
    source = MODERN[name]
    stream = next(each for each in STREAMS if each.name == name)
    known = metadata(source.service.name)
    assert set(known.missing(source.entities, list(columns(source, stream.maps)))) == missing
    assert set(source.stamps) <= known.type_of(source.entities).properties.keys()


def test_the_ids_whose_zeros_go_are_there() -> None:
    for source in SOURCES.values():
        known = metadata(source.service.name)
        paths = [(*path.split("."), name) if path else (name,) for path, names in source.ids.items() for name in names]
        assert known.missing(source.entities, paths) == []


def test_look_ups_ask_for_what_is_there() -> None:
    kind = metadata(services.BILLING.name).type_of(FREIGHT.path)
    assert set(FREIGHT.select) <= kind.properties.keys()
    assert "ConditionType" in kind.properties


def test_an_older_release_is_asked_for_what_it_has() -> None:
    """On-premise systems lag behind: what they lack is left out, and told by `hub check`."""
    older = metadata(services.PARTNERS.name, "API_BUSINESS_PARTNER.older-36-entities")
    connector = sap(SapSimulator(size=1))
    for name in ("partners", "contacts"):
        stream = next(each for each in STREAMS if each.name == name)
        plan = plan_of(connector.config, stream, SOURCES[name], older)
        for path in plan.missing:
            assert older.missing(SOURCES[name].entities, [tuple(path.split("/"))])
        require_selection(older, older.type_of(SOURCES[name].entities), plan.query.select)


def test_the_simulator_has_nothing_that_sap_has_not() -> None:
    for service, sets in {**SETS, **MODERN_SETS}.items():
        known = metadata(service)
        for made in sets:
            kind = known.type_of(made.name)
            assert known.sets[made.name].type.rpartition(".")[2] == made.type
            assert tuple(each.name for each in made.key) == kind.keys or set(map(name_of, made.key)) == set(kind.keys)
            for each in made.properties:
                theirs = kind.properties[each.name]
                assert theirs.type == f"Edm.{each.type}", f"{made.name}.{each.name}"
                if known.version is Version.V4:
                    continue  # how long an article number is, and how exact amounts are, is for each system to say
                assert each.max_length in {None, theirs.max_length}, f"{made.name}.{each.name}"
                assert each.type != "Decimal" or each.scale == theirs.scale, f"{made.name}.{each.name}"
            for link in made.navigations:
                theirs_too = kind.navigations[link.name]
                assert theirs_too.many is link.many, f"{made.name}.{link.name}"
                assert theirs_too.target.endswith(f".{next(t.type for t in sets if t.name == link.target)}")


def name_of(each) -> str:  # type: ignore[no-untyped-def]
    return str(each.name)


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """All that a first run, a later one, a verifying one and a check ask for."""

    class Nested(SapSimulator):
        nested_stock = True

    asked: list[tuple[str, str]] = []
    for kind, modern in ((SapSimulator, []), (Nested, list(MODERN))):
        simulator = kind(size=12, page_rows=5)
        hub = SapHub(tmp_path_factory.mktemp("sap"), simulator, page_size=5, document_page_size=4, odata4=modern)
        hub.synced()
        hub.simulator.mutate({"touch": {"orders": 3, "partners": 3, "billing": 1}})
        hub.synced()
        hub.synced(verify=True)
        connector = sap(hub.simulator, **BASIC)
        list(connector.check())
        asked += [(each["path"], each["query"]) for each in hub.simulator.log.last if each["method"] == "GET"]
    return asked


def test_every_request_is_one_that_sap_understands(requests: list[tuple[str, str]]) -> None:
    sets = 0
    for path, query in requests:
        service = next((each for each in (*SERVICES, *MODERN_SERVICES) if path.startswith(f"/{each.root}/")), None)
        if service is None or path.endswith(("/", "$metadata", "$batch")):
            continue
        known, name = metadata(service.name), path.split("/")[-2 if path.endswith("/$count") else -1]
        assert known.sets[name].hints.get("addressable") != "false"
        sets += 1
        require_options(known, known.type_of(name), dict(options(query)))
    assert sets > 50, "the run asked for something"


def options(query: str) -> Iterator[tuple[str, str]]:
    for part in query.split("&"):
        name, _, value = part.partition("=")
        yield unquote_plus(name), unquote_plus(value)


def require_options(known: Metadata, kind: StructuredType, asked: dict[str, str]) -> None:
    for name, value in asked.items():
        if name == "$select":
            require_selection(known, kind, value.split(","))
        elif name == "$expand":
            if known.version is Version.V4:
                require_nested(known, kind, value)
                continue
            for path in value.split(","):
                require_navigation(known, kind, path)
        elif name == "$orderby":
            for field in value.split(","):
                assert kind.properties[field].sortable, f"{field} cannot be sorted by"
        elif name == "$filter":
            require_filter(kind, value)
        else:
            assert name in {"$top", "$skip", "$inlinecount", "$count", "$skiptoken", "sap-client", "sap-language"}, name


def require_nested(known: Metadata, kind: StructuredType, text: str) -> None:
    """Version 4's `_Item($select=Product;$expand=_ScheduleLine($select=…)),_Partner(…)`."""
    for item in split_outside(text, ","):
        name, _, rest = item.partition("(")
        inner = known.types[kind.navigations[name].target]
        for option in split_outside(rest.removesuffix(")"), ";"):
            word, _, value = option.partition("=")
            if word == "$expand":
                require_nested(known, inner, value)
            else:
                assert word == "$select"
                require_selection(known, inner, value.split(","))


def split_outside(text: str, separator: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == separator and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def require_navigation(known: Metadata, kind: StructuredType, path: str) -> StructuredType:
    for step in path.split("/"):
        kind = known.types[kind.navigations[step].target]
    return kind


def require_selection(known: Metadata, kind: StructuredType, selected) -> None:  # type: ignore[no-untyped-def]
    for path in selected:
        *steps, last = path.split("/")
        inner = require_navigation(known, kind, "/".join(steps)) if steps else kind
        assert last in inner.properties or last in inner.navigations, f"{kind.name} has no {path}"


def require_filter(kind: StructuredType, text: str) -> None:
    for word in _WORD.findall(text):
        if word[0] not in "'0123456789" and word not in _OPERATORS:
            assert kind.properties[word].filterable, f"{word} cannot be filtered by"
