"""`hub publish` into a folder: complete sets, in every format, that readers find by the manifest."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.writing import Sync

from connectors.folder import publisher
from connectors.folder.config import FolderConfig
from connectors.folder.writing import cell_text
from hub.errors import ConfigError, SourceUnavailable, UsageError
from hub.session import Session
from metrics.publish import run
from sync_jobs.identify import identify

ONE = 1_000_000
BIG = Decimal("12345678901.123456")


def micros(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * ONE  # type: ignore[misc]


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "config" / "publishers").mkdir(parents=True)
        (folder / "config" / "hub.yaml").write_text("store: sqlite:///hub.db\n")
        self.session = Session(folder / "config")
        with self.session.open_store() as store:
            sync = Sync(store)
            sync.merge(
                "customers", source_id=["C1", "C2"], name=["=cmd()|Öl GmbH", "Ada Lovelace"],
                kind=["company", "person"], email=["info@oel.example", "ada@home.example"],
            )  # fmt: skip
            sync.merge("contacts", source_id=["P1"], name=["Bob Ross"], email=["bob@oel.example"])
            sync.merge(
                "orders", source_id=["1", "2", "3"], currency=["EUR", "EUR", None],
                ordered_at=[micros(2026, 1, 31, 23, 59), micros(2026, 2, 1), None],
                total=[int(BIG * ONE), -10_000, None],
            )  # fmt: skip
            sync.end()

    def configure(self, text: str, name: str = "lake") -> None:
        (self.folder / "config" / "publishers" / f"{name}.yaml").write_text(
            f"kind: folder\ntarget: out\ntables: [customers, contacts, orders]\n{text}"
        )

    def publish(self, **options: Any) -> run.Report:
        (report,) = run.publish(self.session, **options)
        return report

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / "out" / "manifest.json").read_text())  # type: ignore[no-any-return]

    def files(self, table: str) -> list[Path]:
        return [self.folder / "out" / file["path"] for file in self.manifest["tables"][table]["files"]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_parquet_holds_every_value_as_it_is(project: Project) -> None:
    import pyarrow.parquet as pq

    project.configure("")
    assert project.publish().rows == {"customers": 2, "contacts": 1, "orders": 3}
    (path,) = project.files("orders")
    rows = {row["source_id"]: row for row in pq.read_table(path).to_pylist()}
    assert rows["1"]["total"] == BIG
    assert rows["1"]["ordered_at"] == datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
    assert rows["3"]["total"] is None


def test_persons_stay_unnamed_unless_the_admin_says_otherwise(project: Project) -> None:
    import pyarrow.parquet as pq

    project.configure("")
    project.publish()
    (path,) = project.files("customers")
    assert [row["name"] for row in pq.read_table(path).to_pylist()] == ["=cmd()|Öl GmbH", None]
    assert "email" not in pq.read_schema(path).names
    assert "name" not in pq.read_schema(*project.files("contacts")).names
    project.configure("personal_data: true\n")
    project.publish()
    (path,) = project.files("customers")
    assert pq.read_table(path)["email"].to_pylist() == ["info@oel.example", "ada@home.example"]


def test_one_file_a_month_where_the_admin_wants_it(project: Project) -> None:
    import pyarrow.dataset as ds

    project.configure("partition_by: {orders: ordered_at}\n")
    project.publish()
    root = project.files("orders")[0].parents[1]
    found = ds.dataset(root, partitioning="hive").to_table().to_pylist()
    assert {row["source_id"]: row["ordered_at_month"] for row in found} == {"1": "2026-01", "2": "2026-02", "3": "none"}


def test_csv_is_plain(project: Project) -> None:
    project.configure("format: csv\n")
    project.publish()
    (path,) = project.files("orders")
    with path.open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["source_id"], row["total"]) == ("1", str(BIG))
    assert row["ordered_at"].startswith("2026-01-31T23:59:00")
    assert row["ordered_at"].endswith("Z")


def test_a_sheet_runs_no_formula_that_a_name_brings(project: Project) -> None:
    import openpyxl

    project.configure("format: xlsx\n")
    project.publish()
    book = openpyxl.load_workbook(*project.files("customers"))
    sheet = book.active
    assert sheet is not None
    (cell,) = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=cmd")]
    assert cell.data_type == "s"


def test_a_text_that_no_cell_holds_is_cut_and_says_so() -> None:
    assert cell_text("x" * 32_767) == "x" * 32_767
    assert (len(cell_text("x" * 32_768)), cell_text("x" * 32_768)[-2:]) == (32_767, "x…")


def test_files_a_month_are_of_parquet_only() -> None:
    with pytest.raises(ValueError, match="one file a table"):
        FolderConfig(kind="folder", target="out", format="csv", partition_by={"orders": "ordered_at"})


def test_delta_keeps_its_versions(project: Project) -> None:
    deltalake = pytest.importorskip("deltalake")
    project.configure("format: delta\n")
    project.publish()
    project.publish(full=True)
    table = deltalake.DeltaTable(project.folder / "out" / "orders")
    assert table.version() == 1
    assert Decimal(sum(filter(None, table.to_pyarrow_table()["total"].to_pylist()))) == BIG - Decimal("0.01")


def test_what_has_not_changed_is_not_written_again(project: Project) -> None:
    project.configure("")
    assert not project.publish().unchanged
    before = project.manifest
    again = project.publish()
    assert again.unchanged
    assert again.rows == {"customers": 2, "contacts": 1, "orders": 3}
    assert project.manifest == before
    with project.session.open_store() as store:
        assert [(each.kind, each.status) for each in store.runs(source="lake")] == [("publish", "ok")] * 2


def test_a_failure_in_the_middle_leaves_readers_what_they_had(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.configure("")
    project.publish()
    before, files = project.manifest, project.files("orders")
    written = publisher.written

    def fails(tables: Any, table: Any, *rest: Any) -> Any:
        if table.name == "orders":
            raise SourceUnavailable("the disk is full.")
        return written(tables, table, *rest)

    monkeypatch.setattr(publisher, "written", fails)
    report = project.publish(full=True)
    assert str(report.error) == "lake: the disk is full."
    assert project.manifest == before
    assert all(path.exists() for path in files)


def test_no_more_sets_than_asked_for_are_kept(project: Project) -> None:
    project.configure("keep: 1\ntables: [orders]\n".replace("tables: [orders]\n", ""))
    names = set()
    for number in range(3):
        with project.session.open_store() as store:
            sync = Sync(store, stream=f"again{number}")
            sync.merge("orders", source_id=[f"N{number}"])
            sync.end()
        project.publish()
        names.add(project.manifest["set"])
    folders = {path.name for path in (project.folder / "out").iterdir() if path.is_dir()}
    assert len(names) == 3
    assert folders == {project.manifest["set"]}


def test_metrics_come_as_tables(project: Project) -> None:
    import pyarrow.parquet as pq

    project.configure("metrics: {revenue: [month]}\n")
    report = project.publish()
    assert report.error is None
    assert "metric_revenue" in report.rows
    assert "month" in pq.read_schema(*project.files("metric_revenue")).names


def test_another_place_by_its_address(project: Project) -> None:
    fsspec = pytest.importorskip("fsspec")
    project.configure("")
    path = project.folder / "config" / "publishers" / "lake.yaml"
    path.write_text(path.read_text().replace("target: out", "target: memory://lake"))
    assert project.publish().error is None
    project.publish(full=True)
    there = fsspec.filesystem("memory")
    manifest = json.loads(there.cat("/lake/manifest.json"))
    assert there.exists(f"/lake/{manifest['tables']['orders']['files'][0]['path']}")
    assert not [name for name in there.find("/lake") if name.endswith(".part")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format: parket\n", "format"),
        ("tabels: [orders]\n", "tabels"),
        ("target: 5\n", "stands twice"),
    ],
)
def test_mistakes_are_told_with_their_place(project: Project, text: str, said: str) -> None:
    project.configure(text)
    with pytest.raises(ConfigError, match=said) as mistake:
        project.publish()
    assert "lake.yaml:" in str(mistake.value)


def test_names_are_looked_up(project: Project) -> None:
    project.configure("")
    with pytest.raises(UsageError, match="Did you mean `lake`"):
        run.publish(project.session, ["lakes"])
    path = project.folder / "config" / "publishers" / "lake.yaml"
    path.write_text("kind: folder\ntarget: out\ntables: [ordres]\n")
    assert "Did you mean `orders`" in str(project.publish().error)
    path.write_text("kind: foldr\ntarget: out\n")
    with pytest.raises(ConfigError, match="no publisher kind `foldr`"):
        project.publish()


def test_golden_customers_and_numbers_name_no_person_either(project: Project) -> None:
    import pyarrow.parquet as pq

    with project.session.open_store() as store:
        sync = Sync(store, source="erp")
        sync.merge(
            "customers", source_id=["9", "8"], name=["Öl GmbH", "Ada Lovelace"], kind=["company", "person"],
            email=["info@oel.example", "ada@home.example"],
        )  # fmt: skip
        sync.end()
        identify(project.session, store)
    text = "kind: folder\ntarget: out\ntables: [golden_customers]\nmetrics: {revenue: [customer]}\n"
    (project.folder / "config" / "publishers" / "lake.yaml").write_text(text)
    assert project.publish().error is None
    golden = pq.read_table(*project.files("golden_customers")).to_pylist()
    assert golden
    assert not [row for row in golden if row["name"] and "Ada" in row["name"]]
    assert [row for row in golden if row["name"] and "GmbH" in row["name"]]
    assert "Ada" not in str(pq.read_table(*project.files("metric_revenue")).to_pylist())
    assert not [name for name in pq.read_schema(*project.files("metric_revenue")).names if "name" in name]
