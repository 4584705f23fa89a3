"""What the report's findings count: the rows of metrics, and the records, that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.report.cited import Cited, Held, Source, Summed, asked_of, cites
from metrics.report.classes import counted, largest
from metrics.report.content import Content
from metrics.report.examples import undecided, waiting_rows
from metrics.report.findings import Finding, findings, is_leaving, is_stale, lost, name_of, without_rate
from metrics.report.spans import largest_of, rows_of
from metrics.workbench import Workbench

if TYPE_CHECKING:
    from hub.store.base import Store

_SHOWN = 12
Lines = Sequence[tuple[tuple[str, ...], Source]]


@dataclass(frozen=True)
class _Case:
    """What there is to look into."""

    bench: Workbench
    store: Store
    content: Content
    finding: Finding

    def told(self, heads: Sequence[str], lines: Iterable[tuple[Sequence[str], Source]], formula: str) -> Summed | None:
        """The finding as a figure; None where there is nothing to show."""
        found = [(tuple(text.printable(cell, 120) for cell in cells), source) for cells, source in lines]
        if not found:
            return None
        return Summed(
            self.finding.title, "", f"{self.finding.detail} Counted: {formula}.", tuple(heads), tuple(found[:_SHOWN]),
            len(found), self.finding.command, "All of it",
        )  # fmt: skip

    def of_rows(
        self, question: str, rows: Iterable[Mapping[str, Any]], label: Callable[[Mapping[str, Any]], str],
        outputs: Sequence[str], *, head: str, formula: str,
    ) -> Summed | None:  # fmt: skip
        """Rows of a result by name, with some of its figures; the first figure is what each row leads to."""
        metric = self.content.results[question].metric
        shown = [metric.output(name) for name in outputs]
        lines = [
            ((label(row), *(text.figure(row[each.name], each.unit) for each in shown)),
             cites(self.content, question, row, (outputs[0],))[0])
            for row in rows
        ]  # fmt: skip
        titles = [
            f"{each.title}, {self.content.currency}" if each.unit == MONEY else each.title for each in shown
        ]  # fmt: skip
        return self.told((head, *titles), lines, formula)


def evidence_of(bench: Workbench, store: Store, content: Content) -> dict[str, Source]:
    """By what findings are about. What cannot be shown is not there."""
    found: dict[str, Source] = {}
    for finding in findings(content):
        make = _BY_WORD.get(finding.about)
        source = make(_Case(bench, store, content, finding)) if make else None
        if source is not None:
            found[finding.about] = source
    return found


def _overdue(case: _Case) -> Source:
    rows = [row for row in largest_of(case.content, "waiting_customers", "overdue") if row["overdue_orders"]]
    return case.of_rows(
        "waiting_customers", rows, lambda row: name_of(row, "customer"), ("overdue", "overdue_orders", "oldest"),
        head="Customer", formula="orders whose promised day has passed, and that have not left in full",
    )  # fmt: skip


def _out(case: _Case) -> Source:
    rows = sorted((row for row in rows_of(case.content, "outs") if row["out_now"]), key=lambda row: -row["days_out"])
    return case.of_rows(
        "outs", rows, lambda row: name_of(row, "product"), ("out_now", "levels", "days_out"),
        head="Product", formula="products of which a stock level that can be sold has nothing, or less",
    )  # fmt: skip


def _reorder(case: _Case) -> Source:
    rows = sorted((row for row in rows_of(case.content, "reorder") if row["suggested"]), key=lambda r: -r["suggested"])
    return case.of_rows(
        "reorder", rows, lambda row: name_of(row, "product"), ("suggested", "available", "incoming", "reorder_point"),
        head="Product", formula="products whose available and incoming units are below the reorder point",
    )  # fmt: skip


def _dead(case: _Case) -> Source:
    rows = sorted((row for row in rows_of(case.content, "aging") if row["dead_value"]), key=lambda r: -r["dead_value"])
    return case.of_rows(
        "aging", rows, lambda row: name_of(row, "category"), ("dead_value", "dead_units", "last_sale"),
        head="Category", formula="stock, at cost, of products that were not sold for 180 days",
    )  # fmt: skip


def _leaving(case: _Case) -> Source:
    rows = largest(is_leaving(case.content), _SHOWN)
    found = case.of_rows(
        "rfm", rows, lambda row: name_of(row, "customer"), ("revenue", "last_order", "segment"),
        head="Customer", formula="customers who spent much, and have not ordered for long",
    )  # fmt: skip
    return found and _of(found, counted(is_leaving(case.content))[0])


def _pipeline(case: _Case) -> Source:
    rows = [row for row in rows_of(case.content, "pipeline") if row["overdue"]]
    return case.of_rows(
        "pipeline", rows, lambda row: name_of(row, "stage"), ("overdue", "pipeline"),
        head="Stage", formula="open opportunities whose expected day has passed",
    )  # fmt: skip


def _cases(case: _Case) -> Source:
    rows = [row for row in rows_of(case.content, "cases") if row["open"]]
    return case.of_rows(
        "cases",
        rows,
        lambda row: name_of(row, "priority"),
        ("open", "cases"),
        head="Priority",
        formula="cases without an end",
    )


def _whole(question: str, output: str) -> Callable[[_Case], Source]:
    """The figure itself."""

    def make(case: _Case) -> Source:
        return Cited(asked_of(case.content, question, ()), (), output)

    return make


def _systems(*, failed: bool) -> Callable[[_Case], Source]:
    def make(case: _Case) -> Source:
        lines: Lines = [
            ((f"{each.source} / {each.stream}", f"{each.fresh_at:%Y-%m-%d %H:%M}" if each.fresh_at else "never",
              each.last_status, each.error or ""), None)
            for each in case.content.sources if is_stale(case.content, each, failed=failed)
        ]  # fmt: skip
        return case.told(
            ("Stream", "Read on (UTC)", "Last run", "What happened"), lines,
            "streams whose last run did not end well" if failed else "streams that were last read two days ago or more",
        )  # fmt: skip

    return make


def _shared(case: _Case) -> Source:
    lines: list[tuple[Sequence[str], Source]] = [
        ((number, f"{source} / {source_id}", text.figure(sold, MONEY)), Held(source, "orders", source_id))
        for each in case.content.shared for number, members in each.examples for source, source_id, sold in members
    ]  # fmt: skip
    found = case.told(
        ("Number", "Order", case.content.currency), lines,
        "orders that two systems hold under one number, for one customer, in one month; the largest first",
    )  # fmt: skip
    return found and _of(found, sum(each.orders * len(each.sources) for each in case.content.shared))


def _quarantine(case: _Case) -> Source:
    lines: Lines = [
        ((f"{each.source} / {each.stream}", each.source_id or f"{each.origin}:{each.row_number}", each.field,
          each.reason), Held(each.source, each.entity, each.source_id) if each.source_id else None)
        for each in waiting_rows(case.store, _SHOWN)
    ]  # fmt: skip
    found = case.told(("Stream", "Row", "Field", "Reason"), lines, "rows that broke a rule, and are in no number")
    return found and _of(found, sum(source.quarantined for source in case.content.sources))


def _undecided(case: _Case) -> Source:
    found = case.told(
        ("One", "Other", "What", "Likeness"), undecided(case.store, case.bench.engine.db, _SHOWN),
        "pairs of records that are alike, and of which nobody has said whether they are one",
    )  # fmt: skip
    return found and _of(found, case.content.undecided)


def _unresolved(case: _Case) -> Source:
    rows = [row for row in rows_of(case.content, "identities") if row["unresolved"]]
    return case.of_rows(
        "identities", rows, lambda row: row["entity"], ("unresolved", "records"),
        head="Records", formula="records that no resolution has seen yet",
    )  # fmt: skip


def _no_rate(case: _Case) -> Source:
    lines: Lines = [
        ((aside.detail, f"{aside.rows:,}", aside.kind, title), _within(case, name, output))
        for aside, name, title, output in without_rate(case.content)
    ]
    return case.told(
        ("Currency", "Records", "Kind", "Number that they are not in"), lines,
        "records in currencies without a rate into the reporting currency; each row leads to some of them",
    )  # fmt: skip


def _left_out(case: _Case) -> Source:
    lines: list[tuple[Sequence[str], Source]] = [
        ((str(aside), title), _within(case, name, output)) for aside, name, title, output in lost(case.content)
    ]
    rows = [row for row in rows_of(case.content, "dangling") if row["dangling"]]
    lines += [
        ((f"{row['dangling']:,} references lead nowhere: {row['entity']}.{row['field']}", "Dangling references"),
         cites(case.content, "dangling", row, ("dangling",))[0])
        for row in sorted(rows, key=lambda row: -row["dangling"])
    ]  # fmt: skip
    return case.told(("Records", "In this number"), lines, "what does not count for want of data")


def _within(case: _Case, question: str, output: str | None) -> Source:
    return Cited(asked_of(case.content, question, ()), (), output) if output else None


def _unmapped(case: _Case) -> Source:
    rows = sorted((row for row in rows_of(case.content, "unmapped") if row["fields"]), key=lambda row: -row["fields"])
    return case.of_rows(
        "unmapped", rows, lambda row: f"{row['source']} / {row['stream']}", ("fields", "names"),
        head="Stream", formula="fields of the source that carry data, and that no map looks at",
    )  # fmt: skip


def _of(found: Summed, count: int) -> Summed:
    """The same out of so many."""
    return replace(found, count=max(count, len(found.rows)))


_BY_WORD: Mapping[str, Callable[[_Case], Source]] = {
    "overdue": _overdue, "out": _out, "reorder": _reorder, "dead": _dead, "leaving": _leaving, "pipeline": _pipeline,
    "cases": _cases, "punctual": _whole("punctual", "otif"), "returned": _whole("return_rate", "return_rate"),
    "failed": _systems(failed=True), "stale": _systems(failed=False), "shared": _shared, "quarantine": _quarantine,
    "undecided": _undecided, "unresolved": _unresolved, "no_rate": _no_rate, "left_out": _left_out,
    "unmapped": _unmapped,
}  # fmt: skip
