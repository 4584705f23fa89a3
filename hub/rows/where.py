"""Which rows a map lets in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.convert import plain_text
from hub.errors import RowRejected
from hub.mapping import Where
from hub.rows.paths import Path, parse

_NOT_A_TEXT = "\0"
"""Stands for an object or a list: something is there, and no text equals it."""


class Test:
    """One `Where`, made ready. Blank, null and missing are the empty text."""

    __test__ = False  # not a pytest class

    def __init__(self, where: Where) -> None:
        self.path: Path = parse(where.path)
        self._where = where
        self._verdicts: dict[Any, bool] = {}

    def lifted(self, levels: int) -> Test:
        """The same test as seen from so many levels higher."""
        return Test(replace(self._where, path=self._where.path[levels:]))

    def passes(self, value: Any) -> bool:
        """Whether a row with this value is let in."""
        if type(value) is not str and value is not None:
            return self._judge(_text(value))
        verdict = self._verdicts.get(value)
        if verdict is None:
            if len(self._verdicts) > 10_000:
                self._verdicts.clear()
            verdict = self._verdicts[value] = self._judge(_text(value))
        return verdict

    def _judge(self, text: str) -> bool:
        where = self._where
        return (
            (where.equals is None or text == where.equals.strip())
            and (where.one_of is None or text in where.one_of)
            and (where.not_one_of is None or text not in where.not_one_of)
            and (where.prefix is None or text.startswith(where.prefix))
            and (where.no_prefix is None or not text.startswith(where.no_prefix))
            and (where.empty is None or where.empty is (not text))
        )


def _text(value: Any) -> str:
    try:
        return plain_text(value) or ""
    except RowRejected:
        return _NOT_A_TEXT
