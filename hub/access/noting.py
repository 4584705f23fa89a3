"""What is changed on the command line is noted in the audit log, as what is changed in the console is."""

from __future__ import annotations

import logging
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


def note_change(arguments: Sequence[str], code: int) -> None:
    """Note a command that has come to its end. A log that cannot be written stops nobody, and is told."""
    change = change_in(arguments)
    if change is None or code == _USAGE:
        return
    from hub.access.audit import AuditLog
    from hub.access.gate import now
    from hub.access.person import at_the_command_line
    from hub.errors import HubError
    from hub.session import Session
    from hub.store.access import AccessTables

    action, subject, config = change
    try:
        with Session(Path(config) if config else None).open_store(upgrade_empty=False) as store:
            AuditLog(AccessTables(store), now).note(at_the_command_line(), action, subject, {"exit_code": code})
    except HubError as error:
        log.warning("the change was made, but not noted in the audit log: %s", error)


def _after_global_options(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    words, config = list(arguments), None
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--config" and words:
            config = words.pop(0)
        elif word.startswith("--config="):
            config = word.partition("=")[2]
    return words, config
