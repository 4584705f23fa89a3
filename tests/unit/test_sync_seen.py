"""The keys a snapshot has shown: what is absent, what a crash leaves, and how little memory and disk it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import StoreError
from hub.model.batch import Batch, Mapped, Reject
from hub.model.catalog import Customer
from sync_jobs.seen import KeySum, LastSums, SeenKeys


def page(*ids: str, refused: tuple[str | None, ...] = ()) -> Mapped:
    rejects = [Reject("customers", 0, key, "name", "length", "too long", {}) for key in refused]
    return Mapped(len(ids), [Batch(Customer, {"source_id": list(ids)})], rejects)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "seen" / "erp-customers.jsonl"


def test_what_was_not_shown_is_absent(path: Path) -> None:
    seen = SeenKeys(path)
    seen.add(1, page("A", "B"))
    seen.add(2, page("C", "line\nbreak", "\ud800"))
    assert seen.absent("customers", ["A", "X", "C", "line\nbreak", "Y", "\ud800"]) == ["X", "Y"]
    assert seen.absent("orders", ["A"]) == ["A"]
    seen.close(forget=True)
    assert list(path.parent.iterdir()) == []


def test_what_was_refused_was_shown(path: Path) -> None:
    seen = SeenKeys(path)
    seen.add(1, page("A", refused=("B",)))
    assert seen.absent("customers", ["A", "B"]) == []
    assert seen.sum_of("customers").count == 1
    seen.close(forget=True)


def test_a_record_without_a_key_leaves_a_gap(path: Path) -> None:
    seen = SeenKeys(path)
    seen.add(1, page("A", refused=(None,)))
    assert seen.has_gap("customers")
    assert not seen.has_gap("orders")
    seen.close(forget=True)


def test_a_run_that_goes_on_finds_the_keys_of_the_pages_before(path: Path) -> None:
    seen = SeenKeys(path)
    seen.add(1, page("A", refused=(None,)))
    seen.add(2, page("B"))
    seen.close(forget=False)
    again = SeenKeys(path, resumed=True)
    assert again.covers(2)
    assert not again.covers(3)
    assert again.has_gap("customers")
    again.add(3, page("C"))
    assert again.absent("customers", ["A", "B", "C", "D"]) == ["D"]
    again.close(forget=True)


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_line_that_a_crash_cut_short_does_not_count(path: Path, cut: int) -> None:
    seen = SeenKeys(path)
    seen.add(1, page("A"))
    seen.add(2, page("B", "C", "D"))
    seen.close(forget=False)
    path.write_bytes(path.read_bytes()[:-cut])
    again = SeenKeys(path, resumed=True)
    assert again.covers(1)
    assert not again.covers(2)
    again.add(2, page("B"))
    assert again.absent("customers", ["A", "B", "C"]) == ["C"]
    again.close(forget=True)


def test_a_page_stored_twice_by_a_resumed_run_counts_once(path: Path) -> None:
    """The process died after the keys were written and before the page was committed: the page comes again."""
    seen = SeenKeys(path)
    seen.add(1, page("A"))
    seen.add(2, page("B"))
    seen.close(forget=False)
    again = SeenKeys(path, resumed=True)
    again.add(2, page("B"))
    assert again.absent("customers", ["A", "B", "C"]) == ["C"]
    again.close(forget=True)


def test_where_nothing_can_be_missing_no_file_is_written(path: Path) -> None:
    seen = SeenKeys(path, keep=False)
    seen.add(1, page("A", "B", "A"))
    assert seen.sum_of("customers").count == 2
    assert not path.exists()
    seen.close(forget=True)


def test_a_folder_that_cannot_be_written_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "seen").write_text("a file")
    with pytest.raises(StoreError, match="Free disk space or mend"):
        SeenKeys(tmp_path / "seen" / "x.jsonl")


@given(st.lists(st.text(), unique=True), st.randoms())
def test_sums_do_not_depend_on_order_or_pages(keys: list[str], dice: st.DataObject) -> None:
    first, second = KeySum(), KeySum()
    first.add(keys)
    shuffled = list(keys)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    half = len(keys) // 2
    second.add(shuffled[:half])
    second.add(shuffled[half:])
    assert first == second


def test_sums_tell_sets_apart() -> None:
    first, second = KeySum(), KeySum()
    first.add(["A", "B"])
    second.add(["A", "A"])
    assert first != second


def test_last_sums_are_a_cache(tmp_path: Path) -> None:
    last = LastSums(tmp_path / "erp-customers.sums")
    assert not last.same("customers", KeySum(1, 5))
    last.save({"customers": KeySum(1, 5)})
    assert last.same("customers", KeySum(1, 5))
    assert not last.same("customers", KeySum(1, 6))
    (tmp_path / "erp-customers.sums").write_text("garbage")
    assert not last.same("customers", KeySum(1, 5))
