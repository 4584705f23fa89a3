"""A copy of the replica where others can read it: in a folder that a cluster shares, or in an object store, by fsspec.

Its files are never changed, so only new ones are copied, and the manifest comes last: who reads it finds a whole state.
What the state before needs is kept until the next one, for those who are still reading.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hub.errors import ConfigError
from hub.spark.places import file_system, shown
from metrics.replica.manifest import MANIFEST, Manifest


def mirrored(folder: Path, manifest: Manifest, url: str) -> None:
    """Bring the copy at an address up to date. Costs one question where it is. Raises ConfigError where it cannot be
    written, PluginError where the library for such addresses is not installed."""
    files, root = file_system(url)
    try:
        before = _manifest(files, root)
        own = (folder / MANIFEST).read_bytes()
        if before == own:
            return
        there = _sizes(files, root)
        for name in sorted(manifest.files - {MANIFEST}):
            if there.get(name) != (folder / name).stat().st_size:
                files.put_file(str(folder / name), f"{root}/{name}")
        files.pipe_file(f"{root}/{MANIFEST}", own)
        for name in there.keys() - manifest.files - _named(before):
            files.rm_file(f"{root}/{name}")
    except Exception as error:  # each object store has errors of its own
        raise ConfigError(
            f"the copy of the replica at {shown(url)} cannot be written ({type(error).__name__}: {str(error)[:160]}).",
            fix="Check the address, and the credentials in this process's environment.",
        ) from error


def _manifest(files: Any, root: str) -> bytes:
    try:
        found: bytes = files.cat_file(f"{root}/{MANIFEST}")
    except FileNotFoundError:
        return b""
    return found


def _named(manifest: bytes) -> set[str]:
    """The files of a manifest."""
    try:
        parts = json.loads(manifest)["parts"].values()
        small = {part[name] for part in parts for name in ("delta", "gone") if part[name]}
        return small | {file["name"] for part in parts for file in part["files"]}
    except (ValueError, KeyError, TypeError):
        return set()


def _sizes(files: Any, root: str) -> dict[str, int]:
    """The files that are there, without folders and what is not ours."""
    files.invalidate_cache()
    listed = files.ls(root, detail=True)
    return {
        entry["name"].rpartition("/")[2]: entry["size"]
        for entry in listed
        if entry["type"] == "file" and entry["name"].endswith(".parquet")
    }
