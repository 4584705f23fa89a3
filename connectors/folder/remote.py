"""A folder behind an address, by fsspec: on an SFTP server, in an object store, and what else it knows.

Where files can be renamed, they get their name once they are there. Object stores show a file when all of it is there,
and would copy it to rename it, so there it has its name from the beginning.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from connectors.folder.places import SET
from hub.sdk import AuthError, HubError, PluginError, SourceUnavailable

_SFTP = ("sftp", "ssh")
_RENAMING = (*_SFTP, "ftp", "smb", "file", "local", "memory")
"""Protocols whose servers rename a file in one step, and show it while it is still being written."""


class RemoteFolder:
    """See the module. `options` are those of fsspec's file system; for SFTP also `host_key`."""

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self.shown = re.sub(r"//[^/@]*@", "//", url)
        protocol = url.partition("://")[0]
        self._part = ".part" if protocol in _RENAMING else ""
        with self._told():
            self._fs, self._root = _opened(url, protocol, options, self.shown)

    def put(self, path: Path, name: str) -> None:
        with self._told():
            target = self._at(name)
            self._fs.makedirs(posixpath.dirname(target), exist_ok=True)
            self._fs.put_file(str(path), target + self._part)
            self._name(target)

    def put_text(self, name: str, text: str) -> None:
        with self._told():
            self._fs.makedirs(self._root, exist_ok=True)
            target = self._at(name)
            self._fs.pipe_file(target + self._part, text.encode())
            self._name(target)

    def _name(self, target: str) -> None:
        if self._part:
            self._fs.mv(target + self._part, target)

    def text(self, name: str) -> str | None:
        with self._told():
            target = self._at(name)
            return bytes(self._fs.cat_file(target)).decode() if self._fs.exists(target) else None

    def remove(self, name: str) -> None:
        with self._told():
            self._fs.rm(self._at(name))

    def keep_only(self, sets: Sequence[str]) -> None:
        with self._told():
            for entry in self._fs.ls(self._root, detail=True):
                name = posixpath.basename(entry["name"].rstrip("/"))
                if entry["type"] == "directory" and SET.fullmatch(name) and name not in sets:
                    self._fs.rm(entry["name"], recursive=True)

    def close(self) -> None:
        client = getattr(self._fs, "client", None)
        if client is not None and hasattr(client, "close"):
            with contextlib.suppress(Exception):  # what was put there is there
                client.close()

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
            raise AuthError(f"{self.shown} refuses our login or a right.", fix="See `login` and `options`.") from error
        except Exception as error:
            if "auth" in type(error).__name__.lower():
                raise AuthError(f"{self.shown} refuses our login.", fix="See `login` and `options`.") from error
            raise SourceUnavailable(
                f"{self.shown} cannot be written ({type(error).__name__}).",
                fix="Look whether it is up, and at `target`.",
            ) from error


def _opened(url: str, protocol: str, options: dict[str, Any], shown: str) -> tuple[Any, str]:
    """The file system, connected for this run alone, and the folder in it."""
    try:
        import fsspec

        if protocol in _SFTP:
            from connectors.folder.sftp import Sftp

            return Sftp(**{**Sftp._get_kwargs_from_urls(url), **options}), Sftp._strip_protocol(url)
        found: tuple[Any, str] = fsspec.core.url_to_fs(url, skip_instance_cache=True, **options)
    except ImportError as error:
        raise PluginError(
            f"{shown} needs a library that is not installed: {error}.",
            fix="Install it: pip install 'b2b-hub[remote]', and for object stores s3fs, adlfs or gcsfs.",
        ) from error
    except ValueError as error:
        raise PluginError(f"{shown} cannot be reached: {error}.", fix="Correct `target`.") from error
    return found
