"""One document against one settings model: all its mistakes, or the typed settings.

References are replaced first, then pydantic judges. A number where a text is expected is taken as it was written
(`version: 10` is the text `10`), since YAML has no way to know.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from hub import log
from hub.settings import model_paths, secrets
from hub.settings.mistakes import Mistake, data_path, describe, most_telling, place_of
from hub.settings.yaml_source import Document, KeyPath, Place

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)


@dataclass
class Part:
    """A mapping of a file that one model describes: a whole file, or one of `connectors:` in hub.yaml."""

    document: Document
    path: KeyPath = ()

    @property
    def data(self) -> Any:
        here = self.document.data
        for step in self.path:
            here = here[step]
        return here

    def place(self, path: KeyPath = (), *, key: bool = False) -> Place:
        return self.document.place((*self.path, *path), key=key)

    def mistake(self, problem: str, path: KeyPath = (), *, key: bool = False) -> Mistake:
        return Mistake(self.document.path, self.place(path, key=key), problem)


@dataclass
class Outcome(Generic[M]):
    """What was found. `settings` is None when something is wrong or a reference was left alone.

    references   the references that were left alone
    """

    settings: M | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    references: list[secrets.Reference] = field(default_factory=list)


def validate(
    model: type[M], part: Part, *, base: Path, resolve: bool, given: Mapping[str, Any], skip: Sequence[str] = ()
) -> Outcome[M]:
    """Check one part.

    base     folder that `${file:…}` starts from
    resolve  False leaves references alone: what depends on them is not judged
    given    values for keys the part does not set
    skip     keys that are parts of their own
    """
    data = part.data
    if data is None:
        data = {}
    if not isinstance(data, dict):
        return Outcome(mistakes=[part.mistake(f"expected a mapping (`name: value` lines), found {_kind(data)}.")])
    data = copy.deepcopy({key: value for key, value in data.items() if key not in skip})
    outcome: Outcome[M] = Outcome()
    unresolved = _replace_references(model, part, data, outcome, base=base, resolve=resolve)
    errors = _judge(model, part, {**given, **data}, outcome)
    for error in most_telling(errors, data):
        path = data_path(data, error["loc"])
        if any(path[: len(skipped)] == skipped for skipped in unresolved):
            continue
        outcome.mistakes.append(_mistake(model, part, data, path, error))
    if outcome.mistakes or outcome.references:
        outcome.settings = None
    return outcome


def _judge(model: type[M], part: Part, data: dict[str, Any], outcome: Outcome[M]) -> list[ErrorDetails]:
    for attempt in (1, 2):
        try:
            outcome.settings = model.model_validate(data)
        except ValidationError as failure:
            errors = failure.errors(include_url=False)
            if attempt == 2 or not _as_written(part, data, errors):
                return errors
        else:
            return []
    return []


def _as_written(part: Part, data: dict[str, Any], errors: list[ErrorDetails]) -> bool:
    """Give texts back where a text was expected. Returns whether there was anything to give."""
    changed = False
    for error in errors:
        path = data_path(data, error["loc"])
        written = part.document.written.get((*part.path, *path))
        if error["type"] == "string_type" and path and written and error["input"] is not None:
            _put(data, path, written)
            changed = True
    return changed


def _replace_references(
    model: type[BaseModel], part: Part, data: dict[str, Any], outcome: Outcome[Any], *, base: Path, resolve: bool
) -> set[KeyPath]:
    """Replace references within `data`. Returns the paths whose value is not known."""
    unknown: set[KeyPath] = set()
    for path, value in list(_scalars(data)):
        secret = model_paths.is_secret(model, path)
        if not secret and not isinstance(value, str):
            continue
        problem = _secret_problem(value) if secret else _text_problem(value)
        if not problem and isinstance(value, str) and secrets.has_reference(value):
            try:
                if resolve:
                    read = secrets.resolve_secret if secret else secrets.interpolate
                    _put(data, path, read(value, base))
                else:
                    unknown.add(path)
                    outcome.references += secrets.references(value)
            except secrets.Unresolved as error:
                problem = str(error)
        if problem:
            unknown.add(path)
            name = ".".join(map(str, path))
            outcome.mistakes.append(part.mistake(f"{name}: {problem}", path))
    return unknown


def _secret_problem(value: Any) -> str:
    if value is None or (isinstance(value, str) and secrets.is_reference(value)):
        return ""
    log.hide(str(value))  # whatever else is wrong must not show it either
    return f"a secret is never written here, only where it lies. {secrets.HOW_TO_WRITE}."


def _text_problem(value: str) -> str:
    if secrets.literal_password(value):
        return "a password is never written into a URL, only where it lies: `scheme://user:${env:PASSWORD}@host`."
    return ""


def _mistake(model: type[BaseModel], part: Part, data: dict[str, Any], path: KeyPath, error: ErrorDetails) -> Mistake:
    kind = error["type"]
    name = str(error["loc"][-1]) if kind in {"missing", "extra_forbidden"} else ".".join(map(str, path))
    parent = path[:-1] if kind == "extra_forbidden" else path
    text = describe(
        error,
        name=name or "it",
        known=model_paths.names_at(model, parent),
        secret=model_paths.holds_secret(model, path),
    )
    return Mistake(part.document.path, place_of(part.document, (*part.path, *path), error), text)


def _scalars(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _scalars(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _scalars(item, (*path, position))
    else:
        yield path, value


def _put(data: Any, path: KeyPath, value: Any) -> None:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


def _kind(data: Any) -> str:
    return "a list" if isinstance(data, list) else "a single value"
