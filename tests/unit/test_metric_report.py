"""The report's forms: hostile names stay text, charts have round axes, figures read well."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import engine
from support.everything import content_of

from metrics import text
from metrics.report import charts, facts, html, plain
from metrics.report.content import Content, Waiting
from metrics.sources import Source

HOSTILE = '<script>alert("x")</script>'


def content(name: str = HOSTILE, **tables: Any) -> Content:
    """A report about a few orders of a customer with that name."""
    orders = [
        {"source_id": str(n), "source": name[:20], "customer_source_id": "C", "total": D(10 * n), "currency": "EUR",
         "ordered_at": datetime(2024, n, 1)}
        for n in range(1, 7)
    ]  # fmt: skip
    customers = [{"source_id": "C", "source": name[:20], "name": name, "country": "DE"}]
    hub = engine(orders=orders, customers=customers, **tables)
    found = content_of(hub, name)
    found.sources.append(Source(name[:20], "orders", None, 6, None, 1, "failed", name))
    found.waiting.append(Waiting(name[:20], "orders", "currency", name, 1))
    return found


def test_no_name_becomes_markup() -> None:
    page = html.render(content())
    assert page.count("<script>") == 1  # our own
    assert "&lt;script&gt;" in page


def test_control_characters_and_formulas_stay_harmless_in_text() -> None:
    assert text.printable("a\x1b[31mb\nc") == "a [31mb c"
    assert text.harmless("=1+1") == "'=1+1"
    assert text.harmless("@SUM(A1)") == "'@SUM(A1)"
    assert text.harmless("Miller") == "Miller"


def test_what_is_wrong_stands_at_the_top() -> None:
    told = facts.troubles(content("Acme"))
    assert told.startswith("1 source row is in quarantine, 1 stream could not be read completely, and some records")


def test_plain_text_has_the_same_headlines() -> None:
    lines = plain.summary(content("Acme"))
    assert lines[0] == "Acme, Jan 2024 to Jun 2024 · amounts in EUR, days in UTC"
    assert any(line.startswith("Revenue") and "210.00" in line for line in lines)
    assert "Revenue by month" in plain.render(content("Acme"))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 100, [0, 25, 50, 75, 100]),
        (0, 0, [0, 0.25]),
        (-30, 120, [-50, 0, 50, 100, 150]),
        (0, 7, [0, 2, 4, 6, 8]),
    ],
)
def test_axes_end_on_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    assert charts.axis(low, high) == ticks


def test_numbers_on_axes_are_short() -> None:
    assert [charts.short(value) for value in (0, 950, 1500, 2.5e6, 3e9)] == ["0", "950", "1.5k", "2.5M", "3bn"]


def test_figures_for_reading() -> None:
    assert text.figure(D("1234567.895"), "money") == "1,234,567.90"
    assert text.figure(D("0.125"), "turns") == "0.12"
    assert text.figure(3269, "orders") == "3,269"
    assert text.figure(None, "money") == "-"
    wanted = ((5, "month"), (4, "quarter"), (1, "year"), (5, "day"))
    assert [text.period(date(2024, month, 1), name) for month, name in wanted] == [
        "2024-05", "2024 Q2", "2024", "2024-05-01",
    ]  # fmt: skip
