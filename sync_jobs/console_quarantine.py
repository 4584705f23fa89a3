"""Quarantine: what waits and why; mend a row and try it again, or give it up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Query, Request
from fastapi.responses import Response

from hub.access.masking import mask_raw, sees_personal_data
from hub.console.faults import InTheWay, Missing
from hub.console.visit import Here, Visit
from hub.console.words import N_
from hub.errors import UsageError
from hub.store.raw import raw_text
from hub.store.requests import Requests
from sync_jobs.requeue import UNPARSED

if TYPE_CHECKING:
    from hub.console.desk import Console
    from hub.store.base import QuarantineEntry, Store
    from sync_jobs.console_board import Boards

Name = Annotated[str, Query(max_length=200)]
Ids = Annotated[list[int], Form(max_length=1000)]
_PAGE = 50
_SIBLINGS = 1_000
"""Entries of a stream among which others of the same row are looked for."""
FIELD = "field."
"""Before the names of a row's fields in the form."""


def add(console: Console, boards: Boards) -> None:
    """Add the pages and what can be done on them."""
    console.navigation(N_("Quarantine"), "/quarantine", order=40, badge=lambda store: _waiting(boards, store))
    pages(console, boards)
    buttons(console, boards)


def pages(console: Console, boards: Boards) -> None:
    """What is shown."""

    @console.page("/quarantine")
    def quarantine(
        here: Here, source: Name = "", stream: Name = "", after: Annotated[int, Query(ge=0)] = 0
    ) -> Response:
        found = here.store.quarantined(source=source or None, stream=stream or None, after=after, limit=_PAGE + 1)
        waiting = {
            each.key: each.line.quarantined for each in boards.board(here.store).streams if each.line.quarantined
        }
        return here.page(
            "quarantine.html", entries=found[:_PAGE], more=len(found) > _PAGE, after=after, waiting=waiting,
            source=source, stream=stream, shown_id=lambda entry: shown_id(here, entry),
            total=sum(n for key, n in waiting.items() if source in ("", key[0]) and stream in ("", key[1])),
        )  # fmt: skip

    @console.page("/quarantine/{number}")
    def entry(here: Here, number: int, request: Annotated[int, Query(ge=0)] = 0) -> Response:
        found = entry_of(here.store, number)
        row = looked_at(here, found)
        wish = Requests(here.store).one(request) if request else None
        return here.page(
            "quarantine_entry.html", entry=found, row=row, text=json.dumps(row, indent=2, ensure_ascii=False),
            flat=is_flat(row), paths=paths_of(boards, found), siblings=siblings(here.store, found),
            wish=wish if wish is not None and wish.kind == "retry" else None, unparsed=found.rule == UNPARSED,
            prefix=FIELD, shown_id=lambda entry: shown_id(here, entry), board=boards.board(here.store),
        )  # fmt: skip


def buttons(console: Console, boards: Boards) -> None:
    """What can be done."""

    @console.action("/quarantine/{number}/mend")
    async def mend(here: Here, request: Request, number: int) -> Response:
        from starlette.concurrency import run_in_threadpool

        form = {name: value for name, value in (await request.form()).multi_items() if isinstance(value, str)}
        return await run_in_threadpool(_mend, here, number, form)

    @console.action("/quarantine/retry")
    def retry(here: Here, entry: Ids = [], source: Annotated[str, Form(max_length=200)] = "") -> Response:  # noqa: B006
        wish = ask_retry(here, entry or None, source)
        boards.board(here.store, fresh=True)
        if len(entry) == 1:
            return here.back(f"/quarantine/{entry[0]}?request={wish}")
        return here.back(here.here_or("/quarantine"), here._("They are tried again; what is mended leaves this list."))

    @console.action("/quarantine/drop")
    def drop(here: Here, entry: Ids) -> Response:
        dropped = give_up(here, entry)
        text = here.ngettext("%(number)s record was given up.", "%(number)s records were given up.", dropped)
        return here.back("/quarantine", text)


def _mend(here: Visit, number: int, form: dict[str, str]) -> Response:
    found = entry_of(here.store, number)
    wish = ask_mended(here, found, edited(found.raw, form))
    return here.back(f"/quarantine/{number}?request={wish}")


# -- what pages and the API share ------------------------------------------------------------------------------


def entry_of(store: Store, number: int) -> QuarantineEntry:
    """An entry, whatever its status. Raises Missing."""
    found = store.quarantined(ids=[number], status=None, limit=1) if number < 1 << 31 else []
    if not found:
        raise Missing(f"there is no quarantine entry {number}.", fix="See the list.")
    return found[0]


def looked_at(here: Visit, entry: QuarantineEntry) -> Any:
    """The row as this person may see it; the look is noted."""
    if sees_personal_data(here.who.role):
        here.audit("quarantine.look", f"quarantine/{entry.id}", source=entry.source, stream=entry.stream)
    return mask_raw(entry.raw, here.who.role)


def shown_id(here: Visit, entry: QuarantineEntry) -> str | None:
    """The record's id; some systems use e-mail addresses as ids."""
    hidden = entry.source_id and "@" in entry.source_id and not sees_personal_data(here.who.role)
    return "•••" if hidden else entry.source_id


def is_flat(row: Any) -> bool:
    """Whether each field can have a line of its own in the form."""
    return isinstance(row, dict) and all(
        value is None or isinstance(value, str | int | float) for value in row.values()
    )


def edited(before: Any, form: dict[str, str]) -> Any:
    """The row as the form has it: its fields, or the whole as JSON. Raises UsageError where it is none."""
    fields = {name.removeprefix(FIELD): value for name, value in form.items() if name.startswith(FIELD)}
    if "row" not in form and fields:
        return {**before, **{name: _like(before.get(name), value) for name, value in fields.items()}}
    try:
        row = json.loads(form.get("row", ""))
    except ValueError as error:
        raise UsageError(f"the row is not valid JSON: {error}.", fix="Go back and correct it.") from error
    if not isinstance(row, dict):
        raise UsageError("the row must be a JSON object, in braces.", fix="Go back and correct it.")
    return row


def _like(before: Any, text: str) -> Any:
    """A field's text as what it was before: nothing stays nothing, a number a number."""
    if before is None and text == "":
        return None
    if isinstance(before, bool) and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if isinstance(before, int | float) and not isinstance(before, bool):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def siblings(store: Store, entry: QuarantineEntry) -> list[QuarantineEntry]:
    """Other records that wait and are made of the same row."""
    same = raw_text(entry.raw)
    others = store.quarantined(source=entry.source, stream=entry.stream, limit=_SIBLINGS)
    return [each for each in others if each.id != entry.id and raw_text(each.raw) == same]


def ask_mended(here: Visit, entry: QuarantineEntry, row: Any) -> int:
    """Ask for another try with a mended row. Raises InTheWay for an entry that does not wait any more."""
    if entry.status != "open":
        raise InTheWay(f"entry {entry.id} does not wait any more.", fix="It was stored or given up.")
    ids = [entry.id, *(each.id for each in siblings(here.store, entry))]
    changed = sorted(name for name in {*row, *entry.raw} if row.get(name) != entry.raw.get(name))
    here.audit("quarantine.mend", f"quarantine/{entry.id}", fields=changed, entries=ids)
    wish = {"ids": ids, "rows": {str(number): row for number in ids}}
    return Requests(here.store).ask(
        "retry", entry.source, entry.stream, who=here.who.name, at=here.now, detail=wish
    )  # fmt: skip


def ask_retry(here: Visit, ids: Sequence[int] | None, source: str = "") -> int:
    """Ask for another try of some entries, or of all of a system. Raises UsageError where it says neither."""
    if not ids and not source:
        raise UsageError("say what to try again.", fix="Choose records, or a system.")
    here.audit("quarantine.retry", f"quarantine/{','.join(map(str, ids or ()))}" if ids else source)
    return Requests(here.store).ask(
        "retry", source, "", who=here.who.name, at=here.now, detail={"ids": list(ids)} if ids else {}
    )  # fmt: skip


def give_up(here: Visit, ids: Sequence[int]) -> int:
    """They stay on record, with who said so. Returns how many were open."""
    here.audit("quarantine.drop", f"quarantine/{','.join(map(str, ids))}"[:500])
    return here.store.settle(ids, "dropped", here.who.name)


def paths_of(boards: Boards, entry: QuarantineEntry) -> set[str]:
    """The fields of the row that the refused column is made of, as far as its map tells."""
    found = set()
    for fields in boards.maps(entry.source, entry.stream):
        source = fields.fields.get(entry.field) if fields.entity.name == entry.entity else None
        path = getattr(source, "path", None)
        if isinstance(path, str):
            found.add(path)
    return found


def _waiting(boards: Boards, store: Store) -> int:
    return sum(each.line.quarantined for each in boards.board(store).streams)
