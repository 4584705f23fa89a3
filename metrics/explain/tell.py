"""An explanation for people, for programs and for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from hub.sdk.metric import MONEY, Output
from metrics import text
from metrics.explain.explanation import Explanation
from metrics.explain.records import Record
from metrics.result import plain_text

Link = Callable[[str, str, str], str | None]
_RATES_SHOWN = 12
_MERGED_SHOWN = 12


def lines(found: Explanation, page: Sequence[Record], link: Link, *, left_out: bool = False) -> list[str]:
    """Everything behind a number, as text."""
    metric = found.metric
    output = metric.output(metric.value)
    title = f"{metric.title} ({metric.id}){_group(found)}"
    return [
        title,
        f"{_figure(found.value, output)} {found.unit(output)}: {output.title}",
        "",
        f"Formula: {metric.formula}",
        "Inputs",
        *text.bullets(f"{name} = {_shown(value)}" for name, value in found.inputs.items()),
        *text.bullets(f"{name} = {_shown(value)}  (parameter)" for name, value in found.request.parameters.items()),
        "Figures",
        *text.bullets(f"{o.name} = {_shown(figure)} {found.unit(o)}: {o.title}" for o, figure in found.outputs),
        *notes(found),
        "",
        *_records(found, page, link, left_out=left_out),
    ]


def document(
    found: Explanation, page: Iterable[Record], link: Link, *, left_out: bool = False, offset: int = 0
) -> dict[str, Any]:
    """For JSON, with one page of records."""
    return {
        **found.document(),
        "records": {
            "total": found.records.total(left_out=left_out),
            "left_out": left_out,
            "offset": offset,
            "rows": [record_document(record, link) for record in page],
        },
    }


def link_of(record: Record, link: Link) -> str | None:
    """The address of a record in its system, else that of the record whose page shows it."""
    own = link(record.source, record.entity, record.source_id)
    return own if own or record.parent is None else link(record.source, *record.parent)


def record_document(record: Record, link: Link) -> dict[str, Any]:
    """One record; amounts are exact, as text."""
    return {
        "kind": record.kind,
        "entity": record.entity,
        "source": record.source,
        "source_id": record.source_id,
        "number": record.number,
        "day": plain_text(record.day),
        "values": {name: plain_text(value) for name, value in record.values.items()},
        "own_amounts": {name: plain_text(value) for name, value in record.own.items() if value is not None},
        "currency": record.currency,
        "rate": record.rate,
        "left_out": record.left_out,
        "assumed": record.assumed,
        "link": link_of(record, link),
    }


def csv_lines(found: Explanation, link: Link, *, left_out: bool = False) -> Iterator[str]:
    """All records, a line each, with a header."""
    names, amounts = found.records.figures, found.records.amounts
    yield _csv(
        ["kind", "entity", "source", "source_id", "number", "day", *names, *(f"own_{name}" for name in amounts),
         "currency", "rate", "left_out", "assumed", "link"]
    )  # fmt: skip
    for page in found.records.pages(left_out=left_out):
        for record in page:
            yield _csv(
                [record.kind, record.entity, record.source, record.source_id, record.number, record.day,
                 *(record.values[name] for name in names), *(record.own.get(name) for name in amounts),
                 record.currency, record.rate, record.left_out, record.assumed,
                 link_of(record, link)]
            )  # fmt: skip


def _csv(cells: Sequence[Any]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerow([text.csv_cell(cell) for cell in cells])
    return target.getvalue()


def notes(found: Explanation) -> list[str]:
    """What one must know beside the figures: period, rule, rates, what was left out, who is one and the same."""
    return [*filters(found), *rates(found), *coverage(found), *_merged(found)]


def _group(found: Explanation) -> str:
    if not found.group:
        return ""
    parts = [text.printable(text.period(value, name)) for name, value in found.group.items()]
    return f", {', '.join(found.request.by)}: {' · '.join(parts)}"


def filters(found: Explanation) -> list[str]:
    request = found.request
    start, end = request.start or "the beginning", request.end or "now"
    about = [f"Period: {start} to {end}, days in {found.time_zone}; as of {found.as_of}. Amounts in {found.currency}."]
    if request.only:
        about.append(f"Only {text.printable(request.only.words(), 200)}.")
    if found.metric.kinds:
        about.append(f"Records: {', '.join(found.metric.kinds)}.")
    return [*about, f"Rule: {found.metric.exclusions}"]


def rates(found: Explanation) -> list[str]:
    if not found.rates:
        return []
    told = [
        f"1 {rate.currency} = {rate.rate:f} {found.currency}{_days(rate.first, rate.last)}: {rate.records:,} records"
        for rate in found.rates[:_RATES_SHOWN]
    ]
    more = [f"... and {len(found.rates) - len(told):,} more, all with --json"] if len(found.rates) > len(told) else []
    return ["Rates, of the day of the record or the last one before", *text.bullets(told + more)]


def _days(first: Any, last: Any) -> str:
    if first is None:
        return ""
    return f" on {first}" if first == last else f", {first} to {last}"


def coverage(found: Explanation) -> list[str]:
    counted = ", ".join(f"{rows:,} {kind}" for kind, rows in sorted(found.counted.items()))
    told = [f"Counted: {counted or 'nothing'}."]
    told += [f"Left out: {aside}." for aside in found.asides if not aside.counted]
    return told + [f"Note: {aside}." for aside in found.asides if aside.counted]


def _merged(found: Explanation) -> list[str]:
    if not found.merged:
        return []
    told = [text.printable(str(entry), 200) for entry in found.merged[:_MERGED_SHOWN]]
    more = [f"... and {len(found.merged) - len(told):,} more"] if len(found.merged) > len(told) else []
    return ["One and the same in several systems", *text.bullets(told + more)]


def _records(found: Explanation, page: Sequence[Record], link: Link, *, left_out: bool) -> list[str]:
    total = found.records.total(left_out=left_out)
    what = "left out" if left_out else "that count"
    if not page:
        return [
            f"No records {what}." if not total else f"There are {total:,} records {what}; this page is behind them."
        ]
    heads, rows, right = table(found, page, link)
    return [f"{len(page):,} of {total:,} records {what}, the largest first", *text.aligned([heads, *rows], right)]


def table(found: Explanation, page: Sequence[Record], link: Link) -> tuple[list[str], list[list[str]], list[bool]]:
    """Records as heads, rows of texts, and which columns are figures; empty columns are not there."""
    names = [name for name in found.records.figures if any(record.values[name] is not None for record in page)]
    columns: list[tuple[str, bool, Callable[[Record], Any]]] = [
        ("RECORD", False, lambda r: f"{r.source}/{r.entity}/{r.source_id}"),
        ("KIND", False, lambda r: r.kind),
        ("NUMBER", False, lambda r: None if r.number == r.source_id else r.number),
        ("DAY", False, lambda r: r.day),
        *((name.upper(), True, lambda r, name=name: r.values[name]) for name in names),
        ("AT RATE", False, lambda r: f"{r.rate} {r.currency}" if r.currency else None),
        ("WHY", False, lambda r: r.left_out or r.assumed),
        ("LINK", False, lambda r: link_of(r, link)),
    ]
    filled = [(head, right, [get(record) for record in page]) for head, right, get in columns]
    kept = [entry for entry in filled if any(cell is not None for cell in entry[2])]
    cells = [[_cell(values[place]) for _, _, values in kept] for place in range(len(page))]
    return [head for head, _, _ in kept], cells, [right for _, right, _ in kept]


def _cell(value: Any) -> str:
    return "" if value is None else text.printable(f"{plain_text(value)}", 160)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return text.NOTHING if value is None else str(plain_text(value))


def _figure(value: Any, output: Output) -> str:
    return text.figure(value, output.unit, digits=2 if output.unit == MONEY else 4)
