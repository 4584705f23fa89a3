"""The configuration, to look at: each setting with file and line, what is wrong, and what a reload would change."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response

from hub.console.visit import Here
from hub.console.words import N_
from hub.settings import kept, provenance

if TYPE_CHECKING:
    from hub.console.desk import Console


@dataclass(frozen=True)
class Looked:
    """The settings as they stood at one moment. `mark` changes with them."""

    mark: str | None
    files: list[provenance.File]
    mistakes: tuple[str, ...]


class Look:
    """Reads the settings files when they have changed: judging all of them takes a while."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: Looked | None = None

    def now(self) -> Looked:
        session = self._console.session
        mark = kept.mark_of(session.config_dir)
        last = self._last
        if last is None or mark is None or last.mark != mark:
            found = provenance.files(session.config_dir, session.registry)
            last = Looked(mark, found, provenance.mistakes(session.config_dir, session.registry))
            self._last = last
        return last


def add(console: Console) -> None:
    """Add the page and the route."""
    console.navigation(N_("Configuration"), "/configuration", order=80, role="admin")
    look = Look(console)

    @console.page("/configuration", role="admin")
    def configuration(here: Here) -> Response:
        looked, session = look.now(), console.session
        at, changes = provenance.changes(session.state_dir, looked.files)
        return here.page(
            "configuration.html", files=looked.files, folder=str(session.config_dir.resolve()), at=at, changes=changes,
            mistakes=looked.mistakes,
        )  # fmt: skip

    @console.api("GET", "/configuration", role="admin")
    def settings(here: Here) -> dict[str, Any]:
        """Every setting with its file and line, without secrets; mistakes; and what a reload would change."""
        looked = look.now()
        at, changes = provenance.changes(console.session.state_dir, looked.files)
        return {
            "files": [asdict(each) for each in looked.files], "in_force_since": at, "mistakes": list(looked.mistakes),
            "changes": [asdict(each) for each in changes],
        }  # fmt: skip
