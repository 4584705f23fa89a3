"""What commands share: `--json`, and how a document is printed."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Annotated, Any

from hub.arguments import Option

JsonOption = Annotated[bool, Option("--json", help="Print one JSON document and nothing else.")]


def print_json(document: Any) -> None:
    """One JSON document on stdout; decimals as text, so that they stay exact; times in ISO 8601."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def say(text: str = "") -> None:
    """One line of a command's result."""
    sys.stdout.write(f"{text}\n")


def talk(text: str) -> None:
    """One line beside the result: to stderr, without any secret."""
    from hub import log

    sys.stderr.write(log.redact(text) + "\n")
