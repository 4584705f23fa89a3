"""The report over all systems: one HTML file or plain text, and a summary for the terminal."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.session import Session
    from metrics.report.content import Content

FORMS = (".html", ".txt")


@dataclass(frozen=True)
class Summary:
    """What a report says in short, and where it was written."""

    content: Content
    path: Path | None

    def lines(self) -> list[str]:
        from metrics.report.plain import summary

        written = ["", f"Report: {self.path}"] if self.path else []
        return summary(self.content) + written

    def document(self) -> dict[str, Any]:
        from metrics.report.content import figures

        return {
            "project": self.content.project,
            "currency": self.content.currency,
            "time_zone": self.content.time_zone,
            "made_at": self.content.made_at.isoformat(),
            "path": str(self.path) if self.path else None,
            "figures": [
                {"title": figure.title, "value": figure.value, "unit": figure.unit, "note": figure.note}
                for figure in figures(self.content)
            ],
            "results": {name: result.document() for name, result in self.content.results.items()},
            "undefined": {name: str(refusal) for name, refusal in self.content.refused.items()},
            "missing": [list(entry) for entry in self.content.missing],
            "sources": [source.document() for source in self.content.sources],
        }


def report(session: Session, out: Path | None, start: date | None, end: date | None) -> Summary:
    """Compute everything, and write it where `out` says. Raises UsageError for another form than .html or .txt."""
    from metrics.report.content import collect
    from metrics.workbench import workbench

    if out is not None and out.suffix.lower() not in FORMS:
        raise UsageError(f"a report can be {' or '.join(FORMS)}, not `{out.suffix[:20]}`.", fix="Write -o report.html.")
    if start and end and start > end:
        raise UsageError(f"the period ends ({end}) before it begins ({start}).")
    with workbench(session) as bench, session.open_store() as store:
        content = collect(
            bench, store, session.project_dir.name.replace("-", " ").replace("_", " ").title(), start, end
        )
    if out is not None:
        _write(content, out)
    return Summary(content, out)


def _write(content: Content, out: Path) -> None:
    """Replace the file as a whole: nobody ever opens half a report."""
    if out.suffix.lower() == ".html":
        from metrics.report.html import render
    else:
        from metrics.report.plain import render
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(render(content), encoding="utf-8")
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"{out} cannot be written: {error.strerror}.", fix="Choose another place with -o.") from error
