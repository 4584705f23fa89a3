"""Columns of plain lists on their way to PostgreSQL: each travels as one text, which the server splits into an array.

Nothing here runs per value but `str` and `join`, which is several times as fast as binding arrays or rows.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from hub.model.kinds import Kind
from hub.store.postgres_records import clean

_NUL_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_CASTS = {
    Kind.TEXT: "{0}",
    Kind.INTEGER: "{0}::bigint",
    Kind.BOOLEAN: "{0}::boolean",
    Kind.DECIMAL: "{0}::numeric * 0.000001",  # a product is exact, a quotient is not
    Kind.UTC: "timestamptz 'epoch' + {0}::bigint / 1000000 * interval '1 second'"
    " + {0}::bigint % 1000000 * interval '1 microsecond'",  # in two parts, since interval arithmetic uses floats
    Kind.DATE: "{0}::date",
    Kind.JSON: "{0}::jsonb",
}


def rows_sql(names: Sequence[str], kinds: Sequence[Kind], first: int) -> str:
    """A query whose rows are the records. Its parameters are those of `array_values`, numbered from `first` on."""
    numbers = range(first + 2, first + 2 + len(names))
    arrays = ", ".join(array_sql(number, first) for number in numbers)
    values = ", ".join(f"v{place}" for place in range(len(names)))
    casts = (_CASTS[kind].format(f"v{place}") + f" AS {names[place]}" for place, kind in enumerate(kinds))
    return f"SELECT {', '.join(casts)} FROM unnest({arrays}) AS sent({values})"


def array_sql(number: int, first: int) -> str:
    """The array that parameter `number` stands for; the two marks are parameters `first` and `first + 1`.

    An empty text splits into nothing at all; it stands for one empty text, since no array is sent empty.
    """
    return f"coalesce(nullif(string_to_array(${number}, ${first}, ${first + 1}), '{{}}'), '{{\"\"}}')"


def array_values(columns: Sequence[Sequence[Any]], kinds: Sequence[Kind]) -> list[str]:
    """The mark between values, the mark of an empty one, then a text for each column; none may be without values."""
    for between, empty in _marks():
        texts = [_joined(column, kind, between, empty) for column, kind in zip(columns, kinds, strict=True)]
        if None not in texts:
            return [between, empty, *(text for text in texts if text is not None)]
    raise AssertionError("random marks are never part of the data")


def key_values(*columns: Sequence[str]) -> list[str]:
    """`array_values` for lists of keys."""
    return array_values(columns, [Kind.TEXT] * len(columns))


def _marks() -> Iterator[tuple[str, str]]:
    """Control characters that no data has, but for those that do."""
    yield "\x1f", "\x1e"
    while True:
        yield f"\x1f{secrets.token_hex(8)}\x1f", f"\x1e{secrets.token_hex(8)}\x1e"


def _joined(column: Sequence[Any], kind: Kind, between: str, empty: str) -> str | None:
    """The values as one text; None where the data itself holds one of the marks."""
    nulls = column.count(None)
    if kind in (Kind.INTEGER, Kind.DECIMAL, Kind.UTC, Kind.BOOLEAN):
        return between.join(map(str, column) if not nulls else [empty if v is None else str(v) for v in column])
    text = between.join(column if not nulls else [empty if value is None else value for value in column])
    if text.count(between) != len(column) - 1 or text.count(empty) != nulls:
        return None
    return json_clean(text) if kind is Kind.JSON else clean(text)


def json_clean(text: str) -> str:
    """JSON texts without the escape of NUL, which jsonb refuses; behind a backslash it is plain text."""
    return clean(_NUL_ESCAPE.sub(r"\1\\ufffd", text) if "\\u0000" in text else text)
