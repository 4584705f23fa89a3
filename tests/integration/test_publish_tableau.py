"""Publisher `tableau`: extracts that hold every value as it is, and a server that gets each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.tableau_server import Tableau

from connectors.tableau.config import TableauConfig
from connectors.tableau.publisher import TableauPublisher
from hub.errors import AuthError, ConfigError, SourceChanged, SourceUnavailable
from hub.model.kinds import Kind
from hub.sdk.connector import Context
from hub.sdk.publisher import Field, Table
from hub.sdk.simulator import serve

hyperapi = pytest.importorskip("tableauhyperapi")
pytest.importorskip("tableauserverclient")

FIELDS = {
    "id": Kind.TEXT, "total": Kind.DECIMAL, "at": Kind.UTC, "day": Kind.DATE, "paid": Kind.BOOLEAN,
    "count": Kind.INTEGER,
}  # fmt: skip
ROWS: list[dict[str, Any]] = [
    {"id": "1", "total": Decimal("123456789012.123456"), "at": datetime(1, 1, 1, tzinfo=UTC), "day": date(9999, 12, 31),
     "paid": True, "count": 2**62},
    {"id": "ü😀", "total": Decimal("-0.01"), "at": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "day": date(1, 1, 1),
     "paid": False, "count": -1},
    {"id": "3", "total": None, "at": None, "day": None, "paid": None, "count": None},
]  # fmt: skip


class Made:
    """Tables made by hand: `orders`, and one that is empty."""

    as_of, mark = datetime(2026, 1, 1, tzinfo=UTC), "0123456789"

    def __init__(self, rows: list[dict[str, Any]], digits: int = 18) -> None:
        self.rows, self.digits = rows, digits
        fields = tuple(Field(name, kind) for name, kind in FIELDS.items())
        self.tables = [Table("orders", "", fields, ("id",), len(rows)), Table("leads", "", fields, ("id",), 0)]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    def schema(self, table: Table) -> pa.Schema:
        types = {
            Kind.TEXT: pa.string(), Kind.DECIMAL: pa.decimal128(self.digits, 6), Kind.UTC: pa.timestamp("us", tz="UTC"),
            Kind.DATE: pa.date32(), Kind.BOOLEAN: pa.bool_(), Kind.INTEGER: pa.int64(),
        }  # fmt: skip
        return pa.schema([pa.field(name, types[kind]) for name, kind in FIELDS.items()])

    def batches(self, table: Table, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        yield from pa.Table.from_pylist(self.rows[: table.rows], self.schema(table)).to_batches(rows)

    def write_parquet(self, table: Table, path: Path) -> None:
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(self.rows[: table.rows], self.schema(table)), path)


@pytest.fixture
def tableau() -> Tableau:
    return Tableau()


@pytest.fixture
def address(tableau: Tableau) -> Iterator[str]:
    with serve(tableau.app) as address:
        yield address


def publisher(folder: Path, address: str = "", **server: Any) -> TableauPublisher:
    login = {
        "url": address,
        "site": "acme",
        "token_name": "hub",
        "token_secret": "tableau-secret",
        "project": "Sales/Hub",
    }
    config = TableauConfig.model_validate({"kind": "tableau"} | ({"server": login | server} if address else {}))
    return TableauPublisher(config, Context("bi", base_dir=str(folder)))


def read(path: Path, query: str) -> list[list[Any]]:
    with (
        hyperapi.HyperProcess(
            hyperapi.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
        ) as process,
        hyperapi.Connection(process.endpoint, path) as connection,
    ):
        return connection.execute_list_query(query)  # type: ignore[no-any-return]


@pytest.mark.parametrize("digits", [18, 20])
def test_every_value_comes_back_as_it_was(tmp_path: Path, digits: int) -> None:
    published = publisher(tmp_path).publish(Made(ROWS, digits), {})
    assert published.rows == {"orders": 3}
    assert published.notes == ("left out, since they are empty: leads",)
    path = tmp_path / "tableau" / "orders.hyper"
    exact = read(path, 'SELECT id, total, count, paid FROM "Extract"."orders" ORDER BY count NULLS LAST')
    assert exact == [
        ["ü😀", Decimal("-0.01"), -1, False],
        ["1", Decimal("123456789012.123456"), 2**62, True],
        ["3", None, None, None],
    ]
    times = read(
        path, 'SELECT CAST(at AS text), CAST(day AS text) FROM "Extract"."orders" WHERE id <> \'3\' ORDER BY at'
    )
    assert [[at[:19], day] for at, day in times] == [
        ["0001-01-01 00:00:00", "9999-12-31"],
        ["9999-12-31 23:59:59", "0001-01-01"],
    ]


def test_the_server_gets_each_extract_in_one_session(tmp_path: Path, tableau: Tableau, address: str) -> None:
    made = publisher(tmp_path, address)
    made.publish(Made(ROWS), {})
    made.publish(Made(ROWS), {})
    assert {name: len(files) for name, files in tableau.published.items()} == {"Hub orders": 2}
    assert tableau.published["Hub orders"][-1] == (tmp_path / "tableau" / "orders.hyper").read_bytes()
    assert tableau.sign_ins == tableau.log.count("sign out") == 2


def test_a_large_file_goes_in_chunks(
    tmp_path: Path, tableau: Tableau, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tableauserverclient.server.endpoint import fileuploads_endpoint

    monkeypatch.setenv("TSC_FILESIZE_LIMIT_MB", "0")
    monkeypatch.setenv("TSC_CHUNK_SIZE_MB", "1")
    monkeypatch.setattr(fileuploads_endpoint, "BYTES_PER_MB", 20_000)
    publisher(tmp_path, address).publish(Made(ROWS), {})
    assert tableau.chunks > 1
    assert tableau.published["Hub orders"] == [(tmp_path / "tableau" / "orders.hyper").read_bytes()]


def test_a_failed_job_is_told_with_what_tableau_says(tmp_path: Path, tableau: Tableau, address: str) -> None:
    tableau.fail_job = True
    with pytest.raises(
        SourceChanged, match="Hub orders: Tableau could not process the extract: the extract is damaged"
    ):
        publisher(tmp_path, address).publish(Made(ROWS), {})


def test_a_gateway_that_gives_up_is_no_answer(tmp_path: Path, tableau: Tableau, address: str) -> None:
    tableau.busy = 1
    made = publisher(tmp_path, address)
    with pytest.raises(SourceUnavailable):
        made.publish(Made(ROWS), {})
    made.publish(Made(ROWS), {})
    assert len(tableau.published["Hub orders"]) == 1


def test_a_refused_token_says_how_to_mend_it_and_not_what_it_is(tmp_path: Path, address: str) -> None:
    with pytest.raises(AuthError, match="Make a new access token") as refused:
        list(publisher(tmp_path, address, token_secret="wrong-secret").check())
    assert "wrong-secret" not in str(refused.value)


def test_a_project_that_nobody_sees_is_told_with_those_there_are(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match=r"no project `Sales/Hubb`.*Seen: `Sales`, `Sales/Hub`"):
        list(publisher(tmp_path, address, project="Sales/Hubb").check())
    assert all(finding.ok for finding in publisher(tmp_path, address).check())


def test_the_right_to_publish_may_lack(tmp_path: Path, tableau: Tableau, address: str) -> None:
    tableau.forbidden = True
    with pytest.raises(AuthError, match="403004"):
        publisher(tmp_path, address).publish(Made(ROWS), {})


def test_a_server_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="did not answer as Tableau does"):
        list(publisher(tmp_path, "http://127.0.0.1:9").check())
