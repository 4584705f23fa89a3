"""Every request that the connector sends, and every field it reads, against SAP's own metadata of the Service Layer."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from support.b1_company import CompanyHub, b1

from connectors.sap_b1 import words
from connectors.sap_b1.config import SapB1Config
from connectors.sap_b1.plan import columns, plan_of
from connectors.sap_b1.sim_schema import COMPLEX, SETS
from connectors.sap_b1.simulator import SapB1Simulator
from connectors.sap_b1.streams import DOCUMENT, ITEM, PARTNER, SOURCES, STOCK, STREAMS, WAREHOUSE
from hub.sdk.odata import Metadata, parse_metadata

SCHEMA = Path(__file__).parents[3] / "shared" / "schemas" / "sap_b1" / "service_layer_odata_v3_metadata.xml.gz"
pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="the vendor's schema is not at hand")
OURS = "U_"
"""Fields that a company adds itself."""


@cache
def schema() -> Metadata:
    return parse_metadata(gzip.decompress(SCHEMA.read_bytes()))


def config(**more: Any) -> SapB1Config:
    login = {"company": "A", "user": "u", "password": "p"}
    return SapB1Config.model_validate({"kind": "sap_b1", "base_url": "https://b1.example:50000", **login, **more})


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_field_of_the_maps_is_there(stream: Any) -> None:
    plan = plan_of(config(), stream, SOURCES[stream.name], schema())
    assert plan.missing == ()
    assert plan.changed == SOURCES[stream.name].changed
    assert list(columns(SOURCES[stream.name], stream.maps))


@pytest.mark.parametrize(
    ("entities", "derived"),
    [("BusinessPartners", PARTNER), ("Items", ITEM), ("Items", STOCK), ("Warehouses", WAREHOUSE), ("Orders", DOCUMENT)],
)
def test_names_of_ours_are_none_of_theirs(entities: str, derived: dict[str, tuple[str, ...]]) -> None:
    there = schema().type_of(entities).properties
    assert not {name for name in derived if name in there}
    assert {part for parts in derived.values() for part in parts} <= there.keys()


def enumeration(name: str) -> set[str]:
    return set(schema().enums[f"SAPB1.{name}"])


def test_the_words_are_theirs() -> None:
    assert set(words.PARTY_KINDS) - {"*"} == enumeration("BoCardCompanyTypes")
    assert set(words.ADDRESS_ROLES) - {"*"} == enumeration("BoAddressType")
    assert set(words.METHODS) - {"*"} == enumeration("BoInventorySystem") - {"bis_SNB"}
    assert set(words.STOCKED) - {"*"} == enumeration("BoYesNoEnum")
    assert {"bost_Open", "bost_Close", "bost_Paid", "bost_Delivered"} == enumeration("BoStatus")
    assert {"csYes", "csNo", "csCancellation"} == enumeration("CancelStatusEnum")
    assert {"cSupplier", "cLid"} <= enumeration("BoCardTypes")
    assert "iIngredient" in enumeration("BoItemTreeTypes")
    assert {"itLabor", "itTravel"} <= enumeration("ItemTypeEnum")
    assert "itcService" in enumeration("ItemClassEnum")


def test_the_simulated_company_has_nothing_else() -> None:
    for entities in SETS:
        there = schema().type_of(entities.name)
        for each in entities.properties:
            if not each.name.startswith(OURS):
                assert each.name in there.properties, f"{entities.name}.{each.name}"
                assert each.key == (each.name in there.keys)
            if each.type == "Complex":
                known = schema().inner(there, each.name)
                assert known is not None
                assert known.name.removeprefix("SAPB1.") in each.attributes["Type"]
            for member in each.members:
                assert member in schema().enums[there.properties[each.name].type], f"{each.name}: {member}"
    for name, fields in COMPLEX.items():
        own = {field for field in fields.split() if not field.startswith(OURS)}
        assert own <= schema().types[f"SAPB1.{name}"].properties.keys(), name


def test_every_request_is_one_that_sap_describes(tmp_path: Path) -> None:
    simulator = SapB1Simulator(size=12)
    hub = CompanyHub(tmp_path, simulator)
    hub.synced()
    hub.clock.sleep(90_000)
    simulator.mutate({"touch": {"orders": 2}})
    hub.synced()
    connector = b1(simulator)
    list(connector.check())
    connector.close()
    asked = {(each["path"].removeprefix("/b1s/v2/"), each["query"]) for each in simulator.log.last}
    assert len({path for path, _ in asked}) > 20
    for path, query in asked:
        if path in {"Login", "Logout", "$metadata", "SBOBobService_GetLocalCurrency"}:
            continue
        kind = schema().type_of(path.removesuffix("/$count"))
        options = dict(parse_qsl(query))
        assert set(options) <= {"$select", "$filter", "$orderby", "$top"}
        named = [*options.get("$select", "").split(","), *options.get("$orderby", "").split(",")]
        bare = re.sub(r"'[^']*'", "", options.get("$filter", ""))
        named += re.findall(r"([A-Za-z_]+) (?:eq|ne|gt|ge)\b", bare)
        assert not {name for name in named if name} - kind.properties.keys(), query
