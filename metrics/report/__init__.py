"""The report over all systems: one HTML file, a workbook, a PDF, plain text, or a folder of tables; and a summary."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import Store
    from metrics.base import Catalogue
    from metrics.report.content import Content, Question
    from metrics.workbench import Workbench

FILES = ("html", "xlsx", "pdf", "txt")
FOLDERS = ("csv", "parquet")
FORMS = (*FILES, *FOLDERS)
_ALL_METRICS = ("xlsx", *FOLDERS)
"""Forms that have room for every metric, asked for or not."""


@dataclass(frozen=True)
class Order:
    """What kind of report is wanted. `form` follows from the file's name where it is not said."""

    out: Path | None = None
    form: str | None = None
    start: date | None = None
    end: date | None = None
    metrics: Sequence[str] = ()
    as_of: datetime | None = None
    sources: Sequence[str] = ()
    customers: Sequence[str] = ()
    countries: Sequence[str] = ()
    products: Sequence[str] = ()

    def checked(self) -> str | None:
        """The form; None where nothing is to be written. Raises UsageError for what cannot be."""
        if self.start and self.end and self.start > self.end:
            raise UsageError(f"the period ends ({self.end}) before it begins ({self.start}).")
        if self.out is None:
            return None
        form = self.form or self.out.suffix.lower().lstrip(".")
        if form not in FORMS or (form in FOLDERS and self.form is None):
            raise UsageError(
                f"a report can be {', '.join(FILES)}, not `{form[:20]}`.",
                fix="Write -o report.html; or -o FOLDER with --format csv or parquet.",
            )
        if form in FOLDERS and self.out.suffix.lower().lstrip(".") in FILES:
            raise UsageError(f"{form} is written as a folder, and {self.out.name} is the name of a file.",
                             fix="Name a folder: -o tables.")  # fmt: skip
        return form


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
        from metrics.report.findings import findings
        from metrics.report.headlines import figures
        from metrics.result import plain_text

        return {
            "project": self.content.project,
            "currency": self.content.currency,
            "time_zone": self.content.time_zone,
            "made_at": self.content.made_at.isoformat(),
            "path": str(self.path) if self.path else None,
            "from": plain_text(self.content.start),
            "to": plain_text(self.content.end),
            "only": self.content.only.document(),
            "figures": [
                {
                    "title": figure.title,
                    "value": figure.value,
                    "unit": figure.unit,
                    "note": figure.note,
                    "change": figure.change.words if figure.change else None,
                }
                for figure in figures(self.content)
            ],
            "findings": [asdict(finding) for finding in findings(self.content)],
            "results": {name: result.document() for name, result in self.content.results.items()},
            "undefined": {name: str(refusal) for name, refusal in self.content.refused.items()},
            "missing": [list(entry) for entry in self.content.missing],
            "sources": [source.document() for source in self.content.sources],
        }


def report(session: Session, order: Order) -> Summary:
    """Compute everything, and write it. Raises UsageError for another form, or a metric that is not there."""
    from metrics.report.content import collect
    from metrics.workbench import catalogue, workbench

    form = order.checked()
    known = catalogue(session)
    questions = _questions(known, order.metrics, form)
    if order.as_of is not None:
        content = _past(session, known, questions, order)
        if order.out is not None and form is not None:
            write(content, order.out, form)
        return Summary(content, order.out)
    with workbench(session, known) as bench, session.open_store() as store:
        content = collect(
            bench, store, project_name(session), order.start, order.end, questions=questions,
            chosen=bool(order.metrics),
            only=bench.only(order.sources, order.customers, order.countries, order.products),
        )  # fmt: skip
        _keep(bench, store, content, session.state_dir / "snapshots")
        if form == "html":
            from metrics.explain.links import Links
            from metrics.report.explained import explained

            content.explained = explained(bench, store, content, Links(session))
    if order.out is not None and form is not None:
        write(content, order.out, form)
    return Summary(content, order.out)


def _keep(bench: Workbench, store: Store, content: Content, folder: Path) -> None:
    """Keep what was computed, and the records behind the sums."""
    from metrics.snapshots import keep
    from metrics.snapshots.basis import SUMS, keep_basis

    keep(store, content.results.values(), content.sources)
    for metric in content.metrics:
        if metric.id in SUMS and any(result.metric is metric for result in content.results.values()):
            keep_basis(bench.engine, bench.catalogue.request(metric.id, defaults=bench.defaults), folder)


def _past(session: Session, known: Catalogue, questions: Sequence[Question], order: Order) -> Content:
    from metrics.snapshots.past import content_then
    from metrics.workbench import defaults_of

    assert order.as_of is not None
    with session.open_store() as store:
        return content_then(
            store, known, project_name(session), questions, order.as_of, period=(order.start, order.end),
            defaults=defaults_of(session.hub_settings), zone=session.hub_settings.time_zone,
            chosen=bool(order.metrics),
        )  # fmt: skip


def project_name(session: Session) -> str:
    """What the report is called: the project's folder, in words."""
    return session.project_dir.name.replace("-", " ").replace("_", " ").title()


def _questions(known: Catalogue, names: Sequence[str], form: str | None) -> Sequence[Question]:
    from metrics.report import chosen
    from metrics.report.content import QUESTIONS

    if names:
        return chosen.questions(known, names)
    return [*QUESTIONS, *chosen.beyond(known, QUESTIONS)] if form in _ALL_METRICS else QUESTIONS


def write(content: Content, out: Path, form: str) -> None:
    """Replace the file as a whole: nobody ever opens half a report."""
    if form in FOLDERS:
        from metrics.report.folder import write_folder

        _guarded(out, lambda: write_folder(content, out, form))
        return
    made = _rendered(content, form)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")

    def replace() -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(made)
        temporary.replace(out)

    _guarded(out, replace, temporary)


def _guarded(out: Path, work: Any, temporary: Path | None = None) -> None:
    try:
        work()
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise UsageError(f"{out} cannot be written: {error.strerror}.", fix="Choose another place with -o.") from error


def _rendered(content: Content, form: str) -> bytes:
    if form == "xlsx":
        from metrics.report import workbook

        return workbook.render(content)
    if form == "pdf":
        from metrics.report.pdf import render as paper

        return paper(content)
    if form == "html":
        from metrics.report.html import render
    else:
        from metrics.report.plain import render
    return render(content).encode()
