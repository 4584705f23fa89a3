"""`hub user`, `hub token` and `hub audit`, as an admin types them."""

from __future__ import annotations

import getpass
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.project import C1, Project

from hub.access import Gate, passwords
from hub.store import open_store

PASSWORD = "four unrelated words here"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    return Project(tmp_path, capsys)


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What the command finds on its stdin."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_user_from_the_first_day_to_the_last(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no users" in project.hub("user", "list").out
    pipe(monkeypatch, PASSWORD + "\n")
    assert project.hub("user", "add", "Anna", "--role", "operator").out == "added anna (operator)\n"
    with open_store(f"sqlite:///{project.folder / 'hub.db'}") as store:
        assert Gate(store).login("anna", PASSWORD, "192.0.2.7").principal.role == "operator"

    (listed,) = project.hub("user", "list", "--json").json["users"]
    assert (listed["name"], listed["role"]) == ("anna", "operator") and listed["last_login_at"]
    assert project.hub("user", "role", "anna", "viewer").out == "anna is viewer now; 1 session ended\n"
    pipe(monkeypatch, PASSWORD + " and more")
    assert project.hub("user", "password", "anna").out == "anna has a new password; 0 sessions ended\n"
    gone = project.hub("user", "remove", "anna")
    assert gone.code == 0 and "last user" in gone.err


def test_a_password_is_typed_twice_on_a_terminal(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    typed = iter([PASSWORD, PASSWORD + "!", PASSWORD, PASSWORD])
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(typed))

    differs = project.hub("user", "add", "anna")
    assert differs.code == 2 and "differ" in differs.err
    assert project.hub("user", "add", "anna").code == 0


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (("user", "add", "anna"), "", "no password came"),
        (("user", "add", "anna"), "short\n", "too short"),
        (("user", "add", "an na"), PASSWORD, "no name for a user"),
        (("user", "role", "bert", "admin"), "", "no user `bert`"),
        (("user", "password", "bert"), PASSWORD, "no user `bert`"),
        (("user", "remove", "bert"), "", "no user `bert`"),
        (("user", "role", "bert", "king"), "", "king"),
        (("token", "revoke", "feed"), "", "no token `feed`"),
        (("token", "create", "feed"), "", "--scope"),
        (("token", "create", "feed", "--scope", "all"), "", "all"),
        (("token", "create", "feed", "--scope", "api", "--days", "0"), "", "days"),
    ],
)
def test_what_cannot_be_is_told_with_a_remedy(
    project: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], stdin: str, told: str
) -> None:
    pipe(monkeypatch, stdin)
    refused = project.hub(*arguments)

    assert refused.code == 2 and told in refused.err
    assert PASSWORD not in refused.err and "Traceback" not in refused.err


def test_a_token_is_printed_once_and_alone(project: Project) -> None:
    made = project.hub("token", "create", "Feed", "--scope", "odata", "--scope", "api", "--days", "30")
    token = made.out.strip()

    assert made.code == 0 and token.startswith("hub_") and len(made.out.splitlines()) == 1
    assert "shown only now" in made.err
    (listed,) = project.hub("token", "list", "--json").json["tokens"]
    assert (listed["name"], listed["scopes"], listed["valid"]) == ("feed", ["api", "odata"], True)
    assert token not in project.hub("token", "list").out + project.hub("audit", "list", "--json").out
    assert all(token.encode() not in content for content in project.files().values())

    assert project.hub("token", "revoke", "feed").code == 0
    assert "revoked" in project.hub("token", "list").out


def test_the_log_names_who_had_the_command_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.access.person import at_the_command_line

    pipe(monkeypatch, PASSWORD)
    project.hub("user", "add", "anna")
    project.hub("token", "create", "feed", "--scope", "odata")

    entries = project.hub("audit", "list", "--json").json["entries"]
    assert [entry["action"] for entry in entries] == ["token.create", "user.add"]
    assert {entry["who"] for entry in entries} == {at_the_command_line().name}
    assert entries[0]["detail"]["scopes"] == ["odata"]
    assert "command line" in project.hub("audit", "list").out
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert len(project.hub("audit", "list", "--since", today, "--json").json["entries"]) == 2
    assert project.hub("audit", "list", "--since", "2999-01-01", "--json").json["entries"] == []
    assert project.hub("audit", "list", "--who", "nobody").out == "Nothing is noted.\n"
    (one,) = project.hub("audit", "list", "--action", "user.add", "--json").json["entries"]
    assert one["subject"] == "anna"


def test_changes_made_by_other_commands_are_noted_too(project: Project) -> None:
    project.customers(C1)
    project.hub("sync")
    assert project.hub("pause", "erp", "--why", "Jane Doe told me so").code == 0
    project.hub("resume", "erp")
    project.hub("db", "prune")
    for reading in (("status",), ("quarantine", "list"), ("runs",), ("pause", "--help"), ("pause", "nothing-of-ours")):
        project.hub(*reading)

    entries = project.hub("audit", "list", "--json").json["entries"]
    assert [(entry["action"], entry["subject"]) for entry in entries] == [
        ("db.prune", ""), ("resume", "erp"), ("pause", "erp")
    ]  # fmt: skip
    assert "Jane" not in str(entries) and entries[0]["detail"] == {"exit_code": 0}


def looks(project: Project) -> list[tuple[str, str]]:
    entries = project.hub("audit", "list", "--json").json["entries"][::-1]
    return [(entry["action"], entry["subject"]) for entry in entries if "look" in entry["action"]]


def test_who_looks_at_a_record_on_the_command_line_is_noted(project: Project) -> None:
    project.customers(C1, "C2,Ada Lovelace,Atlantis,2024-01-02T00:00:00Z")
    project.hub("sync")
    project.hub("match", "run")
    for command in (
        ("quarantine", "list"), ("quarantine", "show", "1"), ("quarantine", "show", "--json", "1"), ("match", "list"),
        ("match", "show", "erp/C1"), ("match", "show", "Customer 1"), ("quarantine", "show", "77"),
        ("match", "show", "--help"),
    ):  # fmt: skip
        project.hub(*command)

    assert looks(project) == [
        ("quarantine.look", "quarantine/1"), ("quarantine.look", "quarantine/1"), ("record.look", "matches"),
        ("record.look", "golden/erp/C1"), ("record.look", "golden"),
    ]  # fmt: skip
    assert "Customer 1" not in project.hub("audit", "list", "--json").out


def test_the_log_tells_how_long_it_is_kept(project: Project) -> None:
    project.hub("token", "create", "feed", "--scope", "odata")
    assert "Lines are kept for 400 days" in project.hub("audit", "list").err
    project.settings("hub.yaml", "store: sqlite:///hub.db\nretention: {audit_days: 120}\n")
    listed = project.hub("audit", "list", "--json").json
    assert (listed["kept_days"], listed["removed_before"], listed["removed"]) == (120, None, 0)
    project.settings("hub.yaml", "store: sqlite:///hub.db\nretention: {audit_days: 30}\n")
    assert "audit_days: expected at least 90" in project.hub("audit", "list").err
