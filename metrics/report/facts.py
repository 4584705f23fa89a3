"""What every number rests on, and what is not in it, as tables."""

from __future__ import annotations

from datetime import datetime

from metrics import text
from metrics.report import labels
from metrics.report.content import Content
from metrics.report.sections import Table
from metrics.sources import Source

_WELL = ("ok", "partial")
_STATES = {"ok": "complete", "partial": "complete, some rows held back", "failed": "failed", "crashed": "failed",
           "cancelled": "stopped", "running": "being read"}  # fmt: skip


def troubles(content: Content) -> str:
    """One sentence for the top of the report; empty where all is well."""
    told = []
    waiting = sum(source.quarantined for source in content.sources)
    if waiting:
        told.append(f"{waiting:,} source row{'s are' if waiting != 1 else ' is'} in quarantine")
    stale = [source for source in content.sources if source.last_status not in _WELL]
    if stale:
        told.append(f"{len(stale)} stream{'s' if len(stale) != 1 else ''} could not be read completely")
    if content.missing:
        told.append("some records are left out for want of data")
    sentence = ", and ".join(told) if len(told) < 3 else f"{', '.join(told[:-1])}, and {told[-1]}"
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def about(content: Content) -> str:
    """What the report covers, in one line: period, filters, currency."""
    first, last = content.span
    only = f" · only {content.only.words()}" if content.only else ""
    return f"{first} to {last}{only} · amounts in {content.currency}, days in {content.time_zone}"


def freshness(content: Content) -> str:
    """How old the data is: as old as what was read longest ago."""
    known = [source.fresh_at for source in content.sources if source.fresh_at]
    if not known:
        return "Nothing was read yet."
    names = {source.source for source in content.sources}
    since = min(known)
    return f"Data of {labels.plural(len(names), 'system')}, all of it read on {_moment(since)} or later."


def systems_table(content: Content) -> Table:
    """Each system in one line."""
    rows = []
    for name in dict.fromkeys(source.source for source in content.sources):
        streams = [source for source in content.sources if source.source == name]
        fresh = [stream.fresh_at for stream in streams if stream.fresh_at]
        held = sum(stream.quarantined for stream in streams)
        worst = next((s.last_status for s in streams if s.last_status not in _WELL), "partial" if held else "ok")
        rows.append(
            (text.printable(name), ", ".join(stream.stream.replace("_", " ") for stream in streams),
             _moment(min(fresh)) if len(fresh) == len(streams) else "not complete", f"{held:,}",
             _STATES.get(worst, worst))
        )  # fmt: skip
    heads = ("System", "What it sends", "Read on", "Rows held back", "State")
    return Table(heads, rows, (False, False, False, True, False))


def sources_table(content: Content) -> Table:
    """Each stream with its freshness."""
    rows = [
        (
            f"{source.source} / {source.stream}",
            _moment(source.fresh_at) if source.fresh_at else "never",
            text.NOTHING if source.total is None else f"{source.total:,}",
            text.NOTHING if source.held is None else f"{source.held:,}",
            f"{source.quarantined:,}",
            _state(source),
        )
        for source in content.sources
    ]
    heads = ("Stream", "Read on", "Rows there", "Records made of them", "Rows held back", "State")
    return Table(heads, rows, (False, False, True, True, True, False))


def missing_table(content: Content, *, by_rule: bool = False) -> Table:
    """What does not count, or counts with a reservation; and in which numbers."""
    return Table(("Records", "In these numbers"), content.by_rule if by_rule else content.missing, (False, False))


def quarantine_table(content: Content) -> Table:
    """What waits for somebody."""
    rows = [(f"{w.source} / {w.stream}", w.field, w.reason, f"{w.rows:,}") for w in content.waiting]
    return Table(("Stream", "Field", "Reason", "Rows"), rows, (False, False, False, True))


def refused_table(content: Content) -> Table:
    """What has no number, and why."""
    rows = dict.fromkeys((refusal.where, refusal.problem, refusal.fix) for refusal in content.refused.values())
    return Table(("Metric", "Why", "What to do"), list(rows), (False, False, False))


def _state(source: Source) -> str:
    state = _STATES.get(source.last_status, source.last_status)
    return f"{state}: {text.printable(source.error, 160)}" if source.error else state


def _moment(at: datetime) -> str:
    """In one piece: the blanks do not break."""
    return f"{at:%Y-%m-%d}\xa0{at:%H:%M}\xa0UTC"
