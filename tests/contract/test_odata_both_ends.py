"""Our OData client against our strict OData server, versions 2 and 4: what a row holds is found and read back."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route
from support.http_fakes import source

from hub.sdk.odata import (
    Expand,
    KeysetPages,
    ODataSource,
    Paging,
    Query,
    ServerPages,
    SkipPages,
    Version,
    all_of,
    eq,
    ge,
    le,
    one_of,
    read_batch,
)
from hub.sdk.simulator import Simulator, Table, in_process
from hub.sdk.simulator.odata import Dialect, EntitySet, EntityTable, Navigation, Service, properties
from hub.sdk.simulator.odata import Version as Served

COMMON = """\
no String(20) key
plant String(4) key
id Guid
name String(40)
amount Decimal(15,3)
size Int64
open Boolean
"""
TYPES = {
    Version.V2: COMMON + "day DateTime\nchanged DateTimeOffset\nclock Time\n",
    Version.V4: COMMON + "day Date\nchanged DateTimeOffset\nclock TimeOfDay\n",
}
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=12)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


def row_of(number: int, **values: Any) -> dict[str, Any]:
    known = {
        "no": f"N{number:03}", "plant": "1010", "id": f"{number:08x}-0000-4000-8000-000000000000",
        "name": f"Row {number}", "amount": Decimal(number) / 8, "size": 2**40 + number, "open": number % 2 == 0,
        "clock": time(1, 2, number % 60), "changed": datetime(2025, 1, 1, 0, number % 60, tzinfo=UTC),
        "day": datetime(2025, 1, 1 + number % 28),
    }  # fmt: skip
    return {**known, **values}


class Plant(Simulator):
    """Things with their parts, under one root."""

    def __init__(self, version: Version, rows: list[dict[str, Any]], page_rows: int = 100) -> None:
        self.version = version
        self.given = [{**row, "day": row["day"] if version is Version.V2 else row["day"].date()} for row in rows]
        super().__init__(page_rows=page_rows)

    def fill(self) -> list[Table]:
        parts = [{"no": row["no"], "part": part} for row in self.given for part in range(5)]
        return [
            EntityTable("things", "products", self.given, key="no", stamp="changed"),
            EntityTable("parts", "product_units", parts, key="part", stamp=None),
        ]

    def routes(self) -> list[Route]:
        things = EntitySet(
            "Things", "Thing", properties(TYPES[self.version]), table="things",
            navigations=(Navigation("Parts", "Parts", (("no", "no"),)),),
        )  # fmt: skip
        parts = EntitySet("Parts", "Part", properties("no String(20) key\npart Int32 key"), table="parts")
        served = Served.V2 if self.version is Version.V2 else Served.V4
        dialect = Dialect("Plant", version=served, expanded_rows=None if served is Served.V2 else 2)
        return Service(self, dialect, [things, parts]).routes("/api/v1")


def client(version: Version, rows: list[dict[str, Any]], **options: Any) -> ODataSource:
    transport: httpx.BaseTransport = in_process(Plant(version, rows, **options))
    return ODataSource(source(transport), version, root="v1")


BOTH = pytest.mark.parametrize("version", [Version.V2, Version.V4])


@BOTH
def test_the_description_is_that_of_the_service(version: Version) -> None:
    metadata = client(version, []).metadata()
    thing = metadata.type_of("Things")
    assert (metadata.version, thing.keys) == (version, ("no", "plant"))
    assert {name: each.type for name, each in thing.properties.items()} == {
        line.split()[0]: "Edm." + line.split()[1].partition("(")[0] for line in TYPES[version].splitlines()
    }
    assert (thing.navigations["Parts"].many, metadata.type_of("Things('1')/Parts").keys) == (True, ("no", "part"))


@BOTH
@pytest.mark.parametrize("paging", [ServerPages(3), ServerPages(), KeysetPages(3), SkipPages(3)], ids=str)
@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_all_rows_come_once_by_every_way_of_paging(version: Version, paging: Paging, count: int) -> None:
    odata = client(version, [row_of(number) for number in range(count)], page_rows=3)
    query = Query("Things", ("no", "plant"), orderby=("no", "plant"))
    assert [row["no"] for row in odata.rows(query, paging)] == [f"N{number:03}" for number in range(count)]
    assert odata.count(Query("Things")) == count


@BOTH
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(name=TEXT, amount=st.decimals(-(10**9), 10**9, places=3), size=st.integers(-(2**62), 2**62), moment=MOMENTS)
def test_a_row_is_found_by_each_of_its_values_and_read_back(
    version: Version, name: str, amount: Decimal, size: int, moment: datetime
) -> None:
    changed = moment.replace(tzinfo=UTC)
    wanted = row_of(1, name=name, amount=amount, size=size, changed=changed, clock=moment.time(),
                    day=moment.replace(hour=0, minute=0, second=0))  # fmt: skip
    odata = client(version, [row_of(0), wanted, row_of(2)])
    condition = all_of(
        eq("id", wanted["id"]), eq("name", name), ge("amount", amount), le("amount", amount), eq("size", size),
        eq("open", False), eq("changed", changed), eq("day", wanted["day"]), eq("clock", moment.time()),
    )  # fmt: skip
    (found,) = odata.rows(Query("Things", filter=condition))
    assert (found["name"], Decimal(str(found["amount"])), int(found["size"])) == (name, amount, size)
    assert datetime.fromisoformat(found["changed"]) == changed
    assert datetime.fromisoformat(found["day"]) == wanted["day"]
    assert time.fromisoformat(found["clock"]) == moment.time()
    assert odata.count(Query("Things", filter=condition)) == 1


@BOTH
def test_expanded_lists_are_whole(version: Version) -> None:
    odata = client(version, [row_of(number) for number in range(4)], page_rows=2)
    query = Query("Things", ("no", "plant"), expand=(Expand("Parts", ("no", "part")),))
    for row in odata.rows(query):
        assert [part["part"] for part in row["Parts"]] == list(range(5))
        assert {part["no"] for part in row["Parts"]} == {row["no"]}


@BOTH
def test_several_reads_go_in_one_batch(version: Version) -> None:
    odata = client(version, [row_of(number) for number in range(4)])
    some = one_of("no", ["N001", "N003"])
    pages = read_batch(odata, [Query("Things", ("no",), filter=some), Query("Parts", top=1)])
    assert [[row["no"] for row in page.rows] for page in pages] == [["N001", "N003"], ["N000"]]
