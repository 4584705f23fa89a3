"""`hub init`: a small configuration that works at once, with every setting explained where it stands."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from hub.errors import UsageError
from hub.schemas import write_schemas
from hub.sdk.timing import written
from hub.settings.model import HubSettings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from hub.plugins import Registry

_WIDTH = 100
_HUB_SHOWN = ("store", "reporting_currency", "time_zone")
_CONNECTOR_SHOWN = ("kind", "folder")

_CUSTOMERS = """\
id,name,email,city,country,updated_at
C-1,Mill & Sons Ltd,orders@mill.example,Leeds,GB,2025-01-07T09:30:00Z
C-2,Café Orange SARL,achats@orange.example,Lyon,FR,2025-01-08T14:00:00Z
C-3,Nordwind Handels GmbH,einkauf@nordwind.example,Kiel,DE,2025-01-09T08:15:00Z
"""
_ORDERS = """\
id,number,customer_id,status,ordered_at,currency,total,updated_at
1,SO-1001,C-1,completed,2025-01-10T10:00:00Z,EUR,1250.00,2025-01-14T16:00:00Z
2,SO-1002,C-2,completed,2025-01-21T11:20:00Z,EUR,89.90,2025-01-23T09:05:00Z
3,SO-1003,C-1,open,2025-02-03T15:45:00Z,EUR,310.50,2025-02-03T15:45:00Z
4,SO-1004,C-3,cancelled,2025-02-05T08:00:00Z,EUR,75.00,2025-02-06T12:00:00Z
"""
_ENV_EXAMPLE = """\
# Secrets never stand in the YAML; it says ${env:NAME}, and the value comes from the environment.
# Copy this file to .env, fill it in, and load it before `hub` starts:  set -a; . ./.env; set +a
# SHOPIFY_TOKEN=
# PGPASSWORD=
"""
_GITIGNORE = """\
.env
hub.db
hub.db-shm
hub.db-wal
var/
"""


def write_starter(folder: Path, registry: Registry) -> tuple[list[Path], list[Path]]:
    """Write the starter and its JSON Schemas; returns the files written, and those that were there and are kept.

    Raises UsageError, and writes nothing, where one of its own files is there already.
    """
    files = starter_files(registry)
    own = [folder / name for name in files if not name.startswith(".")]
    there = [path for path in own if path.exists()]
    if there:
        raise UsageError(
            f"nothing was written: {', '.join(map(str, there))} {'is' if len(there) == 1 else 'are'} there already.",
            fix="Name an empty folder: `hub init FOLDER`.",
        )
    written, kept = [], []
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with path.open("x", encoding="utf-8", newline="\n") as file:
                    file.write(text)
            except FileExistsError:
                kept.append(path)
            else:
                written.append(path)
        written += write_schemas(folder / "config", registry)
    except OSError as error:
        raise UsageError(
            f"{error.filename} cannot be written ({error.strerror}).", fix="Name a folder that you may write to."
        ) from None
    return written, kept


def starter_files(registry: Registry) -> dict[str, str]:
    """Path within the folder -> text."""
    connector = registry.connector("csv").config_model
    return {
        "config/hub.yaml": _hub_yaml(),
        "config/connectors/erp.yaml": _connector_yaml(connector),
        "exports/customers.csv": _CUSTOMERS,
        "exports/orders.csv": _ORDERS,
        ".env.example": _ENV_EXAMPLE,
        ".gitignore": _GITIGNORE,
    }


def main() -> None:
    """Write the repository's own config/hub.yaml, which is the starter's."""
    Path("config/hub.yaml").write_text(_hub_yaml(), encoding="utf-8", newline="\n")


def _hub_yaml() -> str:
    fields = HubSettings.model_fields
    shown = [line for name in _HUB_SHOWN for line in _setting(name, fields[name], fields[name].default)]
    rest = [
        line for name, field in fields.items() if name not in (*_HUB_SHOWN, "connectors") for line in _off(name, field)
    ]
    return _text(
        ["# yaml-language-server: $schema=schema/hub.schema.json", "# What holds for the whole hub.", ""],
        shown,
        _heading("Everything below shows its default; take the # away to change it."),
        rest,
    )


def _connector_yaml(model: type[BaseModel]) -> str:
    fields = model.model_fields
    rest = [line for name, field in fields.items() if name not in _CONNECTOR_SHOWN for line in _off(name, field)]
    return _text(
        [
            "# yaml-language-server: $schema=../schema/connectors/csv.schema.json",
            "# One system. The name of this file is its name everywhere: `hub sync erp`.",
            "",
        ],
        _setting("kind", fields["kind"], "csv"),
        _setting("folder", fields["folder"], "exports"),
        _heading("Everything below may stay away; take the # away to set it."),
        rest,
    )


def _setting(name: str, field: FieldInfo, value: Any) -> list[str]:
    return [*_comment(field.description or ""), f"{name}: {_yaml(value)}", ""]


def _off(name: str, field: FieldInfo) -> list[str]:
    """A setting that is commented out, with its default; one that is a group, with its own settings."""
    default = field.get_default(call_default_factory=True)
    lines = _comment(field.description or "")
    if not isinstance(default, BaseModel):
        return [*lines, f"# {name}: {_yaml(default)}".rstrip(), ""]
    inner = [
        line
        for key, setting in type(default).model_fields.items()
        for line in (
            *_comment(setting.description or "", "#   # "),
            f"#   {key}: {_yaml(getattr(default, key))}".rstrip(),
        )
    ]
    return [*lines, f"# {name}:", *inner, ""]


def _yaml(value: Any) -> str:
    """A default as YAML; nothing for `None`."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, dict | BaseModel):
        return "{}"
    if isinstance(value, timedelta):
        return written(value)
    text = str(value)
    plain = text and text[0].isalnum() and all(character.isalnum() or character in "_./:-" for character in text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _comment(text: str, prefix: str = "# ") -> list[str]:
    return [prefix + line for line in textwrap.wrap(text, _WIDTH - len(prefix))]


def _heading(text: str) -> list[str]:
    return [f"# ---- {text}", ""]


def _text(*parts: Iterable[str]) -> str:
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


if __name__ == "__main__":
    main()
