"""The console's languages: which there are, which one a request gets, and its catalogue."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.support import NullTranslations

LANGUAGES = {"en": "English", "zh": "中文"}
"""Language -> its name in itself. English is what the source says; the others have catalogues."""
FOLDER = Path(__file__).parent / "locale"
DOMAIN = "console"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


def N_(text: str) -> str:  # noqa: N802 - the name that extraction of texts knows
    """Mark a text that is translated later, when it is known for whom."""
    return text


def chosen(wanted: str | None, setting: str, header: str) -> str:
    """A person's own choice, else the hub's setting, else what the browser prefers, else English."""
    if wanted in LANGUAGES:
        return str(wanted)
    if setting in LANGUAGES:
        return setting
    ranked = []
    for place, part in enumerate(header[:500].split(",")):
        found = _RANGE.fullmatch(part)
        if found and found[1].lower() in LANGUAGES:
            ranked.append((-float(found[2] or 1), place, found[1].lower()))
    return min(ranked)[2] if ranked else "en"


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts of one language; the source's own where there is no catalogue."""
    from babel.support import Translations

    return Translations.load(FOLDER, [language], DOMAIN)


def told(language: str, text: str, **values: Any) -> str:
    """A text in a language, with its values filled in."""
    found = str(catalogue(language).gettext(text)) if text else ""
    return found % values if values else found


def counted(language: str, one: str, many: str, number: int, **values: Any) -> str:
    """A text for one or for several, with `%(number)s` filled in."""
    found = str(catalogue(language).ngettext(one, many, number))
    return found % {"number": number, **values}
