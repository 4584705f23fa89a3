"""What is wrong in a settings file, as a person wants to read it: where, what was expected, what was found, what was
probably meant. Values of secret settings are never shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.settings.yaml_source import Document, KeyPath, Place

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN_CHARACTERS = 40


class Mistake(NamedTuple):
    """One finding. `str()` is `config/hub.yaml:3:8: what is wrong. What to do.`"""

    file: Path
    place: Place
    problem: str

    def __str__(self) -> str:
        return f"{shown_path(self.file)}:{self.place.line}:{self.place.column}: {self.problem}"


def shown_path(path: Path) -> str:
    """The path as the admin would type it: relative to where they stand, if it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def nearest(word: str, known: Iterable[str]) -> str:
    """` Did you mean `x`?`, or the choices where they are few, or nothing."""
    choices = sorted(set(known))
    folded = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(word[:100].casefold(), list(folded), n=1, cutoff=0.6)
    if near:
        return f" Did you mean `{folded[near[0]]}`?"
    if 0 < len(choices) <= 12:
        return f" Choose from: {', '.join(choices)}."
    return ""


def found(value: Any, *, secret: bool = False) -> str:
    """What stands there, for people: kind and, where it is short and no secret, the value."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if secret or (isinstance(value, str) and "://" in value):
        return "a text" if isinstance(value, str) else "a number"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > _SHOWN_CHARACTERS:
        text = f"{text[:_SHOWN_CHARACTERS]}…"
    return f"`{' '.join(text.split())}`"


_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping (`name: value` lines)",
    "mapping_type": "a mapping (`name: value` lines)",
    "model_type": "a mapping (`name: value` lines)",
    "model_attributes_type": "a mapping (`name: value` lines)",
    "dataclass_type": "a mapping (`name: value` lines)",
    "list_type": "a list (`- value` lines)",
    "tuple_type": "a list (`- value` lines)",
    "set_type": "a list (`- value` lines)",
    "date_parsing": "a day such as 2024-01-31",
    "date_from_datetime_parsing": "a day such as 2024-01-31",
    "date_type": "a day such as 2024-01-31",
    "datetime_type": "a day or moment such as 2024-01-31 or 2024-01-31T08:00:00Z",
    "datetime_parsing": "a day or moment such as 2024-01-31 or 2024-01-31T08:00:00Z",
    "datetime_from_date_parsing": "a day or moment such as 2024-01-31 or 2024-01-31T08:00:00Z",
    "datetime_object_invalid": "a day or moment such as 2024-01-31 or 2024-01-31T08:00:00Z",
    "time_delta_type": "a duration such as PT10M or P1D",
    "time_delta_parsing": "a duration such as PT10M or P1D",
    "url_type": "a URL such as https://example.com",
    "url_parsing": "a URL such as https://example.com",
    "url_scheme": "a URL such as https://example.com",
    "path_type": "a path",
    "path_not_directory": "a folder that exists",
    "path_not_file": "a file that exists",
    "path_not_exists": "a path that exists",
}
_VALUE_ERRORS = {"value_error", "assertion_error"}
_SHOULD = r"^[A-Z][a-z]+( [a-z]+)? should (be )?"
_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "string_too_short": ("a text of at least {} characters", "min_length"),
    "string_too_long": ("a text of at most {} characters", "max_length"),
    "too_short": ("at least {} entries", "min_length"),
    "too_long": ("at most {} entries", "max_length"),
}


def describe(error: ErrorDetails, *, name: str, known: Sequence[str], secret: bool) -> str:
    """One pydantic error as `what is wrong. What to do.`; `known` are the names that are valid where it stands."""
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "extra_forbidden":
        return f"there is no setting `{_clean(name)}` here.{nearest(name, known)}"
    if kind == "missing":
        return f"the setting `{name}` is missing."
    if kind in {"literal_error", "enum"}:
        words = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        value = error["input"]
        hint = nearest(value, words) if isinstance(value, str) and not secret else f" Choose from: {', '.join(words)}."
        return f"{name}: {found(value, secret=secret)} is not one of its words.{hint}"
    if kind == "union_tag_invalid":
        words, tag = re.findall(r"'([^']*)'", str(context.get("expected_tags", ""))), str(context.get("tag", ""))
        setting = str(context.get("discriminator", "")).strip("'")
        return f"{name}.{setting}: {found(tag)} is not one of its words.{nearest(tag, words)}"
    if kind == "union_tag_not_found":
        return f"the setting `{name}.{str(context.get('discriminator', '')).strip(chr(39))}` is missing."
    if kind in _VALUE_ERRORS:
        return f"{name}: {_sentence(str(context.get('error', error['msg'])))}"
    if is_own_rule(error):
        return f"{name}: {_sentence(error['msg'])}"
    return f"{name}: expected {_expectation(error, context)}, found {found(error['input'], secret=secret)}."


def is_own_rule(error: ErrorDetails) -> bool:
    """Whether the error is not pydantic's own: its text is a sentence already."""
    return error["type"] not in {*_EXPECTED, *_LIMITS, *_VALUE_ERRORS} and not re.match(_SHOULD, error["msg"])


def _expectation(error: ErrorDetails, context: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind in _LIMITS:
        text, key = _LIMITS[kind]
        limit = f"{context[key]:g}" if isinstance(context[key], float) else context[key]
        return text.format(limit) if "{}" in text else f"{text} {limit}"
    if kind == "string_pattern_mismatch":
        return f"a text of the form {context['pattern']}"
    return re.sub(_SHOULD, "", error["msg"]).rstrip(".")


def _sentence(text: str) -> str:
    text = text.strip() or "not valid"
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _clean(name: str) -> str:
    return " ".join(name.split())[:_SHOWN_CHARACTERS]


def data_path(document_data: Any, location: Sequence[str | int]) -> KeyPath:
    """The part of a pydantic location that exists in the data: union branches and `[key]` marks are left out."""
    path: list[str | int] = []
    here = document_data
    for step in location:
        exists = step in here if isinstance(here, Mapping) else isinstance(here, list) and step in range(len(here))
        if exists:
            here = here[step]
            path.append(step)
    return tuple(path)


def most_telling(errors: Iterable[ErrorDetails], data: Any) -> list[ErrorDetails]:
    """One error for each place: a union reports every branch, and the branch that got furthest is what was meant."""
    best: dict[KeyPath, tuple[int, ErrorDetails]] = {}
    paths = [(data_path(data, error["loc"]), error) for error in errors]
    deep = {path for path, _ in paths}
    kept: list[ErrorDetails] = []
    for path, error in paths:
        nested = any(len(other) > len(path) and other[: len(path)] == path for other in deep)
        if nested and error["type"] not in {"extra_forbidden", "missing"}:
            continue
        if error["type"] in {"extra_forbidden", "missing"}:
            kept.append(error)
        else:
            known = best.setdefault(path, (len(error["loc"]), error))[1]
            if known["type"].endswith("_type") and error["type"] in _VALUE_ERRORS:
                best[path] = len(error["loc"]), error
    return kept + [error for _, error in best.values()]


def place_of(document: Document, path: KeyPath, error: ErrorDetails) -> Place:
    """A wrong name is shown at its key, a wrong value where it stands; what spans lines at its key too."""
    at_key = path in document.spanning or error["type"] in {"extra_forbidden", "missing"} or is_own_rule(error)
    return document.place(path, key=at_key)
