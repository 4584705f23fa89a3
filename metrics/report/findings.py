"""What somebody should do something about, out of the numbers: what, how much, and what to do next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from metrics import text
from metrics.report import labels
from metrics.report.asking import limits
from metrics.report.classes import Class, classes_of, counted, largest
from metrics.report.content import Content
from metrics.report.spans import largest_of, rows_of
from metrics.result import Aside
from metrics.sources import Source as Stream

ACT, WATCH = "Act now", "Look into"
_FILTERED = re.compile("hub (metrics show|explain) ")
"""Commands that take the report's period and filters."""
_STALE = timedelta(hours=48)
_ON_TIME = Decimal("0.9")
"""Below, deliveries are worth a look."""
_CAME_BACK = Decimal("0.05")
_AT_RISK = ("at risk", "cannot lose", "hibernating", "lost")


@dataclass(frozen=True)
class Finding:
    """One thing to act on. `area` is the chapter of the report that has more; `command` shows all of it; `about` is a
    word for what it counts, which `evidence` shows."""

    level: str
    area: str
    title: str
    detail: str
    action: str
    command: str = ""
    about: str = ""


def findings(content: Content) -> list[Finding]:
    """The most pressing first; none where all is well. A report of chosen metrics has those about its data only."""
    makers: tuple[Callable[[Content], Iterable[Finding]], ...] = (
        _sources, _late, _out_of_stock, _counted_twice, _to_order, _delivery, _returned, _drifting, _pipeline, _cases,
        _dead, _quarantine, _questions, _rates, _left_out, _unmapped,
    )  # fmt: skip
    only = " ".join(shlex.quote(word) for word in limits(content))
    found = [
        replace(finding, command=f"{finding.command} {only}".strip()) if _FILTERED.match(finding.command) else finding
        for make in makers
        for finding in make(content)
    ]
    return sorted(found, key=lambda finding: finding.level != ACT)


def _late(content: Content) -> Iterable[Finding]:
    rows = rows_of(content, "waiting")
    row: dict[str, Any] = rows[0] if rows else {"overdue_orders": 0}
    if row["overdue_orders"]:
        worst = largest_of(content, "waiting_customers", "overdue")
        names = [name_of(each, "customer") for each in worst if each["overdue"]][:3]
        yield Finding(
            ACT, "Delivery", f"{labels.plural(row['overdue_orders'], 'order')} overdue",
            f"{labels.money(row['overdue'], content.currency)} promised and not shipped; most of it for "
            f"{labels.listed(names)}.",
            "Ship them, or tell these customers a new date.", "hub metrics show order_backlog --by customer",
            about="overdue",
        )  # fmt: skip


def _out_of_stock(content: Content) -> Iterable[Finding]:
    out = [row for row in rows_of(content, "outs") if row["out_now"]]
    if out:
        wanted = {name_of(row, "product") for row in rows_of(content, "reorder") if row["suggested"]}
        names = sorted((name_of(row, "product") for row in out), key=lambda name: (name not in wanted, name))
        sold = len(wanted.intersection(names))
        yield Finding(
            ACT if sold else WATCH, "Stock", f"{labels.plural(len(out), 'product')} out of stock somewhere",
            f"{labels.listed(names)}." + (f" {sold:,} of them sell at present." if sold else ""),
            "Order again, or move stock between locations.", "hub metrics show stock_outs --by product",
            about="out",
        )  # fmt: skip


def _to_order(content: Content) -> Iterable[Finding]:
    below = [row for row in rows_of(content, "reorder") if row["suggested"]]
    if below:
        names = [name_of(row, "product") for row in sorted(below, key=lambda row: -row["suggested"])]
        yield Finding(
            WATCH, "Stock", f"{labels.plural(len(below), 'product')} below the reorder point",
            f"At the pace of the last 90 days, {labels.listed(names)} will not last until new stock comes.",
            "Place purchase orders; the table has the quantities.", "hub metrics show reorder_suggestions",
            about="reorder",
        )  # fmt: skip


def _dead(content: Content) -> Iterable[Finding]:
    rows = rows_of(content, "aging")
    dead, whole = (_sum(row[name] for row in rows) for name in ("dead_value", "stock_value"))
    if dead > 0:
        share = f", {labels.percent(dead / whole, 0)} of all stock" if whole > 0 else ""
        yield Finding(
            WATCH, "Stock", f"{labels.money(dead, content.currency)} of stock does not move",
            f"No sale for 180 days{share}, at cost.", "Clear it, or write it down.",
            "hub metrics show dead_stock --by product",
            about="dead",
        )  # fmt: skip


def _delivery(content: Content) -> Iterable[Finding]:
    for row in rows_of(content, "punctual"):
        if row["otif"] is not None and row["otif"] < _ON_TIME and row["due"]:
            yield Finding(
                WATCH, "Delivery", f"{labels.percent(1 - row['otif'], 0)} of due orders late or short",
                f"Of {row['due']:,} due, {row['late']:,} left late and {row['overdue']:,} not at all; "
                f"{labels.percent(row['in_full_share'], 0)} were complete.",
                "Look at carriers and products behind it.", "hub metrics show on_time_in_full --by carrier",
                about="punctual",
            )  # fmt: skip


def _returned(content: Content) -> Iterable[Finding]:
    for row in rows_of(content, "return_rate"):
        if row["return_rate"] is not None and row["return_rate"] > _CAME_BACK:
            reasons = sorted(rows_of(content, "return_reasons"), key=lambda each: -(each["refunds"] or 0))
            named = [each["reason"] for each in reasons if each["reason"]]
            yield Finding(
                WATCH, "After-sales", f"{labels.percent(row['return_rate'])} of revenue came back",
                f"{labels.money(row['given_back'], content.currency)}"
                + (f", most often for: {text.printable(str(named[0]), 40)}." if named else "."),
                "Start with the products that come back most.", "hub metrics show return_rate --by product",
                about="returned",
            )  # fmt: skip


def _drifting(content: Content) -> Iterable[Finding]:
    leaving = is_leaving(content)
    if leaving:
        customers, spent = counted(leaving)
        names = labels.listed([name_of(row, "customer") for row in largest(leaving)], total=customers)
        yield Finding(
            WATCH, "Customers", f"{labels.plural(customers, 'good customer')} stopped ordering",
            f"They brought {labels.money(spent, content.currency)}: {names}.",
            "Call them.", "hub metrics show rfm",
            about="leaving",
        )  # fmt: skip


def _pipeline(content: Content) -> Iterable[Finding]:
    late = sum(row["overdue"] or 0 for row in rows_of(content, "pipeline"))
    if late:
        yield Finding(
            WATCH, "Sales", f"{labels.plural(late, 'opportunity', 'opportunities')} past their date",
            "Open deals whose expected decision has passed: the pipeline looks larger than it is.",
            "Close them, or give them a new date.", "hub metrics show pipeline_value --by owner",
            about="pipeline",
        )  # fmt: skip


def _cases(content: Content) -> Iterable[Finding]:
    waiting = sum(row["open"] or 0 for row in rows_of(content, "cases"))
    if waiting:
        yield Finding(
            WATCH, "After-sales", f"{labels.plural(waiting, 'case')} not solved", "Customers wait for an answer.",
            "Begin with the highest priority.", "hub metrics show cases --by priority",
            about="cases",
        )  # fmt: skip


def _sources(content: Content) -> Iterable[Finding]:
    failed = {each.source for each in content.sources if is_stale(content, each, failed=True)}
    if failed:
        yield Finding(
            ACT, "Data", f"{labels.plural(len(failed), 'system')} could not be read",
            f"{labels.listed(sorted(failed))}: the numbers miss what happened there since.",
            "Check the connection.", f"hub check {sorted(failed)[0]}",
            about="failed",
        )  # fmt: skip
    stale = {each.source for each in content.sources if is_stale(content, each, failed=False)} - failed
    if stale:
        yield Finding(
            ACT, "Data", f"{labels.plural(len(stale), 'system')} not read for two days",
            f"{labels.listed(sorted(stale))}.", "Run a sync, or give it a schedule.", f"hub sync {sorted(stale)[0]}",
            about="stale",
        )  # fmt: skip


def _counted_twice(content: Content) -> Iterable[Finding]:
    if content.shared:
        again = sum((each.again for each in content.shared), Decimal(0))
        orders = sum(each.orders for each in content.shared)
        pair = content.shared[0].sources
        yield Finding(
            ACT, "Sales", f"{labels.plural(orders, 'order')} held by more than one system",
            f"Same number, customer and month: {labels.money(again, content.currency)} of revenue may be counted "
            f"again; most of it between {labels.listed(list(pair), 4)}.",
            "Say which system counts for them, or leave the copies out.",
            f"hub reconcile revenue --between {pair[0]} {pair[1]}",
            about="shared",
        )  # fmt: skip


def _quarantine(content: Content) -> Iterable[Finding]:
    waiting = sum(source.quarantined for source in content.sources)
    if waiting:
        systems = sorted({source.source for source in content.sources if source.quarantined})
        yield Finding(
            WATCH, "Data", f"{labels.plural(waiting, 'row')} held back",
            f"They broke a rule and are in no number: from {labels.listed(systems)}.",
            "Correct them at the source, then replay.", "hub quarantine list",
            about="quarantine",
        )  # fmt: skip


def _questions(content: Content) -> Iterable[Finding]:
    if content.undecided:
        pairs = labels.plural(content.undecided, "pair")
        yield Finding(
            WATCH, "Data", "Who is who is not settled", f"{pairs} of records may be one customer or product.",
            "Decide them: each counts as two until then.", "hub match list",
            about="undecided",
        )  # fmt: skip
    unresolved = sum(row["unresolved"] or 0 for row in rows_of(content, "identities"))
    if unresolved and len({source.source for source in content.sources}) > 1:  # a single system has one name for each
        yield Finding(
            WATCH, "Data", f"{labels.plural(unresolved, 'record')} not compared yet",
            "Whether they are customers or products that another system has, too, is not known.",
            "Compare them; what two systems share counts twice until then.", "hub match run",
            about="unresolved",
        )  # fmt: skip


def _rates(content: Content) -> Iterable[Finding]:
    orders: dict[str, int] = {}
    for aside in content.asides:
        if aside.code == "no_rate":
            orders[aside.detail] = max(orders.get(aside.detail, 0), aside.rows if aside.kind == "order" else 0)
    if orders:
        told = labels.plural(sum(orders.values()), "order")
        yield Finding(
            ACT, "Data", f"No exchange rate for {labels.listed(sorted(orders), 5)}",
            f"What is in these currencies is in no number: {told}." if sum(orders.values()) else
            "What is in these currencies is in no number.",
            "Read rates as `fx_rates`: config/examples/ecb_fx reads the European Central Bank's.",
            about="no_rate",
        )  # fmt: skip


def _left_out(content: Content) -> Iterable[Finding]:
    asides = list(dict.fromkeys(aside.text for aside, *_ in lost(content)))
    dangling = sum(row["dangling"] or 0 for row in rows_of(content, "dangling"))
    if asides or dangling:
        parts = [f"{labels.plural(len(asides), 'reason')} why records do not count ({labels.listed(asides, 2)})"]
        if dangling:
            parts.append(f"{labels.plural(dangling, 'reference')} to records that are not held")
        sentence = "; ".join(parts[0 if asides else 1 :])
        yield Finding(
            WATCH, "Data", "Some records are not in the numbers", f"{sentence[0].upper()}{sentence[1:]}.",
            "Complete the data at the source; the chapter Data lists all.",
            "hub metrics show dangling_references" if dangling else _explained_by(content), about="left_out",
        )  # fmt: skip


def _unmapped(content: Content) -> Iterable[Finding]:
    rows = sorted((row for row in rows_of(content, "unmapped") if row["fields"]), key=lambda row: -row["fields"])
    if rows:
        streams = [
            text.printable(f"{row['source']}/{row['stream']}" + (f" ({row['names']})" if row["names"] else ""), 90)
            for row in rows
        ]
        yield Finding(
            WATCH, "Data", f"{labels.plural(sum(row['fields'] for row in rows), 'field')} with data not taken",
            f"No map looks at them: {labels.listed(streams)}.",
            "Map those that matter, or take them into extras.", "hub metrics show unmapped_fields",
            about="unmapped",
        )  # fmt: skip


def _explained_by(content: Content) -> str:
    """The command that shows the records of the reason that most do not count for."""
    _, name, _, output = lost(content)[0]
    return f"hub explain {content.results[name].metric.id} --left-out" if output else ""


def is_leaving(content: Content) -> list[Class]:
    """Customers by their scores who spent much and have not ordered for long."""
    result = content.result("rfm")
    return [each for each in classes_of(result) if each.segment in _AT_RISK and each.m >= 4] if result else []


def is_stale(content: Content, stream: Stream, *, failed: bool) -> bool:
    """Whether a stream's last run failed, or whether it was not read for two days."""
    if failed:
        return stream.last_status not in ("ok", "partial", "running")
    return stream.fresh_at is None or content.made_at - stream.fresh_at > _STALE


def lost(content: Content) -> list[tuple[Aside, str, str, str | None]]:
    """What does not count for want of data, each reason once: with the name of a result that it is missing in, the
    title of its metric, and the figure there, where the whole of it can be had."""
    return [
        (aside, *_told_in(content, aside)) for aside in content.asides
        if not aside.by_rule and not aside.counted and aside.code != "no_rate"
    ]  # fmt: skip


def without_rate(content: Content) -> list[tuple[Aside, str, str, str | None]]:
    """The same for amounts in currencies without a rate."""
    return [(aside, *_told_in(content, aside)) for aside in content.asides if aside.code == "no_rate"]


def _told_in(content: Content, aside: Aside) -> tuple[str, str, str | None]:
    """The result that leaves out as many; rather one that has a whole."""
    found = [
        (bool(result.metric.always), name, result.metric)
        for name, result in content.results.items() if aside in result.asides
    ]  # fmt: skip
    no_whole, name, metric = min(found, key=lambda each: each[0])
    return name, metric.title, None if no_whole else metric.value


def _sum(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


def name_of(row: Mapping[str, Any], column: str) -> str:
    """What to call the record that a row is about."""
    spare = row.get("sku") or row.get(f"{column}_id") or "(none)"
    return text.printable(str(row.get(column) or spare), 40)
