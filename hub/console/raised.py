"""The errors and alerts that pages show, as texts that can be translated: read from the code that raises them.

An error says what happened in English, with its values in it, since logs and programs read it as well. For pages the
same text is found again by its shape: `there is no system `erp`.` is "there is no system `%(v1)s`." with a value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hub.console.words import N_, catalogue

ERRORS = frozenset({
    "AccessDenied", "AuthError", "ConfigError", "HubError", "InTheWay", "LeaseHeld", "LoginNeeded", "MetricUndefined",
    "Missing", "PluginError", "SourceUnavailable", "Stale", "StoreBusy", "StoreError", "UsageError", "_refusal",
})  # fmt: skip
PARTS = (
    N_(" Did you mean `%(v1)s`?"), N_(" Choose from: %(v1)s."), N_("the role viewer"), N_("the role operator"),
    N_("the role admin"), N_("the scope `%(v1)s`"), N_("credential"), N_("certificate %(v1)s"),
    N_("certificate in %(v1)s"), N_("token %(v1)s"), N_("seen, and left alone: %(v1)s"),
    N_("%(v1)s: it names the person; remove it, or make it anew"),
)  # fmt: skip
"""What is put together elsewhere. Of values only these are translated: a stream that is called `orders` stays so."""
_PLACE = re.compile(r"%\((v\d+)\)s|%%")


class Reason(NamedTuple):
    """A text for one page. `lang` is the language it is in, where that is not the page's."""

    text: str
    lang: str = ""


def reason(language: str, text: str) -> Reason:
    """An error's text in a language; as it is, and marked, where no translation is known."""
    if language == "en" or not text:
        return Reason(text)
    told = _told(_shapes(language), text, language)
    return Reason(text, "en") if told is None else Reason(told)


def _told(shapes: Iterable[tuple[re.Pattern[str], str]], text: str, language: str) -> str | None:
    for shape, told in shapes:
        found = shape.fullmatch(text)
        if found is not None:
            values = found.groupdict().items()
            return told % {name: _told(_shapes(language, PARTS), each, language) or each for name, each in values}
    return None


@cache
def _shapes(language: str, only: tuple[str, ...] = ()) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What texts look like, and what they are in the language; those with more words of their own first."""
    texts = catalogue(language)._catalog  # babel tells nowhere else what it knows
    known = [(key, str(told)) for key, told in texts.items() if isinstance(key, str) and key and told]
    known = [(key, told if "%(v1)s" in key else told.replace("%", "%%")) for key, told in known
             if ("%(" not in key or "%(v1)s" in key) and (not only or key in only)]  # fmt: skip
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
    """(line, text) of every error that a module raises, and of every alert it opens."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for each in _said(node) if isinstance(node, ast.Call) else ():
            yield from ((each.lineno, text) for text in _texts(each))


def _said(call: ast.Call) -> list[ast.expr]:
    """What a call tells people: an error's problem and remedy, an alert's title, detail and remedy."""
    named = [word.value for word in call.keywords if word.arg in ("problem", "title", "detail", "fix")]
    if _name(call.func) in ERRORS:
        return [*call.args[:1], *named]
    if _name(call.func) == "Expiry":
        return named
    return [*call.args[1:2], *named] if isinstance(call.func, ast.Attribute) and call.func.attr == "open" else []


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (text for each in node.values for text in _texts(each))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # f"…".strip()
        yield from _texts(node.func.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        places = iter(range(1, 100))
        parts = [
            str(part.value).replace("%", "%%") if isinstance(part, ast.Constant) else f"%(v{next(places)})s"
            for part in node.values
        ]
        own = " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        if len(re.findall(r"[^\W\d_]{2,}", own)) > 1:  # else it would fit too much
            yield "".join(parts)
