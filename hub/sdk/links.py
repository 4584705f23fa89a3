"""Addresses of records in the systems they come from."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

_NAME = re.compile(r"\{(\w+)\}")


def filled(template: str, config: Any, source_id: str) -> str | None:
    """A template with `{id}` and settings filled in; None where a setting is empty. Keys are escaped for an address."""
    values = {
        name: quote(source_id, safe="") if name == "id" else getattr(config, name, None)
        for name in _NAME.findall(template)
    }
    if any(value in (None, "") for value in values.values()):
        return None
    return _NAME.sub(lambda found: str(values[found[1]]).rstrip("/"), template)
