"""The settings of a daemon: edits are noticed, judged, and taken over as a whole or refused as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import ConfigError, HubError
from hub.session import Session
from hub.settings.load import CONNECTORS_FOLDER, HUB_FILE, PUBLISHERS_FOLDER, load_notifications
from sync_jobs.plans import Plan, wanted

if TYPE_CHECKING:
    from hub.settings.operations import NotificationSettings
    from sync_jobs.schedule import Key

Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Loaded:
    """All that the daemon takes from the settings, of one moment."""

    session: Session
    plans: dict[Key, Plan]
    notifications: NotificationSettings
    unlisted: dict[str, HubError] = field(default_factory=dict)


def load(config_dir: Path, *, debug: bool = False, log_json: bool = False) -> Loaded:
    """Read everything, with its secrets. Raises HubError with all that is wrong."""
    session = Session(config_dir, debug=debug, log_json=log_json)
    notifications = load_notifications(session.config_dir)
    found = wanted(session)
    return Loaded(session, found.plans, notifications, found.unlisted)


class Settings:
    """The settings in force. `problem` says why the newest edit was refused; empty where it was not."""

    def __init__(self, loaded: Loaded) -> None:
        self.current = loaded
        self.problem = ""
        self._seen = self._pending = signature(loaded.session.config_dir)
        self._offered: tuple[Signature, Loaded] | None = None

    def look(self, *, again: bool = False) -> bool:
        """Whether new settings are in force. An edit is looked at once it has come to rest.

        again   read them even if no file has changed: a secret may have
        """
        session = self.current.session
        now = signature(session.config_dir)
        offered, self._offered = self._offered, None
        if offered is not None and offered[0] == now == self._seen:
            self.current = offered[1]
            return True
        if now != self._pending:
            self._pending = now
            return False
        if now == self._seen and not again:
            return False
        self._seen = now
        try:
            found = load(session.config_dir, debug=session.debug, log_json=session.log_json)
            _require_same_store(session, found.session)
        except HubError as error:
            self.problem = str(error)
            return False
        self.current, self.problem = found, ""
        return True

    def list_again(self) -> None:
        """Ask the systems which streams they have now, in a thread of its own: they may take as long as they like.
        What is new is in force at the next look. Raises HubError for settings that are being edited."""
        current = self.current
        state = signature(current.session.config_dir)
        found = load(current.session.config_dir, debug=current.session.debug, log_json=current.session.log_json)
        _require_same_store(current.session, found.session)
        found = _keeping(current, found)
        if (found.plans, found.unlisted.keys()) != (current.plans, current.unlisted.keys()):
            self._offered = state, found


def _keeping(current: Loaded, found: Loaded) -> Loaded:
    """What was found, but a system that is away only now keeps the streams that it had: its runs tell of the outage."""
    away = found.unlisted.keys() - current.unlisted.keys()
    kept = {key: plan for key, plan in current.plans.items() if key[0] in away}
    unlisted = {name: problem for name, problem in found.unlisted.items() if name not in away}
    return replace(found, plans={**found.plans, **kept}, unlisted=unlisted)


def _require_same_store(old: Session, new: Session) -> None:
    if new.store_url != old.store_url:
        raise ConfigError(
            "`store` was changed; a running hub stays with its database.", fix="Stop `hub run` and start it again."
        )


def signature(config_dir: Path) -> Signature:
    """Changes whenever a settings file does: its name, time, size or place on the disk."""
    return tuple(sorted(_stamps(config_dir)))


def _stamps(config_dir: Path) -> Iterator[tuple[str, int, int, int]]:
    folders = ((config_dir, HUB_FILE), (config_dir / CONNECTORS_FOLDER, ""), (config_dir / PUBLISHERS_FOLDER, ""))
    for folder, only in folders:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name == only or (not only and entry.name.endswith((".yaml", ".yml"))):
                        stat = entry.stat()
                        yield entry.name, stat.st_mtime_ns, stat.st_size, stat.st_ino
        except OSError:  # an editor is replacing it just now
            yield str(folder), 0, 0, 0
