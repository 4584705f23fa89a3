"""Conversions in bulk. A kernel answers only what it is certain of, and marks the rest for the scalar converter.

Texts of up to 15 digits, and doubles, become whole millionths through the double: a decimal of up to 15 digits is the
only one that its nearest double is nearest to, so where m / 10^6 gives the double back, it stated m millionths.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.arrow.texts import Texts
from hub.convert.times import zone_named
from hub.model.kinds import MICROS
from hub.rows.values import Conversion

if TYPE_CHECKING:
    from numpy.typing import NDArray

Answer = tuple[pa.Array, "NDArray[np.bool_] | None"]
"""Values in physical form, null where there is none; and which positions to look at alone (None: none)."""

Kernel = Callable[[pa.Array], Answer]
"""Raises `pa.ArrowInvalid` or `pa.ArrowNotImplementedError` where it cannot even begin."""

_EXACT_DIGITS = 15
_EXACT = 10.0**_EXACT_DIGITS
_DAY = 86_400 * MICROS
_FIRST = (date(1001, 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * _DAY
_LAST = (date(9998, 12, 31).toordinal() - date(1970, 1, 1).toordinal()) * _DAY
_RULED = (0, (date(2037, 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * _DAY)
"""Where Arrow knows a zone's rules: it has no summer time after 2037 (seen in 26.0)."""
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?"
_ZONE = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"


def kernel_for(conversion: Conversion, kind: pa.DataType) -> Kernel | None:
    """The kernel for a converter and a type of array; None where there is none."""
    name, options = conversion.converter.name, conversion.options
    types = pa.types
    if name == "text" and not options:
        return _text_kernel(conversion, kind)
    if name in ("decimal", "integer") and not options:
        scale = MICROS if name == "decimal" else 1
        if types.is_string(kind):
            return lambda array: _scaled_texts(array, scale)
        if types.is_integer(kind):
            return lambda array: (pc.multiply_checked(array.cast(pa.int64()), scale), None)
        if types.is_float64(kind):
            return lambda array: _scaled_doubles(array, scale, None)
        return _decimals if types.is_decimal(kind) and name == "decimal" else None
    if name == "boolean" and types.is_boolean(kind):
        return lambda array: (array, None)
    if name == "utc" and set(options) <= {"timezone"}:
        zone = options.get("timezone") if zone_named(options.get("timezone")) else None
        return _moment_kernel(kind, zone)
    if name == "date" and not options and types.is_date32(kind):
        return _days
    return None


def _text_kernel(conversion: Conversion, kind: pa.DataType) -> Kernel | None:
    limit = conversion.column.max_length
    if pa.types.is_string(kind):
        return lambda array: _texts(array, limit)
    if pa.types.is_integer(kind) and (limit is None or limit >= 20):
        return lambda array: (array.cast(pa.string()), None)
    return None


def _texts(array: pa.Array, limit: int | None) -> Answer:
    texts = Texts(array)
    unsure = texts.trimmable()
    if limit is not None:
        unsure |= texts.lengths > limit
    nul = texts.with_nul()
    if nul is not None:
        unsure |= nul
    return texts.without_blanks(), unsure & texts.present


def _scaled_texts(array: pa.Array, scale: int) -> Answer:
    texts = Texts(array)
    short = texts.lengths <= _EXACT_DIGITS
    try:
        doubles = texts.without_blanks().cast(pa.float64())
    except pa.ArrowInvalid:
        clean = pc.match_substring_regex(array, _NUMBER).fill_null(False).to_numpy(zero_copy_only=False)
        doubles = texts.only(clean).cast(pa.float64())
    values, unsure = _scaled_doubles(doubles, scale, short)
    return values, texts.present & ~values.is_valid().to_numpy(zero_copy_only=False) if unsure is not None else None


def _scaled_doubles(array: pa.Array, scale: int, certain: NDArray[np.bool_] | None) -> Answer:
    numbers = array.to_numpy(zero_copy_only=False)
    with np.errstate(all="ignore"):
        whole = np.rint(numbers * scale)
        sure = (whole / scale == numbers) & (np.abs(whole) < _EXACT)
    if certain is not None:
        sure &= certain
    if sure.all():
        return pa.array(whole.astype(np.int64)), None
    values = pa.array(np.where(sure, whole, 0).astype(np.int64), mask=~sure)
    return values, ~sure & array.is_valid().to_numpy(zero_copy_only=False)


def _decimals(array: pa.Array) -> Answer:
    """Decimals of a database: the low half of each 128 bits, where the high half is but its sign."""
    wide = array.cast(pa.decimal128(38, 6))
    halves = np.frombuffer(wide.buffers()[1], dtype=np.int64)[wide.offset * 2 : (wide.offset + len(wide)) * 2]
    low, high = halves[::2], halves[1::2]
    valid = wide.is_valid().to_numpy(zero_copy_only=False)
    sure = (high == (low >> 63)) & valid
    return pa.array(np.where(sure, low, 0), mask=~sure), valid & ~sure


def _moment_kernel(kind: pa.DataType, zone: str | None) -> Kernel | None:
    types = pa.types
    if types.is_string(kind):
        return lambda array: _moments(array, zone)
    if types.is_timestamp(kind) and (kind.tz is not None or zone is None):
        return _timestamps
    if types.is_date32(kind) and zone is None:
        return lambda array: _in_range(array.cast(pa.timestamp("us")))
    return None


def _timestamps(array: pa.Array) -> Answer:
    if array.type.unit == "ns":
        array = pc.floor_temporal(array, unit="microsecond")
    return _in_range(array.cast(pa.timestamp("us", array.type.tz), safe=array.type.unit != "ns"))


def _moments(array: pa.Array, zone: str | None) -> Answer:
    texts = Texts(array)
    present = texts.present
    # Arrow also reads `2024-01-05T10` and `T101112`; we do not
    shaped = present & ((texts.lengths == 10) | (texts.byte(13) == ord(":")))
    stated = _states_zone(texts)
    try:
        moments = _cast_moments(texts.only(shaped), stated, zone)
    except pa.ArrowInvalid:
        pattern = f"{_MOMENT}{_ZONE if stated else ''}$"
        shaped = pc.match_substring_regex(array, pattern).fill_null(False).to_numpy(zero_copy_only=False)
        moments = _cast_moments(texts.only(shaped & present), stated, zone)
    zoned = zone is not None and not stated
    values, unsure = _in_range(moments, *(_RULED if zoned else (_FIRST, _LAST)))
    unsure_here = present & ~shaped
    return values, unsure_here if unsure is None else unsure_here | unsure


def _states_zone(texts: Texts) -> bool:
    """Whether the first text ends in a zone; a column that mixes both falls back where it differs."""
    places = np.flatnonzero(texts.present)
    if not len(places):
        return False
    text = texts.array[int(places[0])].as_py()
    return text[-1:] == "Z" or "+" in text[10:] or "-" in text[10:]


def _cast_moments(array: pa.Array, stated: bool, zone: str | None) -> pa.Array:
    moments = array.cast(pa.timestamp("us", "UTC" if stated else None))
    if zone is not None and not stated:
        moments = pc.assume_timezone(moments, zone, ambiguous="earliest", nonexistent="raise")
    return moments


def _in_range(moments: pa.Array, first: int = _FIRST, last: int = _LAST) -> Answer:
    micros = moments.cast(pa.int64())
    extremes = pc.min_max(micros)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    if low is None or (low >= first and high < last):
        return micros, None
    outside = pc.or_(pc.less(micros, first), pc.greater_equal(micros, last)).fill_null(False)
    return micros, outside.to_numpy(zero_copy_only=False)


def _days(array: pa.Array) -> Answer:
    _, unsure = _in_range(array.cast(pa.timestamp("us")))
    return array.cast(pa.string()), unsure


def positions(mask: Any) -> list[int]:
    """Where a mask is true, as plain integers."""
    found: list[int] = np.flatnonzero(mask).tolist()
    return found
