"""The demo, the commands that read numbers, and the report: all on the made-up company."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal as D
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hub import cli
from metrics.demo.company import make_company
from metrics.demo.exports import write_exports
from metrics.demo.systems import SECRET
from metrics.demo.systems import SYSTEMS as SYSTEMS_OF_THE_DEMO


@dataclass
class Said:
    code: int
    out: str
    err: str


def hub(*arguments: str) -> Said:
    """One command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(list(arguments))
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "company"


@pytest.fixture(scope="module")
def first(folder: Path) -> Said:
    return hub("demo", "--folder", str(folder))


@pytest.fixture(scope="module")
def report(folder: Path, first: Said) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def on(folder: Path, first: Said) -> Iterator[list[str]]:
    """The options that point `hub` to the demo."""
    yield ["--config", str(folder / "config")]


def test_the_demo_tells_what_was_read_refused_and_the_first_numbers(first: Said, folder: Path) -> None:
    assert first.code == 0, first.err
    for told in ("$ hub --config", "web-shop/orders", "What to do", "orders overdue", "Absurdistan",
                 "is not an ISO 4217 code",
                 "has 4 fields, the header has 7", "Revenue", "Inventory turnover",
                 str(folder / "report.html")):  # fmt: skip
        assert told in first.out, told


def test_every_kind_of_mistake_is_in_quarantine_once(on: list[str]) -> None:
    entries = json.loads(hub(*on, "quarantine", "list", "--json").out)
    rules = {entry["rule"] for entry in (entries["entries"] if isinstance(entries, dict) else entries)}
    assert {"currency", "vocabulary", "format", "key", "type", "row"} <= rules


SYSTEMS = {system.kind for system in SYSTEMS_OF_THE_DEMO}
LINE = re.compile(r"^([\w-]+)/\w+ +(?:ok|partial) +([\d,]+) +([\d,]+) +([\d,]+) .* ([\d,]+) +[\d,]+ / ", re.MULTILINE)


def test_a_second_demo_changes_nothing_and_reads_no_file_again(first: Said, folder: Path) -> None:
    second = hub("demo", "--folder", str(folder))
    assert second.code == 0
    lines = LINE.findall(second.out)
    assert {source for source, *_ in lines} == SYSTEMS | {"erp", "web-shop", "bank"}
    assert {(new, changed, gone) for _, _, new, changed, gone in lines} == {("0", "0", "0")}
    assert {read for source, read, *_ in lines if source not in SYSTEMS} == {"0"}


def test_every_simulated_system_brings_customers_and_orders(first: Said, on: list[str]) -> None:
    assert first.code == 0
    streams = json.loads(hub(*on, "status", "--json").out)["streams"]
    for system in SYSTEMS:
        held = [stream["entities"] for stream in streams if stream["source"] == system]
        for entity in ("customers", "products", "orders", "order_lines"):
            assert sum(entities.get(entity, 0) for entities in held), (system, entity)


def test_no_secret_lies_in_the_settings(first: Said, folder: Path) -> None:
    for path in (folder / "config").rglob("*.yaml"):
        assert SECRET not in path.read_text(encoding="utf-8").replace("secrets/simulated", "")
    assert (folder / "secrets" / "simulated").stat().st_mode & 0o077 == 0


def test_the_company_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two = (write_exports(make_company(3), tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert make_company(3).erp_orders != make_company(4).erp_orders


def test_metrics_list_gives_the_meaning_of_each(on: list[str]) -> None:
    listed = json.loads(hub(*on, "metrics", "list", "--json").out)
    assert {"revenue", "customer_lifetime_value", "rfm", "stock_value", "inventory_turnover"} <= {
        m["id"] for m in listed
    }
    for metric in listed:
        assert all(metric[key] for key in ("id", "title", "unit", "grain", "formula", "source", "exclusions"))
        assert isinstance(metric["dimensions"], list)


def test_json_has_exact_decimals_as_text_and_names_its_sources(on: list[str]) -> None:
    document = json.loads(hub(*on, "metrics", "show", "revenue", "--by", "source", "--json").out)
    assert {row["source"] for row in document["rows"]} == SYSTEMS | {"erp", "web-shop"}
    assert all(isinstance(row["gross"], str) and D(row["gross"]) > 0 for row in document["rows"])
    assert (document["currency"], document["time_zone"]) == ("EUR", "Europe/Berlin")
    assert all(source["fresh_at"] for source in document["sources"])


def test_each_company_is_counted_once_over_all_systems(on: list[str]) -> None:
    """The simulators share one made-up company: its customers are called `Alder Pumps 1 GmbH` or so in each of them."""
    rows = json.loads(hub(*on, "metrics", "show", "revenue", "--by", "customer", "--json").out)["rows"]
    names = [re.sub(r" (GmbH|AB|SARL|Ltd|Inc\.|K\.K\.)$", "", row["customer"] or "") for row in rows]
    companies = [name for name in names if re.fullmatch(r"\w+ \w+ \d", name)]
    assert len(companies) > 40
    assert len(companies) == len(set(companies))
    stats = json.loads(hub(*on, "match", "stats", "--json").out)
    assert stats["customers"]["records"] > 2 * stats["customers"]["golden"]
    assert max(records for _, records in stats["products"]["largest"]) >= 7


def test_the_erp_and_the_shops_show_stock_and_cost_of_the_same_products(on: list[str], report: str) -> None:
    asked = [*on, "metrics", "show", "stock_and_cost", "--by", "product,source", "--json"]
    systems: dict[str, dict[str, dict[str, str]]] = {}
    for row in json.loads(hub(*asked).out)["rows"]:
        systems.setdefault(row["product_id"], {})[row["source"]] = row
    shared = [rows for rows in systems.values() if {"sap", "sap_b1", "oracle_scm", "shopify", "magento"} <= set(rows)]
    assert len(shared) > 40, "SKUs and GTINs lead to the same golden products"
    costs = [rows["sap"]["unit_cost"] for rows in shared]
    assert all(costs)
    listed = [rows for rows in shared if rows["shopify"]["units"] and rows["sap"]["units"]]
    assert listed
    assert all(rows["shopify"]["counted"] == "0" for rows in listed), "the ERP tells the stock of these warehouses"
    assert "Each warehouse counts once, as one system tells it: Berlin by sap/1010:101A" in report


def test_csv_has_a_header_and_no_formula(on: list[str]) -> None:
    said = hub(*on, "metrics", "show", "revenue", "--by", "customer", "--csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert sum(D(row["gross"]) for row in rows) > 0
    assert any(row["customer"].startswith("'=HYPERLINK") for row in rows)
    assert not any(row["customer"].startswith("=") for row in rows)


def test_a_period_and_a_parameter(on: list[str]) -> None:
    said = hub(*on, "metrics", "show", "customer_lifetime_value", "--from", "2025-01-01", "--to", "2025-12-31",
               "--set", "lifespan_years=5", "--json")  # fmt: skip
    (row,) = json.loads(said.out)["rows"]
    assert row["days"] == 365


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["show", "revenu"], 2, "Did you mean `revenue`?"),
        (["show", "revenue", "--by", "monht"], 2, "Did you mean `month`?"),
        (["show", "rfm", "--from", "2031-01-01"], 1, "no order that counts is held"),
        (["show", "customer_lifetime_value", "--set", "lifespan_years=long"], 2, "must be a decimal number"),
        (["show", "stock_value", "--set", "valuation"], 2, "has no value"),
    ],
)
def test_what_cannot_be_computed_is_told(on: list[str], arguments: list[str], code: int, told: str) -> None:
    said = hub(*on, "metrics", *arguments)
    assert (said.code, told in said.err) == (code, True), said.err
    assert said.out == ""


def test_all_metrics_at_once(on: list[str]) -> None:
    said = hub(*on, "metrics", "compute", "--json")
    assert said.code == 0
    undefined = {name for name, outcome in json.loads(said.out).items() if "undefined" in outcome}
    assert not undefined


class Links(HTMLParser):
    """Everything in a page that loads something, where a reader may go from it, and its open tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ways: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = [value or "" for name, value in attrs if name in ("src", "href", "action", "xlink:href")]
        if tag == "a":
            self.ways += found
        else:
            self.found += found


def test_the_report_is_one_file_that_loads_nothing(report: str) -> None:
    links = Links()
    links.feed(report)
    assert all(link.startswith("#") for link in links.found)
    assert all(way.startswith(("#", "http://127.0.0.1:")) for way in links.ways)  # into the systems of the records
    assert not links.tags & {"link", "img", "iframe", "object", "form", "base"}
    assert "url(" not in report
    assert "@import" not in report
    assert "default-src 'none'" in report


def test_the_report_names_sources_gaps_and_definitions(report: str) -> None:
    for told in ("erp / orders", "Read on", "Absurdistan", "its order is not held", "What each number means",
                 "average_order_value x orders_per_year x lifespan_used"):  # fmt: skip
        assert told in report, told
    assert report.count("<svg") >= 6
    assert 'role="img"' in report


def test_the_report_as_plain_text_and_as_json(on: list[str], tmp_path: Path) -> None:
    said = hub(*on, "report", "-o", str(tmp_path / "r.txt"), "--from", "2025-01-01", "--json")
    document = json.loads(said.out)
    assert document["path"].endswith("r.txt")
    assert {figure["title"] for figure in document["figures"]} >= {"Revenue", "Stock value"}
    assert "Revenue by month" in (tmp_path / "r.txt").read_text(encoding="utf-8")


def test_a_report_can_only_be_what_we_can_write(on: list[str], tmp_path: Path) -> None:
    said = hub(*on, "report", "-o", str(tmp_path / "r.docx"))
    assert (said.code, "a report can be html, xlsx, pdf, txt, not `docx`" in said.err) == (2, True)


def test_an_empty_hub_has_a_report_too(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hub.yaml").write_text("reporting_currency: EUR\n")
    said = hub("--config", str(tmp_path / "config"), "report", "-o", str(tmp_path / "empty.html"))
    assert said.code == 0, said.err
    assert "not defined" in said.out
    assert "Nothing can be shown yet" in (tmp_path / "empty.html").read_text(encoding="utf-8")
