"""Folders that a cluster shares, and object stores: where its workers find what this machine writes, and the other way
round. Addresses are fsspec's; a plain path needs no library."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub.errors import ConfigError, PluginError
from hub.spark.session import as_hadoop

_LIBRARIES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs"}


def file_system(url: str) -> tuple[Any, str]:
    """fsspec's file system of an address, which is `replica:` in the settings, and the folder there, which is made.
    Raises PluginError where a library is missing, ConfigError where it cannot be opened."""
    scheme = url.partition("://")[0] if "://" in url else ""
    library = _LIBRARIES.get(scheme, "fsspec" if not scheme else f"fsspec, and its library for {scheme}://")
    try:
        import fsspec

        files, root = fsspec.core.url_to_fs(url, **({} if scheme else {"auto_mkdir": True}))
        files.makedirs(root, exist_ok=True)
    except ImportError as error:
        raise PluginError(
            f"`replica: {shown(url)}` needs the library {library}.",
            fix=f"Install it: pip install 'b2b-hub[remote]'{f' {library}' if scheme in _LIBRARIES else ''}.",
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"`replica: {shown(url)}` cannot be opened ({str(error)[:160]}).",
            fix="Check the address, and the credentials in this process's environment.",
        ) from error
    return files, str(root).rstrip("/")


def shown(url: str) -> str:
    """An address without a password."""
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"[:120]


def removed(url: str) -> None:
    """Remove a folder, if it is there. Nobody misses what cannot be removed."""
    with contextlib.suppress(Exception):
        if "://" not in url:
            shutil.rmtree(url)
            return
        import fsspec

        files, _, (root,) = fsspec.get_fs_token_paths(url)
        files.rm(root, recursive=True)


class Shelf:
    """A folder for one piece of work, below a place that this machine and the workers see.

    Files are given to the workers under a name, and never changed; what they write is found by its name.
    """

    def __init__(self, place: str, kind: str) -> None:
        self._url = f"{place}/{kind}-{uuid4().hex}"
        self._files: Any = None
        self._root = self._url
        if "://" in place:
            self._files, self._root = file_system(self._url)
        else:
            Path(self._url).mkdir(parents=True)
        self._near = Path(tempfile.mkdtemp(prefix="hub-")) if self._files else Path(self._url)

    def close(self) -> None:
        """Remove all of it."""
        removed(self._url)
        shutil.rmtree(self._near, ignore_errors=True)

    def address(self, name: str) -> str:
        """What Spark calls the file or folder."""
        return as_hadoop(f"{self._url}/{name}")

    @contextlib.contextmanager
    def giving(self, name: str) -> Iterator[Path]:
        """Where to write a file on this machine; at the end the workers have it."""
        path = self._near / name
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path
        if self._files:
            self._files.put_file(str(path), f"{self._root}/{name}")
            path.unlink()

    def written(self, name: str) -> Iterator[Path]:
        """The Parquet files of a folder that Spark wrote, each on this machine while it is looked at."""
        if not self._files:
            yield from sorted((self._near / name).glob("*.parquet"))
            return
        self._files.invalidate_cache()
        for place in sorted(self._files.glob(f"{self._root}/{name}/*.parquet")):
            near = self._near / "written.parquet"
            self._files.get_file(place, str(near))
            yield near
            near.unlink()


def swept(place: str, kind: str) -> None:
    """Remove what was left of such work by processes that were killed."""
    with contextlib.suppress(Exception):
        if "://" not in place:
            for left in Path(place).glob(f"{kind}-*"):
                shutil.rmtree(left, ignore_errors=True)
            return
        files, root = file_system(place)
        for left in files.glob(f"{root}/{kind}-*"):
            files.rm(left, recursive=True)
