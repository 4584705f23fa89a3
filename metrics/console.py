"""What metrics bring to the web console: numbers with charts, explanations, comparisons of systems, reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hub.sdk.hooks import hookimpl

if TYPE_CHECKING:
    from hub.console.desk import Console

TEMPLATES = Path(__file__).parent / "console_templates"


@hookimpl
def hub_console(console: Console) -> None:
    """Add pages and API routes. What computes is a process of its own, begun when it is first needed."""
    from metrics import console_numbers, console_reconcile, console_reports
    from metrics.console_child import Computer

    console.folder(TEMPLATES)
    computer = Computer(console.session.config_dir)
    console.closers.append(computer.close)
    for module in (console_numbers, console_reconcile, console_reports):
        module.add(console, computer)
