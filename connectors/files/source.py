"""The connector of kind `files`: every stream said in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.files import reading
from connectors.files.columns import needed
from connectors.files.defaults import options_of, with_defaults
from connectors.files.matching import is_pattern
from connectors.files.options import effective
from connectors.files.reading import Plan
from connectors.files.shape import Wide
from connectors.files.since import Stamps
from hub.sdk import Connector, FieldMap, Finding, Mode, Page, ReadRequest, Stream, field_map, late_model

if TYPE_CHECKING:
    from connectors.files.config import FilesConfig, FileStream


class FilesConnector(Connector[Any]):
    """Exports in a folder: CSV, TSV, Excel, Parquet, JSON Lines, plain or packed."""

    kind = "files"
    config_model = late_model("connectors.files.config", "FilesConfig")
    plain_settings = True
    title = "Files in a folder"
    config: FilesConfig

    @property
    def folder(self) -> Path:
        return Path(self.context.base_dir) / self.config.folder

    def discover(self) -> tuple[Stream, ...]:
        return tuple(self._stream(name, stream) for name, stream in self.config.streams.items())

    def _stream(self, name: str, stream: FileStream) -> Stream:
        mode = mode_of(stream)
        is_whole = mode is Mode.SNAPSHOT  # other files are moved away once they are read, and their rows are not gone
        return Stream(name, self._maps(stream), mode, description=stream.description, whole=is_whole)

    def _maps(self, stream: FileStream) -> tuple[FieldMap, ...]:
        settings = effective(self.config, stream)
        return tuple(with_defaults(field_map(entity), settings) for entity in stream.entities)

    def plan(self, name: str) -> Plan:
        """What reading a stream needs."""
        stream = self.config.streams[name]
        settings = effective(self.config, stream)
        wide, occurrence = stream.unpivot, stream.occurrence
        return Plan(
            self.folder,
            stream.files,
            mode_of(stream),
            settings,
            stream.entities[0].entity,
            needed(self._maps(stream), {name: fields.specs for name, fields in self.config.fields.items()}),
            stream.columns,
            Wide(wide.keep, wide.name, wide.value, wide.skip) if wide else None,
            (occurrence.name, occurrence.within) if occurrence else None,
            Stamps(stream.cursor, tuple(options_of(settings)["utc"].items())) if stream.cursor else None,
            stream.start,
        )

    def read(self, request: ReadRequest) -> Iterator[Page]:
        return reading.pages(self.plan(request.stream.name), request, self.context.now)

    def check(self) -> Iterator[Finding]:
        from connectors.files import check

        for stream in self.discover():
            yield from check.findings(stream, self.plan(stream.name))


def mode_of(stream: FileStream) -> Mode:
    """The mode set, or the safe one: several files are often deltas, and a delta must not delete what it lacks."""
    if stream.mode:
        return stream.mode
    if stream.cursor:
        return Mode.INCREMENTAL
    one = len(stream.files) == 1 and not is_pattern(stream.files[0])
    return Mode.SNAPSHOT if one else Mode.INCREMENTAL
