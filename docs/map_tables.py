"""Which field of the source becomes which of ours: tables between the markers of a connector's README."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.mapping import At, Coalesced, Collected, Computed, Const, FieldMap, Joined
from hub.sdk import Stream

START, END = "<!-- map -->", "<!-- /map -->"


def readmes(root: Path) -> dict[str, Path]:
    """Kind of a connector -> its README, where it has the markers."""
    found = {path.parent.name: path for path in sorted(root.glob("connectors/*/README.md"))}
    return {kind: path for kind, path in found.items() if START in path.read_text(encoding="utf-8")}


def with_tables(text: str, streams: tuple[Stream, ...]) -> str:
    """A README with the tables of today between its markers."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{chr(10).join(_tables(streams))}\n{END}{after}"


def _tables(streams: tuple[Stream, ...]) -> Iterator[str]:
    for stream in streams:
        yield f"### Stream `{stream.name}`"
        yield ""
        if stream.description:
            yield f"{stream.description} Mode: {stream.mode.value}."
            yield ""
        for fields in stream.maps:
            yield from _table(fields)


def _table(fields: FieldMap) -> Iterator[str]:
    each = f", one for each of `{fields.each}`" if fields.each else ""
    yield f"| `{fields.entity.name}`{each} | from |"
    yield "|---|---|"
    for name, source in fields.fields.items():
        yield f"| `{name}` | {_told(source).replace('|', chr(92) + '|')} |"
    yield ""


def _told(source: Any) -> str:
    if isinstance(source, At):
        words = {theirs: ours for theirs, ours in (source.values or {}).items() if theirs != "*"}
        listed = ", ".join(f"{theirs} = {ours}" for theirs, ours in words.items())
        return f"`{source.path}`{f' ({listed})' if listed else ''}"
    if isinstance(source, Const):
        return f'always "{source.value}"'
    if isinstance(source, Joined):
        return f" {source.separator} ".join(map(_told, source.parts))
    if isinstance(source, Coalesced):
        return ", else ".join(map(_told, source.parts))
    if isinstance(source, Computed):
        return _computed(source)
    if isinstance(source, Collected):
        return ", ".join(f"{name}: `{path}`" for name, path in source.parts.items())
    return str(source)


def _computed(source: Computed) -> str:
    uses = ", ".join(f"`{path}`" for path in source.uses)
    doc = " ".join((inspect.getdoc(source.function) or "").split())
    return ". ".join(part.rstrip(".") for part in (f"made of {uses}" if uses else "", doc) if part)
