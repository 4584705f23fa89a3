"""Every figure of an HTML report explained in its file: what `hub explain` says of it, bounded and harmless."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, compute, engine
from support.everything import content_of, everything
from test_metric_report import content as report_about

from hub.store import open_store
from metrics.engine import Engine
from metrics.explain import explain
from metrics.report import explained as explaining
from metrics.report import html
from metrics.report.cited import Cited, Summed, cites
from metrics.report.content import Content
from metrics.report.findings import findings
from metrics.report.headlines import figures, in_short, parts_in_short
from metrics.report.sections import sections
from metrics.report.spans import rows_of
from metrics.workbench import Workbench

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028"


class Pages:
    """Every record has a page, and one of them an address that would run."""

    def of(self, source: str, entity: str, source_id: str) -> str | None:
        return f"https://{source[:4]}.example/{entity}"


def with_explanations(hub: Engine, content: Content, folder: Path) -> Content:
    with open_store(f"sqlite:///{folder / 'hub.db'}") as store:
        store.prepare()
        bench = Workbench(hub, CATALOGUE, [], DEFAULTS)
        content.explained = explaining.explained(bench, store, content, Pages())  # type: ignore[arg-type]
    return content


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """A report about a company of which every kind of record is held."""
    return with_explanations(everything(), content_of(everything()), tmp_path_factory.mktemp("explained"))


def told(content: Content, source: Any) -> dict[str, Any]:
    assert content.explained
    place = content.explained.place(source)
    assert place is not None, source
    found: dict[str, Any] = content.explained.document["figures"][place]
    return found


def test_every_figure_of_every_table_is_explained(whole: Content) -> None:
    seen = 0
    for section in sections(whole):
        for cells, cited in zip(section.table.rows, section.table.cited, strict=True):
            for cell, is_figure, source in zip(cells, section.table.right, cited, strict=True):
                if is_figure and cell not in ("-", "", "0"):
                    seen += bool(told(whole, source))
    assert seen > 150


def test_an_explanation_in_the_file_is_that_of_the_command(whole: Content) -> None:
    """One figure of each question: inputs, figures, what counts, what does not, the rates, the largest records."""
    cited = {s.asked: s for section in sections(whole) for row in section.table.cited for s in row
             if isinstance(s, Cited)}  # fmt: skip
    assert len(cited) > 12
    for source in cited.values():
        entry = told(whole, source)
        words = re.findall(r"'[^']*'|\S+", entry["command"])
        keys = [word.strip("'") for word in words[3 : 3 + len(source.asked.by)]]
        request = CATALOGUE.request(
            source.asked.metric, by=source.asked.by, defaults=DEFAULTS, given=dict(source.asked.given)
        )
        found = explain(everything(), replace(request, by=source.asked.by), keys)
        assert dict(entry["inputs"]) == {
            k: None if v is None else f"{v}" for k, v in found.document()["inputs"].items()
        }
        assert entry["outputs"] == {k: None if v is None else f"{v}" for k, v in found.document()["figures"].items()}
        assert [aside["text"] for aside in entry["asides"]] == [str(aside) for aside in found.asides]
        assert entry["total"] == found.records.count
        assert len(entry["rates"]) == len(found.rates)
        sizes = [size(record[4][0]) for record in entry["records"] if entry["values"]]
        assert sizes == [size(r.values[entry["values"][0]]) for r in found.records.page(10) if entry["values"]]
        assert all(
            record[6].startswith("https://shop.example/") for record in entry["records"] if record[0].count("/") > 1
        )


def size(value: Any) -> Decimal:
    """How large a record is; nothing where its first value is no number."""
    try:
        return abs(Decimal(str(value)))
    except ArithmeticError:
        return Decimal(0)


def test_what_the_report_sums_itself_leads_to_the_rows(whole: Content) -> None:
    (segments,) = [section for section in sections(whole) if section.title == "Customer segments"]
    for name, count, source in ((row[0], row[1], cited[1]) for row, cited in
                                zip(segments.table.rows, segments.table.cited, strict=True)):  # fmt: skip
        entry = told(whole, source)
        assert isinstance(source, Summed)
        assert (entry["title"], f"{entry['count']:,}") == (f"Customers: {name}", count)
        assert all(place is not None for _, place, *_ in entry["rows"])


def test_every_finding_opens_what_it_counts(whole: Content) -> None:
    assert whole.explained
    found = findings(whole)
    assert len(found) > 4
    for finding in found:
        assert whole.explained.behind(finding) is not None, finding.title
    (overdue,) = [whole.explained.behind(finding) for finding in found if finding.about == "overdue"]
    entry = whole.explained.document["figures"][overdue]
    assert entry["count"] >= len(entry["rows"]) > 0
    assert all(whole.explained.document["figures"][place]["records"] for _, place, *_ in entry["rows"])
    assert entry["command"].startswith("hub metrics show order_backlog")


def test_a_change_opens_both_values_each_with_its_records(whole: Content) -> None:
    assert whole.explained
    for figure in figures(whole):
        place = whole.explained.moved(figure)
        assert (place is None) is (figure.change is None)
        if place is None or figure.change is None:
            continue
        entry = whole.explained.document["figures"][place]
        assert entry["value"] == figure.change.words
        (_, now, *_), (_, past, *_), (difference, none, *_) = entry["rows"]
        assert none is None and difference[0] == "Difference"
        told = [whole.explained.document["figures"][each] for each in (now, past)]
        assert all(each["records"] and "--from" in each["command"] for each in told)
        if figure.unit != "%":
            output = entry["rows"][0][2]
            assert [Decimal(each["outputs"][output]) for each in told] == [
                round(value, 6) for value in (figure.change.now, figure.change.past)
            ]


def test_the_first_sentences_lead_to_their_figures(whole: Content) -> None:
    assert whole.explained
    cited = [(words, source) for line in parts_in_short(whole) for words, source in line if source]
    assert cited and all(whole.explained.place(source) is not None for _, source in cited)
    assert in_short(whole) == ["".join(words for words, _ in line) for line in parts_in_short(whole)]


def test_references_that_lead_nowhere_show_some_of_their_records(tmp_path: Path) -> None:
    orders = [
        {"source_id": f"{n:02}", "customer_source_id": f"gone-{n}", "ordered_at": "2024-01-01"} for n in range(12)
    ]
    hub = engine(orders=[*orders, {"source_id": "99", "customer_source_id": "C"}], customers=[{"source_id": "C"}])
    found = replace(report_about("Acme"), results={"dangling": compute(hub, "dangling_references")})
    content = with_explanations(hub, found, tmp_path)
    (row,) = [row for row in rows_of(content, "dangling") if row["dangling"]]
    entry = told(content, cites(content, "dangling", row, ("dangling",))[0])
    assert (len(entry["records"]), entry["total"], entry["values"]) == (10, 12, ["leads_to"])
    assert (entry["records"][0][0], entry["records"][0][4]) == ("shop/orders/00", ["gone-0"])


def test_no_name_of_the_data_leaves_its_text(tmp_path: Path) -> None:
    page = html.render(with_explanations(_hub(HOSTILE), report_about(HOSTILE), tmp_path))
    (document,) = re.findall(r'<script type="application/json" id="explanations">(.*?)</script>', page, re.DOTALL)
    assert not set("<>&\u2028") & set(document)
    assert HOSTILE[:20] in json.dumps(json.loads(document))
    assert page.count("<script") == 2 and "<img" not in page
    assert HOSTILE[:9] in unescape(page)


@cache
def _hub(name: str) -> Engine:
    return engine(
        orders=[{"source_id": str(n), "source": name[:20], "customer_source_id": "C", "total": 10 * n,
                 "currency": "EUR", "ordered_at": f"2024-0{n}-01"} for n in range(1, 7)],
        customers=[{"source_id": "C", "source": name[:20], "name": name, "country": "DE"}],
    )  # fmt: skip


def test_a_file_that_is_full_says_so_and_keeps_the_values(
    whole: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "MOST_BYTES", 40_000)
    some = {name: whole.results[name] for name in ("customers", "lifetimes", "countries", "products", "stock", "cases")}
    found = with_explanations(everything(), replace(whole, explained=None, results=some), tmp_path).explained
    assert found
    first, last = found.document["figures"][0], [f for f in found.document["figures"] if "metric" in f][-1]
    assert first["records"] and "full" not in first
    assert last["full"] and not last["records"] and last["total"] and last["outputs"] and last["command"]


def test_a_report_without_explanations_has_plain_figures(whole: Content) -> None:
    page = html.render(replace(whole, explained=None))
    assert 'class="fig"' not in page
    assert "explanations" not in page
    assert html.render(whole).count('class="fig"') > 200
