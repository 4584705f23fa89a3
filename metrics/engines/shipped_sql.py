"""Translations that came with the hub, so that the first numbers of `analytics: postgres` need not wait for a parser.

They hold as long as the rules do that they were made by; which version of the parser is installed does not matter.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from types import ModuleType

from metrics.engines import dialect

_FOLDER = Path(__file__).parent


def shipped_file(module: ModuleType) -> Path:
    """Where the translations by a dialect's module are, if any were shipped."""
    return _FOLDER / f"{module.__name__.rpartition('.')[2]}.json"


def rules_of(module: ModuleType) -> str:
    """What translations by a dialect's module follow from, beside the parser."""
    sources = (Path(str(each.__file__)).read_bytes() for each in (dialect, module))
    return hashlib.sha256(b"".join(sources)).hexdigest()


def key_of(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:24]


@cache
def shipped(module: ModuleType) -> dict[str, str]:
    """Key of a statement -> its translation; nothing where there is none, or where the rules are others by now."""
    try:
        document = json.loads(shipped_file(module).read_text(encoding="utf-8"))
        return dict(document["statements"]) if document["rules"] == rules_of(module) else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
