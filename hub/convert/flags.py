"""Yes and no, in the words of many exports."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.convert.base import Bound, Converter, refused, shape
from hub.model.kinds import Column, Kind

_BOOLEANS = {
    word: truth
    for truth, words in (
        (True, "true t yes y on 1 ja j wahr oui o vrai si sí s sì sim verdadero vero verdadeiro tak da да x"),
        (False, "false f no n off 0 nein falsch non faux não nao falso nie nee nej нет"),
    )
    for word in words.split()
}


def _build_boolean(column: Column, options: Mapping[str, Any]) -> Bound:
    def scalar(value: Any) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            truth = _BOOLEANS.get(text.casefold())
            if truth is None:
                raise refused("is neither yes nor no; list its words under `values`")
            return truth
        if isinstance(value, int | float | Decimal):
            if value in (0, 1):
                return bool(value)
            raise refused("is a number other than 0 and 1")
        raise refused(f"is {shape(value)}, yes or no is expected")

    return Bound(scalar, _boolean_bulk, memo=True)


def _boolean_bulk(values: list[Any]) -> list[Any]:
    if set(map(type, values)) <= {bool, type(None)}:
        return values
    raise TypeError


BOOLEAN = Converter(
    "boolean",
    Kind.BOOLEAN,
    "Yes or no, in the words, letters and digits common in exports; `X` is SAP's yes.",
    _build_boolean,
)
