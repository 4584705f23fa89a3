"""SQLite's pages, read without SQLite: the same rows as SQL gives, or a refusal that leads back to SQL."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.model.kinds import Kind
from metrics.replica import sqlite_pages
from metrics.replica.snapshot import Unsuitable
from metrics.replica.sqlite_base import StillFile

MICROS = Decimal("0.000001")
COLUMNS = {
    "source_id": Kind.TEXT,
    "name": Kind.TEXT,
    "total": Kind.DECIMAL,
    "seen": Kind.UTC,
    "flag": Kind.BOOLEAN,
    "number": Kind.INTEGER,
    "extras": Kind.JSON,
}
TABLE = (
    "CREATE TABLE things (flag BOOLEAN, source TEXT NOT NULL, source_id TEXT NOT NULL, name TEXT, deleted_at BIGINT,"
    " total MICROS_BLOB, seen BIGINT, number BIGINT, extras TEXT, PRIMARY KEY (source, source_id)) WITHOUT ROWID"
)
ROWS = "source_id, name, total, seen, flag, number, extras"


class Shop:
    """A database with one table, and what is read from it."""

    def __init__(self, path: Path, *, page_size: int = 4096) -> None:
        self.path = path
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute(f"PRAGMA page_size = {page_size}")
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("CREATE TABLE hub_changes (sequence INTEGER PRIMARY KEY)")
        self.db.execute(TABLE)

    def put(self, rows: Sequence[tuple[Any, ...]], deleted: int | None = None) -> None:
        self.db.execute("BEGIN")
        self.db.executemany(
            f"INSERT OR REPLACE INTO things (source, deleted_at, {ROWS}) VALUES ('s', {deleted or 'NULL'}{', ?' * 7})",
            rows,
        )
        self.db.execute("COMMIT")

    def asked(self) -> list[tuple[Any, ...]]:
        return sorted(self.db.execute(f"SELECT {ROWS} FROM things WHERE deleted_at IS NULL").fetchall())

    def read(self, parts: int = 1, columns: dict[str, Kind] = COLUMNS) -> list[tuple[Any, ...]]:
        """The rows as SQLite would give them, by the pages."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        still = StillFile(self.path)
        try:
            tables = []
            for number, part in enumerate(still.table("things").divided(parts)):
                file = self.path.with_suffix(f".{number}.parquet")
                rows = part.write(file, columns, live_only=True)
                tables.append(pq.read_table(file))
                assert len(tables[-1]) == rows
        finally:
            still.close()
        found = pa.concat_tables(tables)
        plain = [[_plain(value) for value in column.to_pylist()] for column in _micros(found).columns]
        return sorted(zip(*plain, strict=True))


def _micros(table: Any) -> Any:
    import pyarrow as pa

    place = table.schema.get_field_index("seen")
    return table if place < 0 else table.set_column(place, "seen", table.column("seen").cast(pa.int64()))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value / MICROS)
    return int(value) if isinstance(value, bool) else value


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop.db")


def row(key: str, name: str | None = None, total: int | None = None) -> tuple[Any, ...]:
    return (key, name, total, None, None, None, None)


WHOLE = st.one_of(st.none(), st.integers(-5, 5), st.integers(-(10**18) + 1, 10**18 - 1))
THINGS = st.lists(
    st.tuples(
        st.text(max_size=20).filter(lambda text: "\0" not in text),
        st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=70), st.just("x" * 9000)),
        WHOLE,
        st.one_of(st.none(), st.integers(-(2**62), 2**62)),
        st.sampled_from([None, 0, 1]),
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        st.one_of(st.none(), st.integers(0, 3000).map(lambda size: "j" * size)),
    ),
    max_size=60,
    unique_by=lambda row: row[0],
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=THINGS, page_size=st.sampled_from([512, 1024, 4096, 65536]), parts=st.integers(1, 3))
def test_whatever_is_stored_is_read_as_sql_gives_it(
    rows: list[tuple[Any, ...]], page_size: int, parts: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop = Shop(tmp_path_factory.mktemp("pages") / "shop.db", page_size=page_size)
    shop.put(rows)
    found, asked = shop.read(parts), shop.asked()
    shop.db.close()
    assert found == asked


def test_a_deep_tree_is_read_whole(shop: Shop) -> None:
    shop.put([row(f"{n:06}", "n" * (n % 90), n * 1_000_003) for n in range(20_000)])
    assert shop.read(3) == shop.asked()


def test_deleted_rows_are_left_out(shop: Shop) -> None:
    shop.put([row("kept", "a")])
    shop.put([row("gone", "b")], deleted=5)
    assert [found[0] for found in shop.read()] == ["kept"]


def test_rows_older_than_a_column_have_nothing_there(shop: Shop) -> None:
    shop.put([row("old", "x" * 300)])
    shop.db.execute("ALTER TABLE things ADD COLUMN later TEXT")
    shop.put([row("new", "y")])
    shop.db.execute("UPDATE things SET later = 'z' WHERE source_id = 'new'")
    assert shop.read(columns={"source_id": Kind.TEXT, "later": Kind.TEXT}) == [("new", "z"), ("old", None)]


def test_days_are_days(shop: Shop) -> None:
    shop.put([row("1", "2024-02-29"), row("2", None)])
    found = shop.read(columns={"source_id": Kind.TEXT, "name": Kind.DATE})
    assert [str(day) for _, day in found] == ["2024-02-29", "None"]


@pytest.mark.parametrize("total", ["99999999999999999999", 1.5, b"blob", 10**18])
def test_a_number_that_does_not_fit_leads_back_to_sql(shop: Shop, total: object) -> None:
    shop.put([("1", None, total, None, None, None, None)])
    with pytest.raises(Unsuitable):
        shop.read()


def test_a_blob_for_a_text_leads_back_to_sql(shop: Shop) -> None:
    shop.db.execute("INSERT INTO things (source, source_id, name) VALUES ('s', '1', x'ff')")
    with pytest.raises(Unsuitable):
        shop.read()


def test_pages_that_stand_beside_the_file_are_not_missed(shop: Shop) -> None:
    """A reader of an older state keeps newer pages out of the file."""
    shop.put([row("1")])
    other = sqlite3.connect(shop.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM things").fetchone()
    shop.put([row("2")])
    with pytest.raises(Unsuitable):
        StillFile(shop.path)
    other.close()
    assert shop.read() == shop.asked()


def test_the_file_stays_as_it_is_while_it_is_held(shop: Shop) -> None:
    shop.put([row(f"{n:04}") for n in range(500)])
    before, still = shop.asked(), StillFile(shop.path)
    shop.db.execute("PRAGMA wal_autocheckpoint = 1")
    shop.put([row(f"{n:04}", "changed " * 20) for n in range(500)])
    shop.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = shop.path.with_suffix(".parquet")
    still.table("things").write(file, {"source_id": Kind.TEXT, "name": Kind.TEXT}, live_only=True)
    still.close()

    import pyarrow.parquet as pq

    assert pq.read_table(file).column("name").to_pylist() == [None] * 500 == [name for _, name, *_ in before]


def test_a_table_with_row_numbers_is_left_to_sql(shop: Shop) -> None:
    still = StillFile(shop.path)
    with pytest.raises(Unsuitable):
        still.table("hub_changes")
    still.close()


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(Unsuitable):
        StillFile(path)
    with pytest.raises(Unsuitable):
        sqlite_pages.PageFile(path)


def test_a_damaged_page_is_refused(shop: Shop) -> None:
    shop.put([row(f"{n:04}", "n" * 60) for n in range(500)])
    shop.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shop.db.close()
    content = bytearray(shop.path.read_bytes())
    content[3 * 4096 + 8 : 3 * 4096 + 200] = b"\xff" * 192
    shop.path.write_bytes(content)
    with pytest.raises(Unsuitable):
        shop.read()


def test_reading_pages_takes_no_lock_away(shop: Shop) -> None:
    """The last process that closes a database takes its log away: only our lock tells it that it is not the last."""
    shop.put([row("ours")])
    assert shop.read() == shop.asked()
    still = StillFile(shop.path)
    code = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute(\"INSERT INTO things (source, source_id) VALUES ('s', 'theirs')\"); db.close()"
    )
    subprocess.run([sys.executable, "-c", code, str(shop.path)], check=True)
    assert shop.path.with_name("shop.db-wal").exists()
    still.close()
    assert [found[0] for found in shop.asked()] == ["ours", "theirs"]
    assert shop.read() == shop.asked()
