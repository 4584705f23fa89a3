"""The texts that the console says, gathered from code and templates: `python -m hub.console.extract` writes the
template of all catalogues, brings each catalogue up to date, and compiles it. A test holds them against each other.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from hub.console.raised import texts_in
from hub.console.words import DOMAIN, FOLDER, LANGUAGES

if TYPE_CHECKING:
    from babel.messages.catalog import Message

_HOME = Path(__file__).parents[2]
_PLACES = (
    ("hub/console", "*.py"), ("hub/console/templates", "*.html"),
    ("sync_jobs", "console*.py"), ("sync_jobs/console_templates", "*.html"),
    ("hub/access/erase", "whole.py"), ("metrics", "console*.py"), ("metrics/console_templates", "*.html"),
)  # fmt: skip
_RAISED = (
    ("hub/console", "[!s]*.py"), ("hub/access", "[gopt]*.py"), ("hub/access/erase", "person.py"),
    ("hub/identity", "clerk.py"), ("sync_jobs", "console*.py"), ("sync_jobs", "alerts.py"), ("sync_jobs", "monitor.py"),
    ("sync_jobs", "daemon.py"), ("sync_jobs", "expiring.py"), ("sync_jobs", "keeper.py"),
    ("metrics", "console*.py"), ("metrics", "base.py"),
    ("metrics", "filters.py"), ("metrics/explain", "choose.py"),
)  # fmt: skip
"""Whose errors and alerts pages show: hub.console.raised."""
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "told": (2,), "counted": (2, 3)}


def template() -> Catalog:
    """All texts there are."""
    catalog = Catalog(project="b2b-hub", fuzzy=False)
    for path in _files(_RAISED):
        for line, text in texts_in(path):
            catalog.add(text, locations=[(path.relative_to(_HOME).as_posix(), line)])
    for path in _files(_PLACES):
        method = "python" if path.suffix == ".py" else "jinja2"
        with path.open("rb") as file:
            for line, message, comments, _ in extract(method, file, _KEYWORDS, options={"encoding": "utf-8"}):
                if message and (not isinstance(message, tuple) or all(message)):
                    catalog.add(message, locations=[(path.relative_to(_HOME).as_posix(), line)], auto_comments=comments)
    return catalog


def _files(places: Iterable[tuple[str, str]]) -> Iterator[Path]:
    for folder, pattern in places:
        yield from sorted((_HOME / folder).glob(pattern))


def path_of(language: str, suffix: str) -> Path:
    """Where a language's catalogue lies."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def catalogue(language: str) -> Catalog:
    """A language's catalogue as it is checked in."""
    with path_of(language, "po").open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def compiled(catalog: Catalog) -> bytes:
    """The same for machines; the same bytes for the same texts."""
    buffer = io.BytesIO()
    catalog.creation_date = catalog.revision_date = _ANY_DAY
    write_mo(buffer, catalog)
    return buffer.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    """Texts without a translation, or with one that somebody should look at."""
    return [message for message in catalog if message.id and (not _is_told(message) or message.fuzzy)]


def _is_told(message: Message) -> bool:
    text = message.string
    return all(text) if isinstance(text, tuple | list) else bool(text)


def _write() -> None:
    every = template()
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{DOMAIN}.pot").open("wb") as file:
        write_po(file, every, width=120, sort_output=True, omit_header=True, include_lineno=False)
    for language in LANGUAGES:
        if language == "en":
            continue
        path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
        catalog = catalogue(language) if path_of(language, "po").exists() else Catalog(language, DOMAIN)
        catalog.update(every, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with path_of(language, "po").open("wb") as file:
            write_po(file, catalog, width=120, sort_output=True, omit_header=True, include_lineno=False)
        path_of(language, "mo").write_bytes(compiled(catalog))


if __name__ == "__main__":
    _write()
