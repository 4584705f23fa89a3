"""What a report says in short: how numbers moved, what to do, and the commands that take its figures apart."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from functools import cache
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, engine
from support.everything import content_of, everything

from metrics.explain import explain
from metrics.explain.run import request_for
from metrics.filters import Filters
from metrics.report import facts, html, labels, plain
from metrics.report.content import Content
from metrics.report.findings import ACT, Finding, findings
from metrics.report.headlines import figures, in_short
from metrics.report.overlap import shared_orders
from metrics.report.sections import sections
from metrics.report.spans import before, change, spans
from metrics.sources import Source
from metrics.workbench import Workbench


@cache
def whole() -> Content:
    return content_of(everything())


def report(**more: Any) -> Content:
    return replace(whole(), **more)


def found(content: Content) -> dict[str, Finding]:
    """Findings by their titles."""
    return {finding.title: finding for finding in findings(content)}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), (date(2024, 1, 1), date(2024, 12, 31))),
        (date(2025, 3, 1), date(2025, 3, 31), (date(2025, 2, 1), date(2025, 2, 28))),
        (date(2025, 3, 10), date(2025, 3, 16), (date(2025, 3, 3), date(2025, 3, 9))),
    ],
)
def test_the_period_before_has_the_same_length(start: date, end: date, expected: tuple[date, date]) -> None:
    assert before(start, end) == expected


def monthly(**totals: int) -> Content:
    """A report about one order a month: `y2024m1=100`."""
    orders = [
        {"source_id": name, "customer_source_id": "C", "total": D(total), "currency": "EUR",
         "ordered_at": datetime(int(name[1:5]), int(name[6:]), 3)}
        for name, total in totals.items()
    ]  # fmt: skip
    return content_of(engine(orders=orders))


def test_without_a_period_the_last_months_are_compared_with_as_many_before() -> None:
    content = monthly(y2024m1=100, y2024m2=100, y2024m3=150, y2024m4=150)
    compared = spans(content)
    assert compared and compared.words == "Mar to Apr 2024 against Jan to Feb 2024"
    moved = change(content, "Revenue")
    assert moved and (moved.words, moved.is_better) == ("+50.0 %", True)
    assert in_short(content)[0].startswith("Revenue grew to 300.00 EUR from 200.00 EUR (+50.0 %)")


def test_a_single_month_is_compared_with_nothing() -> None:
    content = monthly(y2024m1=100)
    assert spans(content) is None
    assert all(figure.change is None for figure in figures(content))


def test_the_month_that_has_not_ended_is_not_compared() -> None:
    content = monthly(y2024m10=100, y2024m11=80, y2025m1=5)
    compared = spans(content)
    assert compared and compared.now[1] == date(2024, 11, 30)


def test_fewer_returns_are_better_and_nothing_is_neither() -> None:
    shares = {figure.title: figure.change for figure in figures(report())}
    assert shares["Return rate"] is not None
    assert shares["Return rate"].is_better is (shares["Return rate"].now < shares["Return rate"].past)
    same = change(monthly(y2024m1=100, y2024m2=100), "Revenue")
    assert same and (same.words, same.is_better) == ("0.0 %", None)


def test_what_is_pressing_stands_first() -> None:
    levels = [finding.level for finding in findings(report())]
    assert levels == sorted(levels)  # `Act now` before `Look into`
    late = next(finding for finding in findings(report()) if finding.title.endswith("overdue"))
    assert late.level == ACT
    assert "promised and not shipped" in late.detail


def test_systems_that_fail_or_sleep_are_told_first() -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    fresh, old = now - timedelta(hours=1), now - timedelta(days=3)
    content = report(
        sources=[
            Source("erp", "orders", fresh, 1, 1, 0, "failed", "no answer"),
            Source("crm", "leads", old, 1, 1, 0, "ok", ""),
            Source("shop", "orders", fresh, 1, 1, 0, "ok", ""),
        ]
    )  # fmt: skip
    told = found(content)
    assert told["1 system could not be read"].command == "hub check erp"
    assert told["1 system not read for two days"].detail == "crm."
    assert {row[0]: row[4] for row in facts.systems_table(content).rows} == {
        "erp": "failed", "crm": "complete", "shop": "complete",
    }  # fmt: skip


def test_all_is_well_where_nothing_is_held() -> None:
    content = content_of(engine())
    assert findings(content) == []
    assert "Nothing asks for attention." in html.render(content)
    assert "Nothing can be shown yet" in html.render(content)
    assert "What to do" not in "\n".join(plain.summary(content))


def test_orders_that_two_systems_hold_are_told() -> None:
    orders = [
        {"source": source, "source_id": f"{source}{n}", "number": f"#10{n}", "customer_source_id": "K",
         "total": D(100), "currency": "EUR", "ordered_at": datetime(2024, 3, 1 + n)}
        for source in ("erp", "shop") for n in range(4)
    ]  # fmt: skip
    links = [{"source": source, "source_id": "K", "golden_id": "C1"} for source in ("erp", "shop")]
    over = engine(orders=orders, customer_identities=links)
    shared = shared_orders(Workbench(over, CATALOGUE, [], DEFAULTS), CATALOGUE.request("revenue"))
    assert [(each.sources, each.orders, each.again) for each in shared] == [(("erp", "shop"), 4, D(400))]
    assert shared[0].examples[0] == ("100", (("erp", "erp0", D(100)), ("shop", "shop0", D(100))))
    told = found(content_of(over, shared=shared))["4 orders held by more than one system"]
    assert "400.00 EUR of revenue may be counted again" in told.detail
    assert told.command == "hub reconcile revenue --between erp shop"


def test_filters_stand_in_the_head_and_in_every_command() -> None:
    content = report(only=Filters(("shop",), (), ("DE",)))
    assert "only source shop; country DE" in facts.about(content)
    assert "only source shop; country DE" in html.render(content)
    assert all(s.explain.endswith("--source shop --country DE") for s in sections(content) if s.explain)


def test_every_command_of_the_report_explains_a_number() -> None:
    content = report()
    commands = [section.explain for section in sections(content)]
    assert all(commands)
    for command in commands:
        words = shlex.split(command)
        assert words[:2] == ["hub", "explain"]
        options = words.index("--by") if "--by" in words else words.index("--set") if "--set" in words else len(words)
        name, keys, rest = words[2], words[3:options], words[options:]
        by = [value for option, value in zip(rest[::2], rest[1::2], strict=True) if option == "--by"]
        given = dict(v.split("=", 1) for o, v in zip(rest[::2], rest[1::2], strict=True) if o == "--set")
        request = request_for(CATALOGUE, name, keys, {"by": by, "given": given, "defaults": DEFAULTS})
        assert explain(everything(), request, keys).value is not None, command


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (D("24069795.97"), "money", "24.1 M"), (D("999999"), "money", "1.00 M"), (D("152345"), "money", "152 k"),
        (D("6477.34"), "money", "6,477"), (D("12.5"), "money", "12.50"), (D("-1234567"), "money", "-1.23 M"),
        (3716, "orders", "3,716"), (D("0.5"), "turns", "0.5"), (None, "money", "-"),
    ],
)  # fmt: skip
def test_long_figures_are_short_and_short_ones_whole(value: Any, unit: str, shown: str) -> None:
    assert labels.short(value, unit) == shown


def test_lists_and_counts_in_words() -> None:
    assert labels.listed(["a"]) == "a"
    assert labels.listed(["a", "b"]) == "a and b"
    assert labels.listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 others"
    assert labels.plural(1, "case") == "1 case"
    assert labels.plural(2, "opportunity", "opportunities") == "2 opportunities"
    assert labels.country("DE") == "Germany"
    assert labels.country("??") == "??"


def test_a_currency_without_a_rate_is_told_with_what_it_costs_and_where_rates_come_from() -> None:
    orders = [
        {"source_id": f"{number}", "customer_source_id": "C", "total": D(100), "currency": currency,
         "ordered_at": datetime(2024, 3, number + 1)}
        for number, currency in enumerate(("EUR", "USD", "CHF", "USD"))
    ]  # fmt: skip
    told = found(content_of(engine(orders=orders)))["No exchange rate for CHF and USD"]
    assert (told.level, told.detail) == (ACT, "What is in these currencies is in no number: 3 orders.")
    assert "config/examples/ecb_fx" in told.action
    assert not [title for title in found(whole()) if "exchange rate" in title]


def test_records_that_were_never_compared_matter_where_two_systems_are() -> None:
    one = Source("shop", "orders", datetime(2025, 1, 1, tzinfo=UTC), 5, 5, 0, "ok", "")
    assert not [title for title in found(report(sources=[one])) if "compared" in title]
    (told,) = (
        each for title, each in found(report(sources=[one, replace(one, source="erp")])).items() if "compared" in title
    )
    assert told.command == "hub match run"
