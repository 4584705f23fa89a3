"""Where files go: a folder of this machine; what lies behind an address is in `remote.py`."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from connectors.folder.config import FolderConfig
from hub.sdk import ConfigError

SET = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
"""Names of sets of files."""


class Place(Protocol):
    """A target. Names are relative, with `/` in them. Its methods raise HubError."""

    shown: str

    def put(self, path: Path, name: str) -> None:
        """Copy a file there; a reader sees all of it or none."""

    def put_text(self, name: str, text: str) -> None:
        """Write a small file; it replaces the one before in one step."""

    def text(self, name: str) -> str | None:
        """A small file; None where there is none."""

    def remove(self, name: str) -> None:
        """Remove one file."""

    def keep_only(self, sets: Sequence[str]) -> None:
        """Remove all sets of files but these; nothing else is touched."""

    def close(self) -> None:
        """End connections."""


def place_of(config: FolderConfig, base_dir: str) -> Place:
    """The target of the settings. Raises ConfigError or PluginError where it cannot be reached at all."""
    if "://" not in config.target:
        return LocalFolder(Path(base_dir) / config.target)
    from connectors.folder.remote import RemoteFolder

    return RemoteFolder(config.target, plain(config))


def plain(config: FolderConfig) -> dict[str, Any]:
    """Options and secrets, for a library."""
    return {**config.options, **{name: value.get_secret_value() for name, value in config.login.items()}}


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.shown = folder, str(folder)

    def put(self, path: Path, name: str) -> None:
        with self._told():
            target = self._folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(target.name + ".part")
            shutil.copyfile(path, part)
            part.replace(target)

    def put_text(self, name: str, text: str) -> None:
        with self._told():
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._folder / f"{name}.part"
            part.write_text(text, encoding="utf-8")
            part.replace(self._folder / name)

    def text(self, name: str) -> str | None:
        with self._told():
            path = self._folder / name
            return path.read_text(encoding="utf-8") if path.exists() else None

    def remove(self, name: str) -> None:
        with self._told():
            (self._folder / name).unlink(missing_ok=True)

    def keep_only(self, sets: Sequence[str]) -> None:
        with self._told():
            for path in self._folder.iterdir():
                if path.is_dir() and SET.fullmatch(path.name) and path.name not in sets:
                    shutil.rmtree(path)

    def close(self) -> None:
        """There are none."""

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigError(
                f"{self._folder} cannot be written: {error.strerror or type(error).__name__}.",
                fix="Let the hub's user write there, make room, or correct `target`.",
            ) from error
