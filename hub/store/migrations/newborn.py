"""The schema of this release as one SQL script for each database, for those that are still empty.

A first start must not pay for alembic, whose import and steps take longer than a small sync. The scripts come from
the migrations (`python -m hub.store.migrations.newborn`, part of `make docs`); a test holds them against them.
"""

from __future__ import annotations

from pathlib import Path

DIALECTS = ("sqlite", "postgresql")
_FOLDER = Path(__file__).parent


def statements(dialect: str) -> list[str]:
    """What makes all tables of this release in an empty database, alembic's own among them."""
    text = _place(dialect).read_text(encoding="utf-8")
    return [statement for statement in text.split(";\n") if statement.strip()]


def generated(dialect: str) -> str:
    """The script as the migrations give it today."""
    import io

    from alembic import command

    from hub.store.migrations.runner import config_of

    buffer = io.StringIO()
    command.upgrade(config_of(dialect=dialect, buffer=buffer), "head", sql=True)
    lines = [line.rstrip() for line in buffer.getvalue().splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("--")) + "\n"


def _place(dialect: str) -> Path:
    return _FOLDER / f"newborn_{dialect}.sql"


if __name__ == "__main__":
    for each in DIALECTS:
        _place(each).write_text(generated(each), encoding="utf-8")
