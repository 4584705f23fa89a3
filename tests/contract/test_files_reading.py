"""What kind `files` reads: which files, when again, from where after a crash, and what it says when it cannot."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from support.exports import NOW, Exports, Run

from connectors.files import delimited, formats, unpack
from hub.errors import SourceChanged, SourceUnavailable
from hub.sdk import Mode

TWO = "id,name\n1,Ann\n2,Bob\n"


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    return Exports(tmp_path)


def small_blocks(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(delimited, "_ROW_BLOCK_BYTES", size)
    monkeypatch.setattr(delimited, "_ARROW_BLOCK_BYTES", size)
    monkeypatch.setattr(unpack, "CHUNK_BYTES", size)


# -- what a file may look like -----------------------------------------------------------------------------------------


def test_rows_of_a_plain_file(exports: Exports) -> None:
    exports.write("customers.csv", TWO)
    run = exports.read()
    assert run.rows == [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bob"}]
    [page] = run.pages
    assert (page.origin, page.first_row, page.total) == ("customers.csv", 2, 2)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("id;name\n1;A,B\n", ";"), ("id\tname\n1\tA,B\n", "tab"), ('id|name\n1|"A,B"\n', "|")],
)
def test_the_delimiter_is_told_from_the_header(exports: Exports, text: str, delimiter: str) -> None:
    exports.write("customers.csv", text)
    assert exports.read().rows == [{"id": "1", "name": "A,B"}]
    assert exports.read({"delimiter": delimiter}).rows == [{"id": "1", "name": "A,B"}]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(exports: Exports, encoding: str) -> None:
    exports.write("customers.csv", "id,name\n1,Jürgen Łoś\n", encoding=encoding)
    assert exports.read().rows == [{"id": "1", "name": "Jürgen Łoś"}]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "shift_jis", "auto"])
def test_an_encoding_can_be_set(exports: Exports, encoding: str) -> None:
    name = "Jörg Müller, Straße 5, Köln" if encoding != "shift_jis" else "日本"
    exports.write("customers.csv", f'id,name\n1,"{name}"\n', encoding="cp1252" if encoding == "auto" else encoding)
    assert exports.read({"encoding": encoding}).rows == [{"id": "1", "name": name}]


def test_bytes_that_are_no_text_cost_their_row_only(exports: Exports) -> None:
    exports.write("customers.csv", b"id,name\n1,Ann\n2,M\xfcller\n3,Bob\n")
    run = exports.read()
    assert run.ids == ["1", "3"]
    [(file, line, reason)] = run.bad
    assert (file, line) == ("customers.csv", 3)
    assert "set `encoding`" in reason and "ller" not in reason


def test_old_macintosh_line_ends(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\r1,Ann\r2,Bob\r")
    assert exports.read().ids == ["1", "2"]


def test_lines_above_and_below_the_header_can_be_left_out(exports: Exports) -> None:
    exports.write("customers.csv", 'Report;"of\nMay;\nid;name\n[text];[text]\n1;Ann\n')
    run = exports.read({"header": 3, "skip": 1})
    assert run.rows == [{"id": "1", "name": "Ann"}]
    assert run.pages[0].first_row == 5


def test_a_file_without_a_header(exports: Exports) -> None:
    exports.write("customers.csv", "1,Ann\n2,Bob\n")
    assert exports.read({"header": 0, "columns": ["id", "name"]}).ids == ["1", "2"]


def test_columns_without_a_name_or_with_the_same_keep_their_cells(exports: Exports) -> None:
    exports.write("customers.csv", "id, name ,name,\n1,Ann,A.,x\n")
    assert exports.read().rows == [{"id": "1", "name": "Ann", "name (2)": "A.", "column 4": "x"}]


def test_null_words_are_no_values(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\n1,N/A\n")
    assert exports.read({"null_words": ["N/A"]}).rows == [{"id": "1", "name": None}]


def test_a_header_alone_is_an_empty_source(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\n")
    run = exports.read()
    assert (run.rows, len(run.pages), run.pages[0].total) == ([], 1, 0)


def test_ragged_rows_are_refused_with_their_line(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\n1,Ann\n2\n\n3,Bob,x\n4,Eve\n")
    run = exports.read()
    assert run.ids == ["1", "4"]
    assert [(line, reason.split(";")[0]) for _, line, reason in run.bad] == [
        (3, "line 3 has 1 fields, the header has 2"),
        (5, "line 5 has 3 fields, the header has 2"),
    ]
    assert run.pages[0].total == 4
    page = run.pages[0]
    assert [page.first_row + page.number(position) for position in range(2)] == [2, 6]


@pytest.mark.parametrize("columnar", [False, True])
def test_both_ways_of_reading_refuse_the_same(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, columnar: bool
) -> None:
    monkeypatch.setattr(formats, "ARROW_FROM_BYTES", 0 if columnar else 1 << 30)
    exports.write("customers.csv", 'id,name\n1,Ann\n2\n3,"B\nob"\n\n4,5" pipe\n5,"x\n6,Eve\n')
    run = exports.read()
    assert run.ids == ["1", "3", "4", "6"]
    assert [line for _, line, _ in run.bad] == [3, 8]


def test_a_large_file_comes_as_tables(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "ARROW_FROM_BYTES", 0)
    small_blocks(monkeypatch, 100)
    exports.write("customers.csv", "id,name\n" + "".join(f"{number},N{number}\n" for number in range(50)))
    run = exports.read()
    assert not isinstance(run.pages[0].rows, list)
    assert run.ids == [str(number) for number in range(50)]
    assert len(run.pages) > 2 and run.pages[1].first_row > 2


# -- packed ------------------------------------------------------------------------------------------------------------


def test_gzip_whatever_it_is_called(exports: Exports) -> None:
    exports.write("customers.csv", gzip.compress(TWO.encode()))
    assert exports.read().ids == ["1", "2"]


def zipped(**members: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/") + ".csv", text)
    return archive.getvalue()


def test_members_of_a_zip_archive(exports: Exports) -> None:
    exports.write("all.zip", zipped(a__one=TWO, two="id,name\n3,Eve\n", other="x\n"))
    run = exports.read({"files": "all.zip", "members": "*o[nv]*.csv"})
    assert [page.origin for page in run.pages] == ["all.zip!a/one.csv"]
    assert exports.read({"files": "all.zip", "members": "t*.csv"}).ids == ["3"]


def test_an_archive_that_grows_without_end_is_stopped(exports: Exports) -> None:
    exports.write("customers.csv", gzip.compress(b"id,name\n" + b"1,Ann\n" * 400_000))
    with pytest.raises(SourceChanged, match=r"unpacks to more than 1 MiB.*max_unpacked_mib"):
        exports.read({"max_unpacked_mib": 1})


def test_an_archive_cut_short_is_not_complete_yet(exports: Exports) -> None:
    exports.write("customers.csv", gzip.compress(os.urandom(1000).hex().encode())[:-20])
    with pytest.raises(SourceUnavailable, match="damaged or not complete"):
        exports.read()


# -- which files -------------------------------------------------------------------------------------------------------


def test_patterns_are_read_by_name_each_file_once(exports: Exports) -> None:
    for name in ("b/c2.csv", "a/c1.csv", "a/.hidden.csv"):
        exports.write(name, f"id,name\n{name},x\n")
    assert exports.read({"files": ["**/c*.csv", "a/c1.csv"]}).ids == ["a/c1.csv", "b/c2.csv"]


@pytest.mark.parametrize(
    ("files", "mode"),
    [("c.csv", Mode.SNAPSHOT), ("c*.csv", Mode.INCREMENTAL), (["a.csv", "b.csv"], Mode.INCREMENTAL)],
)
def test_several_files_never_delete_unless_asked(exports: Exports, files: str | list[str], mode: Mode) -> None:
    assert exports.connector({"files": files}).discover()[0].mode is mode


@pytest.mark.parametrize(
    ("files", "message"), [("no.csv", "no.csv is not in"), ("no*.csv", "no file in .* matches `no\\*.csv`")]
)
def test_an_export_that_has_not_come_is_not_an_empty_one(exports: Exports, files: str, message: str) -> None:
    with pytest.raises(SourceUnavailable, match=message):
        exports.read({"files": files, "mode": "snapshot"})


@pytest.mark.parametrize("mode", ["incremental", "append"])
def test_a_drop_folder_may_be_empty(exports: Exports, mode: str) -> None:
    stream = {"files": "orders_*.csv", "mode": mode}
    [page] = exports.read(stream).pages
    assert (page.rows, page.state) == ([], None)
    assert page.notes == [f"no file in {exports.folder} has matched `orders_*.csv` so far"]

    path = exports.write("orders_1.csv", TWO)
    state = exports.read(stream, state={}).state
    path.unlink()
    assert exports.read(stream, state=state).pages == []
    with pytest.raises(SourceUnavailable, match=r"customers.csv is not in"):
        exports.read({"files": "customers.csv", "mode": mode})


class TestAppend:
    """A file that only grew is read on from where it ended."""

    STREAM: ClassVar[dict[str, Any]] = {"files": "*.csv", "mode": "append"}

    def grown(self, exports: Exports, before: str | bytes, after: str | bytes, **stream: Any) -> Run:
        """The second reading of a file: first it held `before`, then `after`."""
        exports.write("a.csv", before)
        first = exports.read({**self.STREAM, **stream})
        exports.write("a.csv", after)
        os.utime(exports.folder / "a.csv", ns=(1, 1))
        return exports.read({**self.STREAM, **stream}, state=first.state)

    def test_only_what_is_new_is_read(self, exports: Exports) -> None:
        run = self.grown(exports, TWO, TWO + "3,Cem\n")
        assert run.ids == ["3"]
        assert [page.first_row for page in run.pages] == [4]

    def test_again_and_again(self, exports: Exports) -> None:
        state, text, ids = None, "id,name\n", []
        for number in range(4):
            text += f"{number},Ann\n"
            exports.write("a.csv", text)
            run = exports.read(self.STREAM, state=state)
            state, ids = run.state, [*ids, run.ids]
        assert ids == [["0"], ["1"], ["2"], ["3"]]

    def test_a_file_that_was_only_touched_has_nothing_new(self, exports: Exports) -> None:
        assert self.grown(exports, TWO, TWO).rows == []

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (TWO, TWO.replace("Ann", "Eve") + "3,Cem\n"),  # rewritten
            (TWO, TWO[:-7]),  # cut
            (TWO[:-2], TWO),  # read in the middle of a line
            (TWO + '3,"C', TWO + '3,"Cem\n'),  # and of a text
            (b"\xff\xfe" + TWO.encode("utf-16-le"), b"\xff\xfe" + (TWO + "3,Cem\n").encode("utf-16-le")),
            (
                gzip.compress(TWO.encode(), mtime=0),
                gzip.compress(TWO.encode(), mtime=0) + gzip.compress(b"3,Cem\n", mtime=0),
            ),
        ],
    )
    def test_any_other_change_reads_it_whole(self, exports: Exports, before: str | bytes, after: str | bytes) -> None:
        assert self.grown(exports, before, after).ids[:1] == ["1"]

    def test_a_byte_order_mark_is_no_hindrance(self, exports: Exports) -> None:
        assert self.grown(exports, b"\xef\xbb\xbf" + TWO.encode(), b"\xef\xbb\xbf" + TWO.encode() + b"3,C\n").ids == [
            "3"
        ]

    def test_json_lines_too(self, exports: Exports) -> None:
        assert self.grown(exports, '{"id": 1}\n', '{"id": 1}\n{"id": 2}\n', format="jsonl").ids == [2]

    def test_numbered_occurrences_count_on(self, exports: Exports) -> None:
        stream = {"occurrence": {"name": "n", "within": "id"}}
        run = self.grown(exports, TWO, TWO + "1,Ann\n", **stream)
        assert run.rows[-1] == {"id": "1", "name": "Ann", "n": "2"}

    def test_asked_for_everything_it_is_read_whole(self, exports: Exports) -> None:
        exports.write("a.csv", TWO)
        state = exports.read(self.STREAM).state
        assert exports.read(self.STREAM, state=state, full=True).ids == ["1", "2"]

    def test_other_settings_read_it_whole(self, exports: Exports) -> None:
        exports.write("a.csv", TWO)
        state = exports.read(self.STREAM).state
        exports.write("a.csv", TWO + "3,Cem\n")
        assert exports.read({**self.STREAM, "null_words": ["x"]}, state=state).ids == ["1", "2", "3"]

    def test_a_stopped_run_goes_on_within_what_is_new(self, exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
        small_blocks(monkeypatch, 12)
        exports.write("a.csv", TWO)
        state = exports.read(self.STREAM).state
        exports.write("a.csv", TWO + "".join(f"{number},Cem\n" for number in range(3, 9)))
        stopped = exports.read(self.STREAM, state=state, stop_after=1)
        rest = exports.read(self.STREAM, state=state, resume=stopped.pages[-1].resume)
        assert [*stopped.ids, *rest.ids] == ["3", "4", "5", "6", "7", "8"]


def test_a_missing_folder(exports: Exports) -> None:
    with pytest.raises(SourceUnavailable, match=r"the folder .* is not there"):
        exports.read(folder="nowhere")


def test_an_empty_file_is_no_empty_source(exports: Exports) -> None:
    exports.write("customers.csv", "")
    with pytest.raises(SourceChanged, match=r"customers.csv.*empty"):
        exports.read()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_the_hub_may_not_read(exports: Exports) -> None:
    exports.write("customers.csv", TWO).chmod(0)
    with pytest.raises(SourceUnavailable, match="may not read"):
        exports.read()


# -- again -------------------------------------------------------------------------------------------------------------


def test_an_unchanged_file_is_not_read(exports: Exports) -> None:
    exports.write("customers.csv", TWO)
    state = exports.read().state
    assert exports.read(state=state).pages == []
    assert exports.read(state=state, full=True).ids == ["1", "2"]
    assert exports.read({"null_words": ["-"]}, state=state).ids == ["1", "2"], "read differently, it is another file"


def test_a_change_of_the_same_size_is_seen(exports: Exports) -> None:
    path = exports.write("customers.csv", TWO)
    state = exports.read().state
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    exports.write("customers.csv", TWO.replace("Ann", "Eve"))
    os.utime(path, ns=times)
    assert exports.read(state=state).rows[0]["name"] == "Eve"


def test_a_snapshot_of_several_files_is_read_whole(exports: Exports) -> None:
    stream = {"files": "c*.csv", "mode": "snapshot"}
    exports.write("c1.csv", "id,name\n1,Ann\n")
    gone = exports.write("c2.csv", "id,name\n2,Bob\n")
    state = exports.read(stream).state
    exports.write("c1.csv", "id,name\n1,Anna\n")
    state = (run := exports.read(stream, state=state)).state
    assert run.ids == ["1", "2"]
    gone.unlink()
    assert exports.read(stream, state=state).ids == ["1"]


def test_an_incremental_stream_reads_changed_files_only(exports: Exports) -> None:
    stream = {"files": "c*.csv"}
    exports.write("c1.csv", "id,name\n1,Ann\n")
    exports.write("c2.csv", "id,name\n2,Bob\n")
    state = exports.read(stream).state
    exports.write("c2.csv", "id,name\n2,Bobby\n")
    exports.write("c3.csv", "id,name\n3,Eve\n")
    state = (run := exports.read(stream, state=state)).state
    assert run.ids == ["2", "3"]
    assert exports.read(stream, state=state).pages == []


def test_a_file_that_changes_while_it_is_read(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch, 8)
    path = exports.write("customers.csv", TWO)
    connector = exports.connector()
    from hub.sdk import ReadRequest

    pages = connector.read(ReadRequest(connector.discover()[0], None, NOW))
    next(pages)
    path.write_text(TWO + "3,Eve\n")
    with pytest.raises(SourceUnavailable, match=r"customers.csv: the file changed while it was read") as caught:
        list(pages)
    assert caught.value.retryable


def test_a_file_still_being_written_waits(exports: Exports) -> None:
    path = exports.write("c1.csv", TWO)
    os.utime(path, (NOW.timestamp() - 5, NOW.timestamp() - 5))
    with pytest.raises(SourceUnavailable, match="less than 60 s ago"):
        exports.read({"files": "c1.csv", "settle_seconds": 60})
    assert exports.read({"files": "c1.csv", "settle_seconds": 4}).ids == ["1", "2"]
    os.utime(exports.write("c2.csv", "id,name\n3,Eve\n"), (0, 0))
    assert exports.read({"files": "c*.csv", "settle_seconds": 60}).ids == ["3"]


# -- after a crash -----------------------------------------------------------------------------------------------------


def stopped(exports: Exports, stream: dict[str, object], pages: int) -> Run:
    return exports.read(stream, stop_after=pages)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("occurrence", [False, True])
@pytest.mark.parametrize("columnar", [False, True])
@pytest.mark.parametrize("pages", [1, 4, 7])
def test_a_stopped_run_goes_on_after_its_last_page(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, pages: int, columnar: bool, occurrence: bool, packed: bool
) -> None:
    monkeypatch.setattr(formats, "ARROW_FROM_BYTES", 0 if columnar else 1 << 30)
    small_blocks(monkeypatch, 20)
    for file in range(2):
        text = "\ufeffid,name\n" + "".join(f'{number % 3},"Né,\n{file}"\n' for number in range(8))
        exports.write(f"c{file}.csv", gzip.compress(text.encode()) if packed else text)
    stream: dict[str, object] = {"files": "c*.csv", "mode": "snapshot"}
    if occurrence:
        stream["occurrence"] = {"name": "number", "within": "id"}
    whole = exports.read(stream)
    before = stopped(exports, stream, pages)
    after = exports.read(stream, resume=before.pages[-1].resume)
    assert before.rows + after.rows == whole.rows
    assert after.pages[0].first_row == whole.pages[pages].first_row
    assert after.state == whole.state


def test_a_file_changed_after_the_crash_is_read_from_its_start(
    exports: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 8)
    exports.write("customers.csv", TWO)
    resume = stopped(exports, {}, 1).pages[-1].resume
    exports.write("customers.csv", TWO + "3,Eve\n")
    with pytest.raises(SourceChanged, match="files changed after the run that was stopped"):
        exports.read(resume=resume)


@pytest.mark.parametrize("columnar", [False, True])
def test_a_column_that_is_gone_stops_the_reading(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, columnar: bool
) -> None:
    """Otherwise every name held would be emptied."""
    monkeypatch.setattr(formats, "ARROW_FROM_BYTES", 0 if columnar else 1 << 30)
    exports.write("customers.csv", "id,Name\n1,Ann\n")
    with pytest.raises(SourceChanged, match=r"customers.csv: there is no column `name`, which customers.name needs"):
        exports.read()
    maybe = [{"entity": "customers", "fields": {"source_id": "id", "name": {"first_of": ["name"]}}}]
    assert exports.read({"entities": maybe}).ids == ["1"]
    assert exports.read(fields={"customers": {"name": "Name"}}).ids == ["1"]


# -- cursor ------------------------------------------------------------------------------------------------------------

CHANGED = "id,name,changed\n1,Ann,01.05.2024 10:00\n2,Bob,01.05.2024 12:00\n3,Eve,\n"
BY_STAMP = {"cursor": "changed", "date_format": "%d.%m.%Y %H:%M", "timezone": "Europe/Berlin"}


@pytest.mark.parametrize("columnar", [False, True])
def test_the_cursor_is_the_highest_stamp_and_bounds_files_read_before(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, columnar: bool
) -> None:
    monkeypatch.setattr(formats, "ARROW_FROM_BYTES", 0 if columnar else 1 << 30)
    exports.write("customers.csv", CHANGED)
    run = exports.read(BY_STAMP)
    noon = datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert (run.ids, run.pages[-1].cursor) == (["1", "2", "3"], noon)
    exports.write("customers.csv", CHANGED + "4,Kim,02.05.2024 09:00\n")
    again = exports.read(BY_STAMP, state=run.state, since=noon)
    assert again.ids == ["2", "3", "4"], "inclusive, and a row without a stamp always comes"


def test_a_new_file_with_old_rows_is_read_whole(exports: Exports) -> None:
    stream = {**BY_STAMP, "files": "c*.csv"}
    exports.write("c1.csv", CHANGED)
    state = exports.read(stream).state
    exports.write("c2.csv", CHANGED.replace("\n1,", "\n11,"))
    assert exports.read(stream, state=state, since=datetime(2024, 5, 2, tzinfo=UTC)).ids == ["11", "2", "3"]


# -- shape -------------------------------------------------------------------------------------------------------------


def test_a_wide_table_becomes_long(exports: Exports) -> None:
    exports.write("customers.csv", "id,USD,GBP,\n1,1.1,N/A,\n2,1.2,0.8,\n")
    wide = {"keep": "id", "name": "currency", "value": "rate", "skip": ["", "N/A"]}
    run = exports.read({"unpivot": wide})
    assert run.rows == [
        {"id": "1", "currency": "USD", "rate": "1.1"},
        {"id": "2", "currency": "USD", "rate": "1.2"},
        {"id": "2", "currency": "GBP", "rate": "0.8"},
    ]
    assert [run.pages[0].first_row + run.pages[0].number(position) for position in range(3)] == [2, 3, 3]


@pytest.mark.parametrize("columnar", [False, True])
def test_rows_that_share_a_key_are_numbered(exports: Exports, monkeypatch: pytest.MonkeyPatch, columnar: bool) -> None:
    monkeypatch.setattr(formats, "ARROW_FROM_BYTES", 0 if columnar else 1 << 30)
    exports.write("customers.csv", "id,name\n1,a\n2,b\n1,a\n1,c\n")
    rows = exports.read({"occurrence": {"name": "n", "within": "id"}}).rows
    assert [(row["id"], row["n"]) for row in rows] == [("1", "1"), ("2", "1"), ("1", "2"), ("1", "3")]
    rows = exports.read({"occurrence": {"name": "n"}}).rows
    assert [row["n"] for row in rows] == ["1", "2", "3", "4"]


# -- memory ------------------------------------------------------------------------------------------------------------


def test_a_line_without_end_is_refused_in_bounded_memory(exports: Exports) -> None:
    path = exports.folder / "customers.csv"
    with path.open("wb") as file:
        file.write(b"id,name\n1,Ann\n")
        file.truncate(300 << 20)  # a hole: no disk is needed
    import tracemalloc

    tracemalloc.start()
    try:
        run = exports.read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert run.ids == ["1"]
    assert [(line, reason) for _, line, reason in run.bad] == [(3, "line 3 is longer than 16384 KiB")]
    assert peak < 120 << 20
