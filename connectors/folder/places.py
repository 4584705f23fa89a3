"""Where files go: a folder of this machine, or whatever fsspec reaches."""

from __future__ import annotations

import contextlib
import posixpath
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import SecretStr

from connectors.folder.config import FolderConfig
from hub.sdk import AuthError, ConfigError, HubError, PluginError, SourceUnavailable

_SET = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")


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


def place_of(config: FolderConfig, base_dir: str) -> Place:
    """The target of the settings. Raises ConfigError or PluginError where it cannot be reached at all."""
    if "://" not in config.target:
        return LocalFolder(Path(base_dir) / config.target)
    return RemoteFolder(config.target, plain(config))


def plain(config: FolderConfig) -> dict[str, Any]:
    """The options with their secrets, for a library."""
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in config.options.items()
    }


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
                if path.is_dir() and _SET.fullmatch(path.name) and path.name not in sets:
                    shutil.rmtree(path)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigError(
                f"{self._folder} cannot be written: {error.strerror or type(error).__name__}.",
                fix="Let the hub's user write there, make room, or correct `target`.",
            ) from error


class RemoteFolder:
    """A folder behind fsspec. Files get their final name once they are there; where the protocol has no renaming, as in
    object stores, a file appears as a whole anyway."""

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self.shown = re.sub(r"//[^/@]*@", "//", url)
        try:
            import fsspec
        except ImportError as error:
            raise PluginError(
                "a target with an address needs the library fsspec.", fix="Install it: pip install 'b2b-hub[remote]'."
            ) from error
        with self._told():
            try:
                found: tuple[Any, str] = fsspec.core.url_to_fs(url, **options)
            except (ImportError, ValueError) as error:
                raise PluginError(
                    f"{self.shown} cannot be reached: {error}.",
                    fix="Install the library it names, or correct `target`.",
                ) from error
        self._fs, self._root = found

    def put(self, path: Path, name: str) -> None:
        with self._told():
            target = self._at(name)
            self._fs.makedirs(posixpath.dirname(target), exist_ok=True)
            self._fs.put_file(str(path), target + ".part")
            self._fs.mv(target + ".part", target)

    def put_text(self, name: str, text: str) -> None:
        with self._told():
            self._fs.makedirs(self._root, exist_ok=True)
            target = self._at(name)
            self._fs.pipe_file(target + ".part", text.encode())
            if self._fs.exists(target):
                self._replace(target)
            else:
                self._fs.mv(target + ".part", target)

    def _replace(self, target: str) -> None:
        """SFTP's rename refuses a name that is taken, but for the extension that servers have for it."""
        sftp = getattr(self._fs, "ftp", None)
        if sftp is not None and hasattr(sftp, "posix_rename"):
            sftp.posix_rename(target + ".part", target)
        else:
            self._fs.mv(target + ".part", target)

    def text(self, name: str) -> str | None:
        with self._told():
            target = self._at(name)
            return bytes(self._fs.cat_file(target)).decode() if self._fs.exists(target) else None

    def remove(self, name: str) -> None:
        with self._told():
            self._fs.rm_file(self._at(name))

    def keep_only(self, sets: Sequence[str]) -> None:
        with self._told():
            for entry in self._fs.ls(self._root, detail=True):
                name = posixpath.basename(entry["name"].rstrip("/"))
                if entry["type"] == "directory" and _SET.fullmatch(name) and name not in sets:
                    self._fs.rm(entry["name"], recursive=True)

    def _at(self, name: str) -> str:
        return posixpath.join(self._root, name)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Libraries raise what they like; the text may hold the address, but not our options."""
        try:
            yield
        except HubError:
            raise
        except PermissionError as error:
            raise AuthError(f"{self.shown} refuses our login or a right.", fix="See `options`.") from error
        except Exception as error:
            if "auth" in type(error).__name__.lower():
                raise AuthError(f"{self.shown} refuses our login.", fix="See `options`.") from error
            raise SourceUnavailable(
                f"{self.shown} cannot be written ({type(error).__name__}).",
                fix="Look whether it is up, and at `target`.",
            ) from error
