"""Numbers for the console, computed in a process of their own: `python -m metrics.console_worker CONFIG`.

One question a line, as JSON, on standard input; one answer a line on standard output. It ends when nobody has asked for
a while, or when its standard input is closed. Bringing the replica up to date opens the database by a library of its
own, which must not happen in the process that serves pages.
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from hub import log
from hub.errors import HubError
from hub.session import Session
from hub.settings import kept

_IDLE_SECONDS = 900.0
_ROWS = 500
"""Rows of a result that are handed out; the command line has all."""
_RECORDS = 50
_DIFFERENCES = 200

Answer = dict[str, Any]


def value(session: Session, *, metric: str, by: list[str], start: str, end: str) -> Answer:
    """One metric with its chart and what it is made of; kept as it is known now."""
    from metrics import console_shape
    from metrics.snapshots import keep
    from metrics.workbench import catalogue, workbench

    known, asked = catalogue(session), _asked(by, start, end)
    known.request(metric, **asked)
    with workbench(session, known) as bench:
        result = bench.engine.compute(known.request(metric, defaults=bench.defaults, **asked))
        shaped = console_shape.result(result, _ROWS)
        made_of = [source.document() for source in bench.sources]
    with session.open_store() as store:
        keep(store, [result], bench.sources)
    return {**shaped, "sources": made_of}


def explain(session: Session, *, metric: str, keys: list[str], by: list[str], start: str, end: str, page: int,
            left_out: bool) -> Answer:  # fmt: skip
    """One number taken apart, with a page of its records."""
    from metrics import console_shape
    from metrics.explain import tell
    from metrics.explain.links import Links
    from metrics.explain.run import explained

    found = explained(session, metric, keys, _asked(by, start, end))
    offset = (page - 1) * _RECORDS
    records = found.records.page(_RECORDS, offset, left_out=left_out)
    document = tell.document(found, records, Links(session).of, left_out=left_out, offset=offset)
    return {**document, "notes": tell.notes(found), "shown": console_shape.explanation(found), "per_page": _RECORDS}


def reconcile(session: Session, *, what: str, systems: list[str], by: str, start: str, end: str) -> Answer:
    """Systems compared; the differences are cut where there are many."""
    from metrics.reconcile import tell
    from metrics.reconcile.run import reconcile as compare

    found = compare(session, what, systems, _day(start), _day(end))
    documents = [tell.document(comparison, by or None) for comparison in found]
    for document in documents:
        document["differences_in_all"] = len(document["differences"])
        document["differences"] = document["differences"][:_DIFFERENCES]
    return {"comparisons": documents}


def report(session: Session, *, path: str, form: str, start: str, end: str) -> Answer:
    """A report, written to a file."""
    from metrics import report as work

    scratch = Path(path).with_suffix(f".part.{form}")
    scratch.parent.mkdir(parents=True, exist_ok=True)
    try:
        work.report(session, work.Order(scratch, form, _day(start), _day(end)))
        scratch.chmod(0o600)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return {"path": path}


WORK: Mapping[str, Callable[..., Answer]] = {
    "value": value, "explain": explain, "reconcile": reconcile, "report": report,
}  # fmt: skip
"""Question -> what answers it."""


def _asked(by: list[str], start: str, end: str) -> dict[str, Any]:
    return {"by": by, "start": _day(start), "end": _day(end), "given": {}}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def answer(session: Session, question: Mapping[str, Any]) -> Answer:
    """The answer to a question: `result`, or `error` with its kind, problem and fix."""
    try:
        return {"result": WORK[question["ask"]](session, **question["with"])}
    except HubError as error:
        return {"error": {"kind": type(error).__name__, "problem": error.problem, "fix": error.fix}}
    except Exception as error:  # one question must not end the process
        place = log.record_bug(error, f"console: {question.get('ask')}")
        return {"error": {"kind": "HubError", "problem": f"an error of ours: {type(error).__name__}.",
                          "fix": f"Details are in {place}; please report it."}}  # fmt: skip


def work(config_dir: Path, questions: TextIO, answers: TextIO) -> None:
    """Answer until nobody asks any more."""
    session, mark = Session(config_dir), kept.mark_of(config_dir)
    session.start_log()
    while select.select([questions], [], [], _IDLE_SECONDS)[0]:
        line = questions.readline()
        if not line:
            return
        if (now := kept.mark_of(config_dir)) != mark:
            session, mark = Session(config_dir), now
        answers.write(json.dumps(answer(session, json.loads(line)), default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # what libraries print must not be taken for an answer
    work(Path(sys.argv[1]), sys.stdin, channel)
