"""The errors that pages show, as texts that can be translated: read from the code that raises them.

An error says what happened in English, with its values in it, since logs and programs read it as well. For pages the
same text is found again by its shape: `there is no system `erp`.` is "there is no system `%(v1)s`." with a value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hub.console.words import N_, catalogue

ERRORS = frozenset({
    "AccessDenied", "AuthError", "ConfigError", "HubError", "InTheWay", "LeaseHeld", "LoginNeeded", "MetricUndefined",
    "Missing", "PluginError", "SourceUnavailable", "Stale", "StoreBusy", "StoreError", "UsageError", "_refusal",
})  # fmt: skip
PARTS = (
    N_(" Did you mean `%(v1)s`?"), N_(" Choose from: %(v1)s."), N_("the role %(v1)s"), N_("the scope `%(v1)s`"),
    N_("seen, and left alone: %(v1)s"), N_("%(v1)s: it names the person; remove it, or make it anew"),
)  # fmt: skip
"""What stands in for values, and is put together elsewhere."""
_PLACE = re.compile(r"%\((v\d+)\)s|%%")


class Reason(NamedTuple):
    """A text for one page. `lang` is the language it is in, where that is not the page's."""

    text: str
    lang: str = ""


def reason(language: str, text: str) -> Reason:
    """An error's text in a language; as it is, and marked, where no translation is known."""
    if language == "en" or not text:
        return Reason(text)
    for shape, told in _shapes(language):
        found = shape.fullmatch(text)
        if found is not None:
            values = {name: reason(language, value).text for name, value in found.groupdict().items()}
            return Reason(told % values if "%" in told else told)
    return Reason(text, "en")


@cache
def _shapes(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What texts look like, and what they are in the language; those with more words of their own first."""
    texts = catalogue(language)._catalog  # babel tells nowhere else what it knows
    known = [(key, str(told)) for key, told in texts.items() if isinstance(key, str) and key and told]
    known = [each for each in known if "%(" not in each[0] or "%(v1)s" in each[0]]
    known.sort(key=lambda each: -len(_PLACE.sub("", each[0])))
    return tuple((_shape(key), told) for key, told in known)


def _shape(text: str) -> re.Pattern[str]:
    parts, end = [], 0
    for place in _PLACE.finditer(text):
        parts += [re.escape(text[end : place.start()]), f"(?P<{place[1]}>.*?)" if place[1] else "%"]
        end = place.end()
    return re.compile("".join([*parts, re.escape(text[end:])]), re.DOTALL)


# -- reading the code -----------------------------------------------------------------------------------------------


def texts_in(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every error that a module raises: what happened, and what to do."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in ERRORS:
            said = [*node.args[:1], *(word.value for word in node.keywords if word.arg in ("problem", "fix"))]
            for each in said:
                yield from ((each.lineno, text) for text in _texts(each))


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        places = iter(range(1, 100))
        parts = [
            str(part.value).replace("%", "%%") if isinstance(part, ast.Constant) else f"%(v{next(places)})s"
            for part in node.values
        ]
        if sum(len(str(part.value).split()) for part in node.values if isinstance(part, ast.Constant)) > 1:
            yield "".join(parts)
