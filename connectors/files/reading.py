"""One reading of one stream: which files, from where, and the pages that come out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.files import formats
from connectors.files.columns import columns_of, require
from connectors.files.delimited import Chunk
from connectors.files.growth import Place, end_of, start_of
from connectors.files.matching import Found, Stamp, find, require_same, resting
from connectors.files.options import Options
from connectors.files.shape import Occurrences, Wide
from connectors.files.since import Stamps
from connectors.files.unpack import Part
from hub.sdk import Mode, Page, ReadRequest, Reject, SourceChanged, SourceUnavailable

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """All that reading a stream needs, whichever kind of connector it comes from.

    entity   name of the main entity: lines that are no rows are counted there
    needs    columns that must be there, each with what it is for
    stamps   reads the cursor column; None without one
    """

    folder: Path
    patterns: tuple[str, ...]
    mode: Mode
    options: Options
    entity: str
    needs: Mapping[str, str]
    columns: tuple[str, ...] = ()
    unpivot: Wide | None = None
    occurrence: tuple[str, tuple[str, ...]] | None = None
    stamps: Stamps | None = None
    start: datetime | None = None

    @property
    def may_be_empty(self) -> bool:
        """Whether a pattern that no file matches means that nothing new has come."""
        return self.mode is not Mode.SNAPSHOT

    @property
    def made(self) -> frozenset[str]:
        """Columns that the settings add to those of the file."""
        wide = {self.unpivot.name, self.unpivot.value} if self.unpivot else set()
        return frozenset(wide | ({self.occurrence[0]} if self.occurrence else set()))

    @property
    def named_columns(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Settings that name columns of the file."""
        if self.unpivot:
            yield "`unpivot`", self.unpivot.keep
        if self.occurrence:
            yield "`occurrence`", self.occurrence[1]
        if self.stamps:
            yield "`cursor`", (self.stamps.column,)

    @property
    def how(self) -> str:
        """Changes whenever the same file would be read differently."""
        parts = [astuple(part) if part else None for part in (self.unpivot, self.stamps)]
        said = json.dumps([self.options._asdict(), self.columns, self.occurrence, parts], default=sorted)
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def pages(plan: Plan, request: ReadRequest, now: Callable[[], datetime]) -> Iterator[Page]:
    """The pages of one run; none when every file is as it was."""
    return _Reading(plan, request, now).pages()


class _Reading:
    """What one run knows while it reads."""

    def __init__(self, plan: Plan, request: ReadRequest, now: Callable[[], datetime]) -> None:
        self.plan = plan
        self.request = request
        self.found = find(plan.folder, plan.patterns, may_be_empty=plan.may_be_empty)
        self.stamps = {found.name: found.stamp() for found in self.found}
        state = request.state if request.state.get("how") == plan.how and not request.full else {}
        self.known: dict[str, Stamp] = state.get("files", {})
        self.ends: dict[str, Place | None] = state.get("ends", {})
        self._leave_unfinished(int(now().timestamp() * 1e9))
        self.chosen = self._chosen()
        self.starts = {found.name: self._grown(found) for found in self.chosen}
        self.rows = self.parts = 0

    def _leave_unfinished(self, now_ns: int) -> None:
        settle = self.plan.options.settle_seconds
        waiting = [found for found in self.found if not resting(self.stamps[found.name], now_ns, settle)]
        if waiting and (self.plan.mode is Mode.SNAPSHOT or len(waiting) == len(self.found)):
            raise SourceUnavailable(
                f"the file was written less than {settle:g} s ago and may not be complete.",
                fix="It is read once it has come to rest.",
                where=waiting[0].name,
            )
        for found in waiting:
            self.found.remove(found)
            del self.stamps[found.name]
        self.waiting = {found.name: self.known[found.name] for found in waiting if found.name in self.known}

    def _chosen(self) -> list[Found]:
        """The files to read: in a snapshot all or none, since only all of them prove that a row is gone."""
        changed = [found for found in self.found if self.known.get(found.name) != self.stamps[found.name]]
        if self.plan.mode is not Mode.SNAPSHOT:
            return changed
        return self.found if changed or self.known.keys() != self.stamps.keys() else []

    def pages(self) -> Iterator[Page]:
        if not self.chosen:
            if not self.found and not self.waiting and not self.request.state.get("files"):
                yield Page(
                    [], notes=[f"no file in {self.plan.folder} has matched {_quoted(self.plan.patterns)} so far"]
                )
            return
        held: Page | None = None
        for page in self._read():
            if held:
                yield held
            held = page
        for found in self.chosen:
            self._require_same(found)
        last = held or Page([], origin=self.chosen[-1].name)
        files = self._state()
        last.state = {"how": self.plan.how, "files": files}
        if self.plan.mode is Mode.APPEND:
            last.state["ends"] = {name: place for name, place in self.ends.items() if place and name in files}
        last.total = self.rows if self.parts == 1 else None
        yield last

    def _state(self) -> dict[str, Stamp]:
        if self.plan.mode is Mode.SNAPSHOT:
            return self.stamps
        return {**self.waiting, **self.stamps}

    @cached_property
    def _set(self) -> str:
        """The files of this reading, as they are now."""
        said = json.dumps([self.plan.how, [[found.name, self.stamps[found.name]] for found in self.chosen]])
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()

    def _read(self) -> Iterator[Page]:
        first, start = self._resumed()
        columnar = formats.worth_arrow(sum(map(self._size, self.chosen)))
        for index, found in enumerate(self.chosen[first:], first):
            for number, part in enumerate(formats.parts(found, self.plan.options)):
                if start and number < start["part"]:
                    continue
                place = (start["offset"], start["line"]) if start else self.starts[found.name]
                start, chunk = None, None
                self.parts += 1
                for chunk in shaped(self.plan, part, place, columnar=columnar):
                    yield self._page(chunk, found.name, part.name, {"file": index, "part": number})
                if chunk and self.plan.mode is Mode.APPEND:
                    self.ends[found.name] = end_of(part, self.plan.options, chunk)
            self._require_same(found)

    def _grown(self, found: Found) -> tuple[int, int] | None:
        """Where to go on in a file that has only grown since it was read."""
        place = self.ends.get(found.name)
        return start_of(Part(found.path, found.name), place) if place else None

    def _size(self, found: Found) -> int:
        """Bytes of a file that are to be read."""
        place = self.ends.get(found.name) if self.starts[found.name] else None
        return int(self.stamps[found.name][0] - (place["at"] if place else 0))

    def _require_same(self, found: Found) -> None:
        require_same(found, self.stamps[found.name], may_grow=self.plan.mode is Mode.APPEND)

    def _resumed(self) -> tuple[int, Json | None]:
        resume = self.request.resume
        if resume is None:
            return 0, None
        if resume.get("set") != self._set:
            raise SourceChanged(
                "the files changed after the run that was stopped.", fix="They are read again from their beginning."
            )
        self.rows = resume["rows"]
        return resume["file"], resume

    def _page(self, chunk: Chunk, name: str, origin: str, place: Json) -> Page:
        cursor = None
        if self.plan.stamps:
            since = self.request.since if name in self.known else self.plan.start
            chunk, cursor = self.plan.stamps.apply(chunk, since)
        first = chunk.start or min([*chunk.lines[:1], *(bad.line for bad in chunk.bad[:1])], default=1)
        self.rows += len(chunk.rows) + len(chunk.bad)
        resume = None
        if chunk.offset is not None:
            resume = {**place, "set": self._set, "offset": chunk.offset, "line": chunk.line, "rows": self.rows}
        return Page(
            chunk.rows,
            resume=resume,
            cursor=cursor,
            origin=origin,
            first_row=first,
            rejects=[
                Reject(self.plan.entity, bad.line - first, None, "", "row", bad.reason, bad.raw) for bad in chunk.bad
            ],
            lines=chunk.lines,
        )


def _quoted(patterns: tuple[str, ...]) -> str:
    return " or ".join(f"`{pattern}`" for pattern in patterns)


def shaped(plan: Plan, part: Part, start: tuple[int, int] | None, *, columnar: bool) -> Iterator[Chunk]:
    """The rows of a part as maps see them, from a place on. Numbering has to see those before it, too."""
    occurrences = Occurrences(*plan.occurrence) if plan.occurrence else None
    first = None if occurrences else start
    arrow = columnar and plan.unpivot is None
    for read in _checked(plan, part, formats.chunks(part, plan.options, plan.columns, start=first, columnar=arrow)):
        chunk = occurrences.apply(read) if occurrences else read
        if occurrences and start and chunk.offset is not None and chunk.offset <= start[0]:
            continue
        yield plan.unpivot.apply(chunk) if plan.unpivot else chunk


def _checked(plan: Plan, part: Part, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, once the first rows have shown that every needed column is there."""
    wanted = dict(plan.needs if plan.unpivot is None else {})
    for setting, columns in plan.named_columns:
        wanted |= dict.fromkeys(columns, setting)
    looked = formats.format_of(part.name, plan.options) == "jsonl"
    for chunk in chunks:
        if not looked and len(chunk.rows):
            wanted = {name: purpose for name, purpose in wanted.items() if name not in plan.made}
            require(columns_of(chunk), wanted, part.name)
            looked = True
        yield chunk
