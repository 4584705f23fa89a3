"""What was computed is kept exactly, and a restatement is told as a bridge whose parts add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from decimal import localcontext
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.canonical import CATALOGUE, DEFAULTS, engine
from support.everything import everything

from hub.errors import UsageError
from hub.sdk.metric import EXACT
from hub.store import open_store
from hub.store.base import Change, Store
from hub.store.snapshots import Snapshot, Snapshots
from metrics.base import Request
from metrics.engine import Engine
from metrics.report.content import QUESTIONS
from metrics.snapshots import history, keep, key_of, result_of, snapshot_of
from metrics.snapshots.basis import SUMS, keep_basis
from metrics.snapshots.bridge import Bridge, Contribution, Move, bridged
from metrics.snapshots.past import content_then
from metrics.snapshots.restated import known_then, restated, touched_since
from metrics.snapshots.told import Restated
from metrics.sources import Source

THEN = datetime(2024, 7, 1, tzinfo=UTC)
FIRST = date(2023, 1, 1)


def orders(**changes: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Five orders of 100 in dollars, one a month; `changes` replace, add (by a new name) or remove one (None)."""
    held: dict[str, Any] = {
        f"o{n}": {"customer_source_id": "A", "total": D(100), "currency": "USD", "ordered_at": datetime(2024, n, 1)}
        for n in range(1, 6)
    }
    for name, change in changes.items():
        held[name] = None if change is None else {**held.get(name, held["o1"]), **change}
    return [{**order, "source_id": name} for name, order in held.items() if order is not None]


def hub(rate: str = "1.25", links: tuple[str, ...] = (), **changes: Any) -> Engine:
    rates = [
        {"source_id": "1", "base_currency": "EUR", "currency": "USD", "rate": D(rate), "rate_on": date(2023, 1, 1)}
    ]
    linked = [{"source_id": name, "golden_id": "C1"} for name in links]
    customers = [{"source_id": name, "name": name} for name in "AB"]
    return engine(orders=orders(**changes), fx_rates=rates, customer_identities=linked, customers=customers)


@cache
def unchanged() -> Engine:
    """Made once, for those that only ask."""
    return hub()


def whole(metric: str = "revenue", **asked: Any) -> Request:
    return replace(CATALOGUE.request(metric, defaults=DEFAULTS, **asked), by=())


def moved(before: Engine, after: Engine, folder: Path, request: Request, *keys: str) -> Restated:
    """From what one state gives to what the other one gives."""
    snapshot = snapshot_of(before.compute(request), [], THEN)
    keep_basis(before, request, folder)
    return restated(after, request, snapshot, folder, keys)


def parts(found: Restated) -> dict[Move, tuple[int, D]]:
    assert found.bridge is not None
    return found.bridge.parts


def test_every_kind_of_restatement_has_its_part(tmp_path: Path) -> None:
    later = hub("1.28", o1={"total": D(50)}, o2=None, o3={"status": "cancelled"}, o9={"total": D(64)})
    found = moved(hub(), later, tmp_path, whole())
    assert parts(found) == {
        Move.LATE: (1, D(50)),
        Move.CHANGED: (2, D("39.0625") - 80 - 80),
        Move.DELETED: (1, D(-80)),
        Move.RATES: (2, 2 * (D("78.125") - 80)),
    }
    told = "\n".join(found.lines())
    assert "late records" in told
    assert ["now", "245.31"] in [line.split() for line in found.lines()]


def test_only_the_period_asked_for_is_compared(tmp_path: Path) -> None:
    request = whole(start=date(2024, 2, 1), end=date(2024, 3, 31))
    found = moved(hub(), hub(o1={"total": D(1)}, o2={"total": D(200)}), tmp_path, request)
    assert parts(found) == {Move.CHANGED: (1, D(80))}


def test_a_month_is_restated_by_itself(tmp_path: Path) -> None:
    request = CATALOGUE.request("revenue")
    found = moved(hub(), hub(o2={"total": D(200)}, o3=None), tmp_path, request, "2024-02")
    assert parts(found) == {Move.CHANGED: (1, D(80))}
    with pytest.raises(UsageError):
        moved(hub(), hub(), tmp_path, request, "2021-01")


def test_merged_customers_move_their_orders(tmp_path: Path) -> None:
    two = {"o5": {"customer_source_id": "B"}}
    request = CATALOGUE.request("revenue", by=["customer"])
    found = moved(hub(links=("A",), **two), hub(links=("A", "B"), **two), tmp_path, request, "C1")
    assert parts(found) == {Move.MERGED: (1, D(80))}


def test_without_the_records_of_then_nothing_is_guessed(tmp_path: Path) -> None:
    request = whole()
    found = restated(hub(o2=None), request, snapshot_of(hub().compute(request), [], THEN), tmp_path)
    assert parts(found) == {Move.UNEXPLAINED: (0, D(-80))}
    assert not found.has_basis
    assert "but not explained" in "\n".join(found.lines())


def test_a_quotient_has_its_figures_of_then_and_now_instead_of_a_bridge(tmp_path: Path) -> None:
    request = whole("average_order_value")
    snapshot = snapshot_of(hub().compute(request), [], THEN)
    found = restated(hub(o2=None), request, snapshot, tmp_path, touched={"orders of erp": 1})
    assert found.bridge is None
    assert {output.name: (then, now) for output, then, now in found.figures}["orders"] == (5, 4)
    told = "\n".join(found.lines())
    assert "-1 order records that count: 5 then, 4 now." in told
    assert "Changed since: 1 orders of erp." in told
    assert found.document()["figures"]["revenue"] == {"then": "400.00", "now": "320.00"}


def test_what_was_changed_since_is_counted_once() -> None:
    pages = [Change(7, "orders", "erp", 1, ("1", "2")), Change(8, "orders", "erp", 2, ("2",))]
    assert touched_since(pages) == {"orders of erp": 2}
    assert touched_since([*pages, Change(9, "orders", "erp", 3, None)]) is None  # a page too large to be listed
    assert touched_since(None) is None


@pytest.mark.parametrize("metric", sorted(SUMS))
def test_every_sum_has_a_bridge_whose_records_add_up(metric: str, tmp_path: Path) -> None:
    """What is kept of the records is the headline, and between two states nothing stays unexplained."""
    before, after = everything(), everything(factor=D("1.5"))
    request = whole(metric)
    value = before.compute(request).value
    path = keep_basis(before, request, tmp_path)
    rows = before.db.execute(f"SELECT value FROM read_parquet('{path}')").fetchall()
    with localcontext(EXACT):
        assert value and abs(sum((D(v) for (v,) in rows), D(0)) - value) <= D("0.000001")
    found = restated(after, request, snapshot_of(before.compute(request), [], THEN), tmp_path)
    assert found.bridge is not None and found.has_basis
    assert Move.UNEXPLAINED not in found.bridge.parts


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_kept_result_is_the_result(question: Any) -> None:
    request = CATALOGUE.request(question.metric, by=question.by, defaults=DEFAULTS, given=question.given)
    (result,) = unchanged().compute_all([request])
    if isinstance(result, Exception):
        return
    again = result_of(snapshot_of(result, [], THEN), request)
    assert again.rows == result.rows
    assert again.document() == result.document()


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with open_store(f"sqlite:///{tmp_path / 'hub.db'}") as opened:
        opened.prepare()
        yield opened


def kept(store: Store, found: Engine) -> None:
    source = Source("shop", "orders", THEN, 5, None, 0, "ok", "")
    requests = [CATALOGUE.request(q.metric, by=q.by, defaults=DEFAULTS, given=q.given) for q in QUESTIONS]
    keep(store, [r for r in found.compute_all(requests) if not isinstance(r, Exception)], [source])


def test_the_report_of_then_can_be_printed_again(store: Store) -> None:
    kept(store, hub())
    moment = datetime.now(UTC)
    kept(store, hub(o2=None))
    told = {"period": (None, None), "defaults": DEFAULTS, "zone": "UTC"}
    content = content_then(store, CATALOGUE, "Acme", QUESTIONS, moment, **told)
    assert sum(content.results["months"].values("gross")) == D(400)
    assert [source.stream for source in content.sources] == ["orders"]
    assert "stock" in content.refused
    now = content_then(store, CATALOGUE, "Acme", QUESTIONS, datetime.now(UTC), **told)
    assert sum(now.results["months"].values("gross")) == D(320)
    with pytest.raises(UsageError):
        content_then(store, CATALOGUE, "Acme", QUESTIONS, THEN, **told)


def test_history_tells_each_change_once(store: Store) -> None:
    request = CATALOGUE.request("revenue")
    for found in (hub(), hub(), hub(o2=None)):
        keep(store, [found.compute(request)], [])
    listed = Snapshots(store).listed("revenue", key_of(request))
    assert [snapshot.value for snapshot in listed] == ["320.00", "400.00"]
    lines = history.lines(request, listed, "EUR")
    assert lines[1].split()[3:5] == ["320.00", "-80.00"]
    assert known_then(store, whole(), datetime.now(UTC)).value == "320.00"  # the sum of the months


AMOUNT = st.decimals(D("-999"), D("999"), places=2)
RECORD = st.builds(
    Contribution, value=AMOUNT, own=st.sampled_from(["1", "2"]), currency=st.sampled_from([None, "USD"]),
    inside=st.booleans(),
)  # fmt: skip
RECORDS = st.dictionaries(st.integers(0, 6), RECORD, max_size=6)


@given(AMOUNT, AMOUNT, RECORDS, RECORDS, st.dictionaries(st.integers(0, 6), st.booleans()))
def test_the_parts_of_a_bridge_add_up(then: D, now: D, before: Any, after: Any, held: Any) -> None:
    found: Bridge = bridged(then, now, before, after, held)
    with localcontext(EXACT):
        assert sum((amount for _, amount in found.parts.values()), D(0)) == found.difference == now - then


def test_a_snapshot_is_plain_data() -> None:
    assert isinstance(snapshot_of(hub().compute(CATALOGUE.request("revenue")), []), Snapshot)
