"""The log of each run, kept in a file of its own beside the hub, so that the console can show it."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any, TextIO

from hub import log

FOLDER = Path("logs", "runs")
"""Within the folder for what may be deleted."""
_OPEN = 16
_LINES = 1_000
"""Lines of a run that are kept; of a run that says more, only warnings."""
_DAYS = 30
_SWEEP_EVERY = 200
"""Runs between two looks for old files."""


class RunLogs(logging.Handler):
    """Writes every line that belongs to a run to that run's file. A file that cannot be written stops no sync."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.INFO)
        self._folder = folder
        self._files: OrderedDict[str, TextIO] = OrderedDict()
        self._lines: dict[str, int] = {}
        self._begun = 0
        self.setFormatter(log.JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        run = log.names_of(record).get("run_id", "")
        if not run.isdecimal():
            return
        written = self._lines.get(run, 0)
        if written >= (_LINES if record.levelno < logging.WARNING else 2 * _LINES):
            return
        self._lines[run] = written + 1
        with contextlib.suppress(OSError, ValueError):
            file = self._file(run)
            file.write(self.format(record) + "\n")
            file.flush()

    def _file(self, run: str) -> TextIO:
        if run not in self._files:
            if self._begun % _SWEEP_EVERY == 0:
                self._sweep()
            self._begun += 1
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{run}.jsonl"
            path.touch(mode=0o600)
            self._files[run] = path.open("a", encoding="utf-8")
            while len(self._files) > _OPEN:
                old, file = self._files.popitem(last=False)
                file.close()
                self._lines.pop(old, None)
        return self._files[run]

    def _sweep(self) -> None:
        before = time.time() - _DAYS * 86_400
        for path in self._folder.glob("*.jsonl"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        while self._files:
            self._files.popitem()[1].close()
        super().close()


def keep(folder: Path) -> None:
    """Keep the log of every run of this process from now on."""
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, RunLogs)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(RunLogs(folder))
    root.setLevel(min(root.level, logging.INFO))


def read(folder: Path, run_id: int) -> list[dict[str, Any]] | None:
    """The lines of a run: at, level, logger, message and more. None where no log is kept here."""
    try:
        text = (folder / f"{run_id}.jsonl").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    lines = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            lines.append(dict(json.loads(line)))
    return lines
