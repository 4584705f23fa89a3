"""Reports: made in the background, kept beside the hub, and downloaded."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Form
from fastapi import Path as InPath
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel

from hub.console.faults import InTheWay, Missing
from hub.console.visit import Here, Visit
from hub.console.words import N_
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.console.desk import Console
    from metrics.console_child import Computer

FormName = Literal["html", "xlsx", "pdf", "txt"]
_NAME = re.compile(r"report-\d{8}-\d{6}\.(html|xlsx|pdf|txt)")
_KEPT = 50
_TYPES = {
    "html": "text/html", "pdf": "application/pdf", "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A report that lies ready."""

    name: str
    form: str
    size: int
    made_at: datetime


class Wanted(BaseModel):
    """The report that is to be made."""

    form: FormName = "html"
    start: date | None = None
    end: date | None = None


class Making(BaseModel):
    """The file that will lie ready."""

    name: str


class Press:
    """Makes reports, one at a time."""

    def __init__(self, computer: Computer, folder: Path) -> None:
        self._computer, self.folder = computer, folder
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.making = ""
        self.problem = ""

    def begin(self, form: str, start: date | None, end: date | None) -> str:
        """Begin one; its name. Raises InTheWay while another one is made."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise InTheWay("a report is being made.", fix="Wait for it.")
            name = f"report-{datetime.now(UTC):%Y%m%d-%H%M%S}.{form}"
            self.making, self.problem = name, ""
            arguments = {"form": form, "start": str(start or ""), "end": str(end or "")}
            self._thread = threading.Thread(target=self._make, args=(name, arguments), name="report", daemon=True)
            self._thread.start()
        return name

    def _make(self, name: str, arguments: dict[str, str]) -> None:
        try:
            self._computer.ask("report", path=str(self.folder.resolve() / name), **arguments)
            for old in list(self.listed())[_KEPT:]:
                (self.folder / old.name).unlink(missing_ok=True)
        except HubError as error:
            self.problem = f"{error.problem} {error.fix or ''}".strip()
        finally:
            self.making = ""

    def wait(self, seconds: float) -> None:
        """Until the one that is made is ready, but no longer than this."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def listed(self) -> Iterator[Report]:
        """Those that lie ready, the newest first."""
        paths = sorted(self.folder.glob("report-*"), reverse=True) if self.folder.is_dir() else []
        for path in paths:
            if _NAME.fullmatch(path.name):
                stat = path.stat()
                made_at = datetime.fromtimestamp(stat.st_mtime, UTC)
                yield Report(path.name, path.suffix.lstrip("."), stat.st_size, made_at)

    def path_of(self, name: str) -> Path:
        """Raises Missing."""
        path = self.folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise Missing("there is no such report.", fix="See the list of reports.")
        return path


def add(console: Console, computer: Computer) -> None:
    """Add the pages and routes. Reports name customers, so they are for operators."""
    console.navigation(N_("Reports"), "/reports", order=70, role="operator")
    press = Press(computer, console.session.state_dir / "reports")
    pages(console, press)
    routes(console, press)


def pages(console: Console, press: Press) -> None:
    """What is shown and done."""

    @console.page("/reports", role="operator")
    def reports(here: Here) -> Response:
        return here.page("reports.html", reports=list(press.listed()), making=press.making, problem=press.problem)

    @console.page("/reports/list", role="operator")
    def ready(here: Here) -> Response:
        press.wait(600)
        return here.page("reports_list.html", reports=list(press.listed()), problem=press.problem)

    @console.page("/reports/{name}", role="operator")
    def download(here: Here, name: Annotated[str, InPath(max_length=100)]) -> Response:
        return handed_out(here, press, name)

    @console.action("/reports", role="operator")
    def make(
        here: Here, form: Annotated[FormName, Form()] = "html", start: Annotated[str, Form(max_length=10)] = "",
        end: Annotated[str, Form(max_length=10)] = "",
    ) -> Response:  # fmt: skip
        wanted = Wanted.model_validate({"form": form, "start": start or None, "end": end or None})
        begun(here, press, wanted)
        return here.back("/reports")


def routes(console: Console, press: Press) -> None:
    """The same for programs."""

    @console.api("GET", "/reports", role="operator")
    def reports(here: Here) -> dict[str, Any]:
        """Reports that lie ready, the newest first; the one that is made now; why the last one failed."""
        return {"reports": [asdict(each) for each in press.listed()], "making": press.making, "problem": press.problem}

    @console.api("POST", "/reports", role="operator", status_code=202, response_model=Making)
    def make(here: Here, wanted: Wanted) -> Any:
        """Make a report; it lies ready under the name that is answered."""
        return Making(name=begun(here, press, wanted))

    @console.api("GET", "/reports/{name}", role="operator", response_class=FileResponse)
    def download(here: Here, name: Annotated[str, InPath(max_length=100)]) -> Response:
        """A report that lies ready."""
        return handed_out(here, press, name)


def begun(here: Visit, press: Press, wanted: Wanted) -> str:
    name = press.begin(wanted.form, wanted.start, wanted.end)
    here.audit("report.make", name)
    return name


def handed_out(here: Visit, press: Press, name: str) -> FileResponse:
    """The file, as a download: a page of ours never runs what stands in a report."""
    path = press.path_of(name)
    here.audit("report.look", name)
    return FileResponse(
        path, media_type=_TYPES[path.suffix.lstrip(".")], filename=name, headers={"Cache-Control": "no-store"}
    )
