"""The configuration, to look at: each setting with file and line, what is wrong, and what a reload would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import Response

from hub.console.visit import Here
from hub.console.words import N_
from hub.settings import provenance

if TYPE_CHECKING:
    from hub.console.desk import Console


def add(console: Console) -> None:
    """Add the page."""
    console.navigation(N_("Configuration"), "/configuration", order=80, role="admin")

    @console.page("/configuration", role="admin")
    def configuration(here: Here) -> Response:
        session = console.session
        found = provenance.files(session.config_dir, session.registry)
        at, changes = provenance.changes(session.state_dir, found)
        return here.page(
            "configuration.html", files=found, folder=str(session.config_dir.resolve()), at=at, changes=changes,
            mistakes=provenance.mistakes(session.config_dir, session.registry),
        )  # fmt: skip
