"""How a stream writes numbers and times, handed to every field of its maps that says nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.files.options import Options
from hub.sdk import At, Coalesced, FieldMap, FieldSource

_NUMBERS, _MOMENTS, _DAYS = ("decimal", "integer"), "utc", "date"


def options_of(settings: Options) -> dict[str, dict[str, Any]]:
    """Converter -> the options that the settings imply."""
    numbers = {name: getattr(settings, name) for name in ("decimal", "thousands") if getattr(settings, name)}
    days = {"format": list(settings.date_format)} if settings.date_format else {}
    moments = {**days, "timezone": settings.timezone} if settings.timezone else days
    return {**dict.fromkeys(_NUMBERS, numbers), _MOMENTS: moments, _DAYS: days}


def with_defaults(fields: FieldMap, settings: Options) -> FieldMap:
    """The same map, each field with the options of its stream below its own."""
    options = options_of(settings)
    if not any(options.values()):
        return fields
    changed = {name: _field(source, fields.entity[name].kind, options) for name, source in fields.fields.items()}
    return replace(fields, fields=changed)


def _field(source: FieldSource, kind: str, options: Mapping[str, Mapping[str, Any]]) -> FieldSource:
    if isinstance(source, Coalesced):
        return Coalesced(tuple(_at(part, kind, options) for part in source.parts))
    return _at(source, kind, options) if isinstance(source, At) else source


def _at(source: At, kind: str, options: Mapping[str, Mapping[str, Any]]) -> At:
    own = source.options or {}
    implied = dict(options.get(source.convert or str(kind), {}))
    if "epoch" in own:
        implied.pop("format", None)
    merged = {**implied, **own}
    return replace(source, options=merged) if merged else source
