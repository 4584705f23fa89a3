"""What people can do to systems in the console: each a word to the store, where the daemon finds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub.console.faults import InTheWay, Missing
from hub.console.words import N_
from hub.store.operations import EVERY_STREAM, Backfill, Operations
from hub.store.requests import Requests

if TYPE_CHECKING:
    from hub.console.visit import Visit
    from sync_jobs.console_board import Board, StreamState, SystemState


@dataclass(frozen=True)
class Done:
    """What came of it: a text to translate, with its values; and numbers of requests to follow."""

    text: str
    values: dict[str, Any]
    requests: tuple[int, ...] = ()

    def told(self, here: Visit) -> str:
        return here._(self.text, **self.values)


def system_of(board: Board, name: str) -> SystemState:
    """Raises Missing where there is none."""
    found = board.system(name)
    if found is None:
        raise Missing(f"there is no system `{name[:60]}`.", fix="See the list of systems.")
    return found


def streams_of(board: Board, source: str, stream: str | None) -> list[StreamState]:
    """The stream that is meant, or all of the system. Raises Missing."""
    system = system_of(board, source)
    found = [each for each in system.streams if stream in (None, "", each.key[1])]
    if not found:
        raise Missing(f"{source} has no stream `{str(stream)[:60]}`.", fix="See the list of its streams.")
    return found


def sync(
    here: Visit, board: Board, source: str, stream: str | None, *, full: bool = False, verify: bool = False
) -> Done:
    """Ask for a run now. Raises InTheWay where it is paused, or runs already."""
    streams = streams_of(board, source, stream)
    able = [each for each in streams if each.line.paused is None]
    if not able:
        raise InTheWay(f"{source} is paused.", fix="Resume it first.")
    if stream and able[0].live is not None and able[0].line.syncing:
        raise InTheWay(f"{source}/{stream} is being synced already.", fix="Wait for it to end, or cancel it.")
    ops, requests = Operations(here.store), Requests(here.store)
    numbers = []
    for each in able:
        plain = not (full or verify) and each.line.schedule is not None
        if not plain or not ops.want(*each.key, here.now):
            wish = {"full": full, "verify": verify}
            numbers.append(requests.ask("sync", *each.key, who=here.who.name, at=here.now, detail=wish))
    here.audit("sync.ask", f"{source}/{stream or EVERY_STREAM}", full=full, verify=verify)
    waits = board.daemon is None
    text = N_("%(name)s waits for its sync: no `hub run` is running.") if waits else N_("%(name)s is synced now.")
    return Done(text, {"name": f"{source}/{stream}" if stream else source}, tuple(numbers))


def pause(here: Visit, board: Board, source: str, stream: str | None, why: str) -> Done:
    """Let the daemon leave a stream or a system alone; what runs goes on to its end."""
    streams_of(board, source, stream)
    name = f"{source}/{stream}" if stream else source
    if not Operations(here.store).pause(source, stream or EVERY_STREAM, datetime.now(UTC), here.who.name, why):
        raise InTheWay(f"{name} is paused already.")
    here.audit("schedule.pause", name)
    return Done(N_("%(name)s is paused; what runs goes on to its end."), {"name": name})


def resume(here: Visit, board: Board, source: str, stream: str | None) -> Done:
    """Lift its pauses."""
    streams_of(board, source, stream)
    name = f"{source}/{stream}" if stream else source
    if not Operations(here.store).resume(source, stream or None):
        raise InTheWay(f"{name} is not paused.", fix="Perhaps the whole system is: resume that.")
    here.audit("schedule.resume", name)
    return Done(N_("%(name)s goes on; what was missed is made up for as its schedule says."), {"name": name})


def backfill(here: Visit, board: Board, source: str, stream: str, stretch: tuple[datetime, datetime]) -> Done:
    """Ask for a stretch of the past; the daemon reads it beside the stream's own runs."""
    streams_of(board, source, stream)
    since, until = stretch
    if since >= until:
        raise InTheWay("the stretch ends before it begins.", fix="Choose another end.")
    wanted = Backfill(0, source, stream, since, until, "waiting", here.now, None, None, None, None, 0, "")
    number = Operations(here.store).begin_backfill(wanted).id
    here.audit("backfill.ask", f"backfill/{number}", source=source, stream=stream)
    return Done(N_("Backfill %(number)s waits for its turn."), {"number": number}, (number,))


def cancel_backfill(here: Visit, number: int) -> Done:
    """Ask for its end. Raises Missing and InTheWay."""
    ops = Operations(here.store)
    if ops.backfill(number) is None:
        raise Missing(f"there is no backfill {number}.")
    if not ops.cancel_backfill(number, here.now):
        raise InTheWay(f"backfill {number} has ended already.")
    here.audit("backfill.cancel", f"backfill/{number}")
    return Done(N_("Backfill %(number)s ends after its page."), {"number": number})


def cancel(here: Visit, board: Board, source: str, stream: str) -> Done:
    """Ask a run to end after its page, whoever began it. Raises InTheWay where none runs."""
    (state,) = streams_of(board, source, stream)
    name = f"{source}/{stream}"
    if state.live is None:
        raise InTheWay(f"{name} is not running.")
    if not state.line.syncing:
        raise InTheWay(
            f"{name} is not running any more: its process died.",
            fix="The next sync goes on after the last stored page.",
        )
    number = Requests(here.store).ask("cancel", source, stream, who=here.who.name, at=here.now)
    here.audit("run.cancel", name, run=state.live.id)
    return Done(N_("%(name)s ends after its page."), {"name": name}, (number,))
