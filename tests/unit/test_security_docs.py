"""docs/SECURITY.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.access import Role, Scope, passwords, throttle
from hub.access.gate import _IDLE
from hub.access.masking import _classes, personal_columns, sees_personal_data
from hub.model.catalog import ENTITIES

TEXT = (Path(__file__).parents[2] / "docs" / "SECURITY.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    part = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [re.split(r"\s*\|\s*", line.strip().strip("|").strip()) for line in part.splitlines() if line[:1] == "|"]
    return rows[2:]


def test_every_role_is_explained_in_order_with_what_it_sees() -> None:
    assert [row[0] for row in rows_of("Roles")] == [role.value for role in Role]
    for row in rows_of("Roles"):
        assert row[2].startswith("seen" if sees_personal_data(Role(row[0])) else "masked")


def test_every_masked_column_is_listed() -> None:
    listed = {row[0]: [*row[1:], ""][:2] for row in rows_of("Masking")}

    assert listed.keys() == {name for name in ENTITIES if personal_columns(name)}
    for entity, (always, of_a_person) in listed.items():
        expected = [", ".join(sorted(names)) for names in _classes(entity)]
        assert [always, of_a_person] == expected, entity


@pytest.mark.parametrize("number", [passwords.SHORTEST, *throttle.LIMITS.values()])
def test_numbers_are_those_of_the_code(number: int) -> None:
    assert re.search(rf"\b{number}\b", TEXT)
    assert f"{throttle.WINDOW.seconds // 60} minutes" in TEXT and _IDLE.total_seconds() == 2 * 3600


def test_scopes_and_commands_are_named() -> None:
    assert all(f"`{scope}`" in TEXT for scope in Scope)
    for command in ("hub user add", "hub token create", "hub audit list", "hub erase", "hub check", "make audit"):
        assert command in TEXT
