"""The overview, the list of systems, and one system; with the buttons that act on them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form
from fastapi.responses import Response

from hub.console.visit import Here, Visit
from hub.console.words import LANGUAGES, N_, told
from hub.store.operations import Operations
from sync_jobs import console_acts
from sync_jobs.console_board import Board, Boards
from sync_jobs.console_troubles import Trouble, troubles

if TYPE_CHECKING:
    from hub.console.desk import Console

Stream = Annotated[str, Form(max_length=200)]
Flag = Annotated[bool, Form()]
Why = Annotated[str, Form(max_length=500)]

STATES: Mapping[str, tuple[str, str]] = {
    "good": ("good", N_("Good")),
    "running": ("run", N_("Syncing")),
    "failed": ("bad", N_("Failed")),
    "interrupted": ("bad", N_("Interrupted")),
    "late": ("warn", N_("Late")),
    "paused": ("still", N_("Paused")),
    "incomplete": ("warn", N_("Incomplete")),
    "quarantine": ("warn", N_("Quarantine")),
    "never": ("idle", N_("Not yet synced")),
}
"""Word of a stream -> how it looks, and what it is called."""
ENTITY_NAMES: Mapping[str, str] = {
    "customers": N_("customers"), "contacts": N_("contacts"), "addresses": N_("addresses"),
    "suppliers": N_("suppliers"),
    "products": N_("products"), "product_units": N_("product units"), "product_costs": N_("product costs"),
    "locations": N_("locations"), "stock_levels": N_("stock levels"), "orders": N_("orders"),
    "order_lines": N_("order lines"), "shipments": N_("shipments"), "shipment_lines": N_("shipment lines"),
    "returns": N_("returns"), "invoices": N_("invoices"), "invoice_lines": N_("invoice lines"),
    "opportunities": N_("opportunities"), "opportunity_stages": N_("opportunity stages"), "leads": N_("leads"),
    "cases": N_("cases"), "marketing_spend": N_("marketing spend"), "purchase_orders": N_("purchase orders"),
    "purchase_order_lines": N_("purchase order lines"), "receipts": N_("receipts"), "fx_rates": N_("exchange rates"),
}  # fmt: skip
"""Canonical entity -> what it is called on pages."""


def add(console: Console, boards: Boards) -> None:
    """Add the pages, the buttons, and what open pages follow."""
    console.navigation(N_("Overview"), "/", order=10)
    console.navigation(N_("Systems"), "/systems", order=20)
    console.lives["board"] = lambda store: _news(boards.board(store))
    console.templates.globals.update(states=STATES, entities=ENTITY_NAMES)
    pages(console, boards)
    buttons(console, boards)
    past(console, boards)


def pages(console: Console, boards: Boards) -> None:
    """What is shown."""

    @console.page("/")
    def overview(here: Here) -> Response:
        board = boards.board(here.store)
        return here.page("overview.html", board=board, troubles=troubles(board))

    @console.page("/systems")
    def systems(here: Here) -> Response:
        return here.page("systems.html", board=boards.board(here.store))

    @console.page("/systems/{source}")
    def system(here: Here, source: str) -> Response:
        board = boards.board(here.store)
        found = console_acts.system_of(board, source)
        own = [each for each in troubles(board) if each.source == source]
        backfills = [each for each in Operations(here.store).backfills(limit=50) if each.source == source]
        return here.page(
            "system.html", board=board, system=found, troubles=own, backfills=backfills,
            runs=here.store.runs(source=source, limit=15), schedule=_schedule(here, source),
        )  # fmt: skip


def buttons(console: Console, boards: Boards) -> None:
    """What can be done."""

    @console.action("/systems/{source}/sync")
    def sync_now(here: Here, source: str, stream: Stream = "", full: Flag = False, verify: Flag = False) -> Response:
        done = console_acts.sync(here, boards.board(here.store), source, stream or None, full=full, verify=verify)
        return _after(here, boards, done, source)

    @console.action("/systems/{source}/pause")
    def pause(here: Here, source: str, stream: Stream = "", why: Why = "") -> Response:
        return _after(
            here, boards, console_acts.pause(here, boards.board(here.store), source, stream or None, why), source
        )

    @console.action("/systems/{source}/resume")
    def resume(here: Here, source: str, stream: Stream = "") -> Response:
        return _after(here, boards, console_acts.resume(here, boards.board(here.store), source, stream or None), source)

    @console.action("/systems/{source}/cancel")
    def cancel(here: Here, source: str, stream: Stream) -> Response:
        return _after(here, boards, console_acts.cancel(here, boards.board(here.store), source, stream), source)


def past(console: Console, boards: Boards) -> None:
    """Backfills."""

    @console.action("/systems/{source}/backfill")
    def backfill(
        here: Here, source: str, stream: Stream, since: Annotated[date, Form()], until: Annotated[date, Form()]
    ) -> Response:
        start, end = (datetime.combine(day, time(), UTC) for day in (since, until))
        done = console_acts.backfill(here, boards.board(here.store), source, stream, (start, end))
        return _after(here, boards, done, source)

    @console.action("/backfills/{number}/cancel")
    def cancel(here: Here, number: int) -> Response:
        return _after(here, boards, console_acts.cancel_backfill(here, number), "")


def _after(here: Visit, boards: Boards, done: console_acts.Done, source: str) -> Response:
    boards.board(here.store, fresh=True)
    return here.back(here.here_or(f"/systems/{source}"), done.told(here))


def _schedule(here: Visit, source: str) -> list[Any]:
    """The next starts of each scheduled stream; none where the settings have mistakes."""
    from hub.errors import HubError
    from sync_jobs import agenda

    try:
        return list(agenda.planned(here.console.session, here.store, (source,)).lines)
    except HubError:
        return []


# -- what open pages follow ------------------------------------------------------------------------------------


def _news(board: Board) -> dict[str, Any]:
    """What has changed: `mark` is another one whenever a page would look different, apart from progress."""
    found = troubles(board)
    mark = hashlib.blake2b(digest_size=8)
    for part in _seen(board, found):
        mark.update(part.encode())
    live = [
        {
            "id": each.id, "source": each.source, "stream": each.stream, "rows": each.rows, "pages": each.pages,
            "share": each.share, "rows_text": f"{each.rows:,}", "pages_text": f"{each.pages:,}",
        }
        for each in board.live
    ]  # fmt: skip
    return {"mark": mark.hexdigest(), "live": live, "news": {code: _said(code, board, found) for code in LANGUAGES}}


def _seen(board: Board, found: Iterable[Trouble]) -> Iterable[str]:
    yield from (each.key for each in found)
    for stream in board.streams:
        line = stream.line
        yield f"{stream.key} {stream.word} {line.last_run_id} {line.held} {line.quarantined} {line.next_run}"
    yield from (f"{each.id} {each.cancelling}" for each in board.live)
    yield from (f"{each.id} {each.status}" for each in board.requests)
    yield from (f"{run.id} {run.status}" for run in board.runs)
    yield str(board.daemon is None)


def _said(language: str, board: Board, found: list[Trouble]) -> str:
    """The state in a sentence, for those who listen."""
    running = ", ".join(f"{each.source}/{each.stream}" for each in board.live)
    parts = [
        told(language, "%(number)s need attention", number=len(found))
        if found
        else told(language, "Everything is in order")
    ]
    if running:
        parts.append(told(language, "syncing: %(names)s", names=running))
    return "; ".join(parts)
