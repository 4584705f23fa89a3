"""YAML text -> plain data that remembers its lines, with limits that no text gets past.

Only what a settings file needs: mappings, lists and scalars. Scalars are read as people mean them, not as YAML 1.1
does: `NO`, `on` and `12:30` are texts, and so are `0123`, `1.10` and `2024-01-31`, until a setting asks for a number
or a day. Whole numbers, `true`, `false` and `null` are themselves. The parser hands out events, one by one, so a bomb
is stopped when it passes a limit, not when it went off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000
"""Values of one file, with what aliases repeat."""

KeyPath = tuple[str | int, ...]

_INTEGER = re.compile(r"-?[1-9][0-9]{0,17}|0")
_CONSTANTS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = {None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class Place(NamedTuple):
    """Line and column, both counted from 1."""

    line: int = 1
    column: int = 1


class SourceMistake(Exception):
    """The text is not YAML that we read. `problem` says what to do as well."""

    def __init__(self, place: Place, problem: str) -> None:
        super().__init__(problem)
        self.place = place
        self.problem = problem


@dataclass
class Document:
    """The data of one file, where each value and key stands, and how its scalars were written.

    values   path -> where the value begins;  keys: path -> where its key begins
    written  path -> the text of a scalar that became a number or a truth value
    spanning paths of mappings and lists
    repeated keys that stand twice in one mapping: path, the second place, the first one
    """

    path: Path
    data: Any = None
    values: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    written: dict[KeyPath, str] = field(default_factory=dict)
    spanning: set[KeyPath] = field(default_factory=set)
    repeated: list[tuple[KeyPath, Place, Place]] = field(default_factory=list)

    def place(self, path: KeyPath, *, key: bool = False) -> Place:
        """Where a path stands; for a path that is not there, its nearest ancestor."""
        if key and path in self.keys:
            return self.keys[path]
        while path not in self.values:
            if not path:
                return Place()
            path = path[:-1]
        return self.values[path]


def read_document(path: Path) -> Document:
    """Parse one file. Raises SourceMistake with the place; OSError where the file cannot be read."""
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    return parse(_decoded(raw), path)


def parse(text: str, path: Path) -> Document:
    """Parse one text. Raises SourceMistake."""
    if len(text) > MAX_BYTES:
        raise SourceMistake(Place(), f"larger than {MAX_BYTES:,} bytes; settings are never that large.")
    builder = _Builder(Document(path))
    try:
        builder.read(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise _syntax_mistake(error, text) from None
    except yaml.reader.ReaderError as error:
        raise SourceMistake(
            _place_of(text, error.position), f"a control character (U+{_code(error.character):04X}). Remove it."
        ) from None
    except UnicodeEncodeError as error:
        raise SourceMistake(_place_of(text, error.start), "half a surrogate pair. Save the file as UTF-8.") from None
    return builder.document


class _Builder:
    """Turns events into data. Recursion is bounded by MAX_DEPTH, work by MAX_NODES."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._anchors: dict[str, tuple[Any, KeyPath]] = {}
        self._nodes = 0

    def read(self, events: Iterator[Any]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise SourceMistake(_at(event), "a second document (`---`). One file holds one.")
                self.document.data = self._node(next(events), events, ())

    def _node(self, event: Any, events: Iterator[Any], path: KeyPath) -> Any:
        self._count(event, path)
        self.document.values[path] = _at(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        if event.tag not in _PLAIN_TAGS:
            raise SourceMistake(_at(event), f"the tag `{str(event.tag)[:40]}`. Tags are not used here; remove it.")
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, path)
        else:
            self.document.spanning.add(path)
            value = (self._sequence if isinstance(event, yaml.SequenceStartEvent) else self._mapping)(events, path)
        if event.anchor:
            self._anchors[event.anchor] = (value, path)
        return value

    def _count(self, event: Any, path: KeyPath) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise SourceMistake(_at(event), f"more than {MAX_NODES:,} values, aliases counted in. Make it smaller.")
        if len(path) > MAX_DEPTH:
            raise SourceMistake(_at(event), f"nested more than {MAX_DEPTH} levels deep. Settings are never that deep.")

    def _scalar(self, event: Any, path: KeyPath) -> Any:
        text: str = event.value
        if event.style or event.tag == "tag:yaml.org,2002:str":
            return text
        if text in _CONSTANTS:
            value: Any = _CONSTANTS[text]
        elif _INTEGER.fullmatch(text):
            value = int(text)
        else:
            return text
        self.document.written[path] = text
        return value

    def _sequence(self, events: Iterator[Any], path: KeyPath) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[str, Any]:
        items: dict[str, Any] = {}
        merged: list[tuple[Any, Place]] = []
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event)
            here = (*path, key)
            if key == "<<" and not event.style:
                merged.append((self._node(next(events), events, here), _at(event)))
                continue
            if key in items:
                self.document.repeated.append((here, _at(event), self.document.keys[here]))
            self.document.keys[here] = _at(event)
            items[key] = self._node(next(events), events, here)
        for value, place in merged:
            _merge(items, value, place)
        return items

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            what = {"AliasEvent": "an alias", "SequenceStartEvent": "a list"}.get(type(event).__name__, "a mapping")
            raise SourceMistake(_at(event), f"{what} as a key. Keys are texts; quote it if it is meant as one.")
        key: str = event.value
        return key

    def _alias(self, event: Any, path: KeyPath) -> Any:
        if event.anchor not in self._anchors:
            raise SourceMistake(_at(event), f"`*{event.anchor}` names no anchor above. Quote it if it is a text.")
        value, origin = self._anchors[event.anchor]
        return self._copy(value, event, origin, path)

    def _copy(self, value: Any, event: Any, origin: KeyPath, path: KeyPath) -> Any:
        """A copy that counts against the limit and knows where its parts stand: at the anchor."""
        self._count(event, path)
        document = self.document
        if origin in document.written:
            document.written[path] = document.written[origin]
        if isinstance(value, list):
            return [self._copy(item, event, (*origin, at), (*path, at)) for at, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        copied = {}
        for key, item in value.items():
            if (*origin, key) in document.keys:
                document.keys[(*path, key)] = document.keys[(*origin, key)]
                document.values[(*path, key)] = document.values[(*origin, key)]
            copied[key] = self._copy(item, event, (*origin, key), (*path, key))
        return copied


def _merge(items: dict[str, Any], value: Any, place: Place) -> None:
    """`<<: *defaults`: the mapping's own keys win, then the first merged one."""
    for source in value if isinstance(value, list) else [value]:
        if not isinstance(source, dict):
            raise SourceMistake(place, "`<<` takes a mapping, as in `<<: *defaults`.")
        for key, item in source.items():
            items.setdefault(key, item)


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceMistake(Place(), "written in UTF-16. Save the file as UTF-8.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", errors="replace")
        raise SourceMistake(
            _place_of(before, len(before)), f"the byte 0x{raw[error.start]:02X} is not UTF-8. Save the file as UTF-8."
        ) from None


def _syntax_mistake(error: yaml.MarkedYAMLError, text: str) -> SourceMistake:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place()
    problem = " ".join((error.problem or "not readable as YAML").split())
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if "\t" in line[: place.column] and not line[: place.column].strip():
        return SourceMistake(place, "a tab. Indent with spaces.")
    return SourceMistake(place, f"not valid YAML: {problem}{_begun(error, mark)}. {_remedy(problem, line)}".rstrip())


def _begun(error: yaml.MarkedYAMLError, mark: Any) -> str:
    """Where the list, mapping or quote began that the parser could not finish."""
    start = error.context_mark
    if not error.context or start is None or (mark and start.line == mark.line):
        return ""
    return f" ({' '.join(error.context.split())} that began in line {start.line + 1})"


def _remedy(problem: str, line: str) -> str:
    if "mapping values are not allowed" in problem:
        return "Quote a value that holds `: `, or check the indentation."
    if "cannot start any token" in problem:
        return "Quote a value that begins with %, @ or `."
    if "nesting depth" in problem:
        return "Settings are never that deep."
    if "could not find expected ':'" in problem:
        return "A key needs a `:` and a space after it."
    if "escape" in problem and "\\" in line:
        return "Write Windows paths in single quotes."
    return "Check quotes, brackets and indentation here and in the line above."


def _place_of(text: str, position: int) -> Place:
    line_start = text.rfind("\n", 0, position) + 1
    return Place(text.count("\n", 0, position) + 1, position - line_start + 1)


def _code(character: Any) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")


def _at(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)
