"""What is changed on the command line is noted in the audit log, as what is changed in the console is; so is who looked
at personal data."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger(__name__)

_USAGE = 2
"""Exit code of a command that was not understood, and has changed nothing."""

CHANGES = {
    "pause": ("",),
    "resume": ("",),
    "backfill": ("",),
    "quarantine": ("retry", "drop"),
    "match": ("accept", "reject", "split", "merge", "undo"),
    "db": ("prune", "upgrade"),
}
"""Commands that change what others rely on: group -> its commands, `` for one that has none. Those of `hub.access` note
by themselves, and runs of a sync have the ledger."""

LOOKS = {
    ("quarantine", "show"): ("quarantine.look", "quarantine/"),
    ("match", "show"): ("record.look", "match/"),
    ("match", "list"): ("record.look", "matches"),
    ("match", "export"): ("match.export", ""),
}
"""Commands that show personal data, or hand it out: (group, command) -> what it is called, and what stands before an
id. The console notes the same looks under the same names."""
_ID = re.compile(r"[CP]\d{3,}|[A-Za-z0-9][A-Za-z0-9_-]{0,62}/.{1,200}")
"""A golden record, or a record as instance/key; anything else that is typed to find one is somebody's name."""


def noted_in(arguments: Sequence[str]) -> tuple[str, str, str | None] | None:
    """(action, subject, configuration folder) of a command that changes something, or shows personal data; None for any
    other."""
    return change_in(arguments) or look_in(arguments)


def look_in(arguments: Sequence[str]) -> tuple[str, str, str | None] | None:
    """The same of a command that shows personal data."""
    words, config = _after_global_options(arguments)
    look = LOOKS.get((words[0], words[1])) if len(words) > 1 and "--help" not in words else None
    if look is None:
        return None
    action, before = look
    typed = next((word for word in words[2:] if not word.startswith("-")), "") if before.endswith("/") else ""
    return action, _subject(before, typed), config


def _subject(before: str, typed: str) -> str:
    """What was looked at, without a name that was typed to find it."""
    if not typed or typed.isdecimal():
        return f"{before}{typed}"
    return f"golden/{typed}" if _ID.fullmatch(typed) else "golden"


def change_in(arguments: Sequence[str]) -> tuple[str, str, str | None] | None:
    """(action, subject, configuration folder) of a command that changes something; None for any other. The subject is
    what stands before the first option: ids and names of streams, never a reason in somebody's own words."""
    words, config = _after_global_options(arguments)
    name, rest = (words[0], words[1:]) if words else ("", [])
    commands = CHANGES.get(name, ())
    if not commands or "--help" in rest:
        return None
    if commands != ("",):
        if not rest or rest[0] not in commands:
            return None
        name, rest = f"{name}.{rest[0]}", rest[1:]
    options = next((place for place, word in enumerate(rest) if word.startswith("-")), len(rest))
    return name, " ".join(rest[:options]), config


def note(arguments: Sequence[str], code: int) -> None:
    """Note a command that has come to its end. A log that cannot be written stops nobody, and is told."""
    found = noted_in(arguments)
    if found is None or code == _USAGE:
        return
    from hub.access.audit import AuditLog
    from hub.access.gate import now
    from hub.access.person import at_the_command_line
    from hub.errors import HubError
    from hub.session import Session
    from hub.store.access import AccessTables

    action, subject, config = found
    try:
        with Session(Path(config) if config else None).open_store(upgrade_empty=False) as store:
            AuditLog(AccessTables(store), now).note(at_the_command_line(), action, subject, {"exit_code": code})
    except HubError as error:
        log.warning("that was done, but not noted in the audit log: %s", error)


def _after_global_options(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    words, config = list(arguments), None
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--config" and words:
            config = words.pop(0)
        elif word.startswith("--config="):
            config = word.partition("=")[2]
    return words, config
