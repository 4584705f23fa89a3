"""What syncs bring to the web console: through the hook, as a plugin would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hub.sdk.hooks import hookimpl

if TYPE_CHECKING:
    from hub.console.desk import Console

TEMPLATES = Path(__file__).parent / "console_templates"


@hookimpl
def hub_console(console: Console) -> None:
    """Add pages, actions, API routes, figures, and what open pages follow."""
    from sync_jobs import console_api, console_figures, console_overview, console_quarantine, console_runs
    from sync_jobs.console_board import Boards

    console.folder(TEMPLATES)
    boards = Boards(console)
    for module in (console_overview, console_runs, console_quarantine, console_api, console_figures):
        module.add(console, boards)
