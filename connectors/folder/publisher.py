"""One complete set of files a run, beside those before it; `manifest.json` is exchanged last.

A reader that follows the manifest never sees half a set, and one that is still reading the set before keeps its files
for `keep` runs. A run that fails leaves nothing that anybody is told of; the next one removes it.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from connectors.folder.config import FolderConfig
from connectors.folder.places import Place, place_of
from connectors.folder.writing import written
from hub.sdk.connector import Finding, Json
from hub.sdk.publisher import Published, Publisher, PublisherConfig, Table, Tables

_MANIFEST = "manifest.json"
_PROBE = ".hub-can-write"


class FolderPublisher(Publisher[FolderConfig]):
    """See `FolderConfig`."""

    kind: ClassVar[str] = "folder"
    title: ClassVar[str] = "Files in a folder, on SFTP or in an object store"
    config_model: ClassVar[type[PublisherConfig]] = FolderConfig

    def check(self) -> Iterator[Finding]:
        """Whether the target can be written."""
        if self.config.format == "delta":
            from connectors.folder.delta import check

            yield Finding("target", True, f"{check(self.config, self.context)} can be read")
            return
        with contextlib.closing(self._place()) as place:
            place.put_text(_PROBE, "")
            place.remove(_PROBE)
            yield Finding("target", True, f"{place.shown} can be written")

    def publish(self, tables: Tables, state: Json) -> Published:
        """Write all tables; see the module."""
        if self.config.format == "delta":
            from connectors.folder.delta import publish

            return publish(self.config, self.context, tables)
        with contextlib.closing(self._place()) as place:
            return self._published(place, tables)

    def _published(self, place: Place, tables: Tables) -> Published:
        before = _sets(place)
        name = f"{tables.as_of:%Y%m%dT%H%M%S}-{tables.mark[:8]}"
        entries, rows = defaultdict[str, list[Json]](list), {}
        for table in tables:
            with tempfile.TemporaryDirectory(prefix="hub-publish-") as scratch:
                for path in written(tables, table, self.config, Path(scratch), self.context.cancelled):
                    target = f"{name}/{path.relative_to(scratch).as_posix()}"
                    place.put(path, target)
                    entries[table.name].append({"path": target, "bytes": path.stat().st_size})
            rows[table.name] = table.rows
        kept = [*before, name][-self.config.keep :]
        described = {
            "set": name,
            "as_of": tables.as_of.isoformat(),
            "format": self.config.format,
            "tables": {table.name: _described(table, entries[table.name]) for table in tables},
            "sets": kept,
        }
        place.put_text(_MANIFEST, json.dumps(described, indent=1, ensure_ascii=False))
        place.keep_only(kept)
        return Published(rows, state={"set": name})

    def _place(self) -> Place:
        return place_of(self.config, self.context.base_dir)


def _described(table: Table, files: list[Json]) -> Json:
    columns = {each.name: {"kind": each.kind.value, "description": each.description} for each in table.fields}
    about = {"rows": table.rows, "key": list(table.key), "description": table.description}
    return {**about, "columns": columns, "files": files}


def _sets(place: Place) -> list[str]:
    """The complete sets that the present manifest knows of, oldest first."""
    try:
        known: Any = json.loads(place.text(_MANIFEST) or "{}")
    except ValueError:
        return []
    sets = known.get("sets", []) if isinstance(known, dict) else []
    return [name for name in sets if isinstance(name, str)]
