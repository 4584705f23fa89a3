"""What must hold before a page is stored, and before a run may call itself complete."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RunIncomplete, SourceChanged
from hub.model.batch import Reject
from hub.store.base import Counts
from sync_jobs.ledger import Tally, require_balance, require_complete, require_plausible_deletes


class TestBalance:
    def test_every_record_is_accounted_for_once(self) -> None:
        require_balance({"orders": Counts(read=3, inserted=1, unchanged=1, quarantined=1)}, {"orders": 3})

    @pytest.mark.parametrize(
        "counts", [Counts(read=3, inserted=2), Counts(read=2, inserted=2), Counts(read=3, inserted=2, updated=2)]
    )
    def test_a_record_too_few_or_too_many_is_refused(self, counts: Counts) -> None:
        with pytest.raises(RunIncomplete, match="the ledger does not balance: orders: 3 records"):
            require_balance({"orders": counts}, {"orders": 3})


class TestRejects:
    def tally(self, read: int, quarantined: int) -> Tally:
        tally = Tally()
        tally.add("orders", Counts(read=read, quarantined=quarantined, inserted=read - quarantined))
        return tally

    def test_a_small_share_is_fine(self) -> None:
        self.tally(1000, 200).require_few_rejects(0.2, "erp/orders")

    def test_a_large_share_stops_the_run_and_shows_the_first(self) -> None:
        tally = self.tally(1000, 201)
        tally.first_reject = Reject("orders", 1, "O1", "total", "type", "is not a number", {})
        with pytest.raises(SourceChanged, match=r"201 of 1000 .* 20% allowed\. First: orders\.total: is not a number"):
            tally.require_few_rejects(0.2, "erp/orders")

    def test_a_handful_of_records_says_nothing_about_the_source(self) -> None:
        self.tally(49, 49).require_few_rejects(0.2, "erp/orders")


class TestComplete:
    def test_a_source_that_cannot_count_is_believed(self) -> None:
        require_complete(0, None, "erp/orders")

    @given(st.integers(0, 10**6), st.integers(0, 10**6))
    def test_fewer_rows_than_counted_are_a_failure_but_for_a_thousandth(self, rows: int, total: int) -> None:
        if rows >= total - total // 1000:
            require_complete(rows, total, "erp/orders")
        else:
            with pytest.raises(RunIncomplete, match="the cursor stays"):
                require_complete(rows, total, "erp/orders")


class TestDeletes:
    @pytest.mark.parametrize(
        ("missing", "held"), [(0, 0), (49, 60), (50, 100), (5, 5), (500, 1000)],
        ids=["none", "few", "just the share", "a tiny table emptied", "half of many"],
    )  # fmt: skip
    def test_plausible(self, missing: int, held: int) -> None:
        require_plausible_deletes("orders", missing, held, 0.5, where="erp/orders", command="hub sync")

    @pytest.mark.parametrize(("missing", "held"), [(51, 100), (10, 10), (1000, 1000)])
    def test_an_export_cut_short_looks_just_like_that(self, missing: int, held: int) -> None:
        with pytest.raises(RunIncomplete, match="--allow-deletes"):
            require_plausible_deletes("orders", missing, held, 0.5, where="erp/orders", command="hub sync")
