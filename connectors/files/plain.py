"""The connector of kind `csv`: a folder with one file for each entity, its columns named as the hub names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.files import formats, reading
from connectors.files.columns import needed, overriding, used
from connectors.files.defaults import with_defaults
from connectors.files.matching import Found
from connectors.files.naming import entity_named, map_for, stem
from connectors.files.options import effective
from connectors.files.reading import Plan
from hub.sdk import (
    Connector,
    FieldMap,
    Finding,
    HubError,
    Mode,
    Page,
    ReadRequest,
    SourceChanged,
    SourceUnavailable,
    Stream,
    at,
    entities,
    late_model,
)

if TYPE_CHECKING:
    from connectors.files.config import CsvConfig, CsvStream

_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".csv.zip", ".zip")


class CsvConnector(Connector[Any]):
    """customers.csv, orders.csv, order_lines.csv ...: see README.md for the column names."""

    kind = "csv"
    config_model = late_model("connectors.files.config", "CsvConfig")
    plain_settings = True
    title = "A folder of CSV files, one for each entity"
    config: CsvConfig

    @property
    def folder(self) -> Path:
        return Path(self.context.base_dir) / self.config.folder

    @cached_property
    def _files(self) -> dict[str, Path]:
        """Entity -> its file. Raises SourceUnavailable without a folder, SourceChanged for two files of one entity."""
        if not self.folder.is_dir():
            raise SourceUnavailable(
                f"the folder {self.folder} is not there.", fix="Correct `folder`, or mount the share it lies on."
            )
        files: dict[str, Path] = {}
        for path in sorted(self.folder.iterdir()):
            entity = entity_named(stem(path.name)) if path.name.lower().endswith(_SUFFIXES) else None
            if entity and entity in files:
                raise SourceChanged(
                    f"{files[entity].name} and {path.name} are both {entity}.",
                    fix="Move one of them out of the folder.",
                )
            if entity:
                files[entity] = path
        return files

    def discover(self) -> tuple[Stream, ...]:
        if not self._files and not self.config.streams:
            names = [f"{name}.csv" for name in entities.ENTITIES]
            raise SourceUnavailable(
                f"no file in {self.folder} is named like an entity.",
                fix=f"Put the exports there; names are {', '.join(names)}.",
            )
        names = list(dict.fromkeys([*self._chosen, *(() if self.config.streams else self._files)]))
        return tuple(self._stream(name) for name in names)

    @property
    def _chosen(self) -> dict[str, str]:
        """Entity -> the stream's name as the admin wrote it."""
        return {entity_named(name) or name: name for name in self.config.streams}

    def _settings(self, entity: str) -> CsvStream | None:
        return self.config.streams.get(self._chosen.get(entity, ""))

    def _stream(self, entity: str) -> Stream:
        settings = self._settings(entity)
        fields = self._map(entity)
        known = fields or FieldMap(entities.ENTITIES[entity], {"source_id": at("id")})
        return Stream(
            self._chosen.get(entity, entity),
            (with_defaults(known, effective(self.config, settings)),),
            mode := _mode_of(settings),
            whole=mode is Mode.SNAPSHOT,
            provisional=fields is None,
        )

    def _map(self, entity: str) -> FieldMap | None:
        """The map that the file's header says; None for a file that cannot be read: reading it tells why."""
        if entity not in entities.ENTITIES:
            raise SourceChanged(
                f"there is no entity `{entity}`.", fix=f"Streams are named {', '.join(entities.ENTITIES)}."
            )
        try:
            names = self._columns(entity)
        except HubError:
            return None
        return map_for(entities.ENTITIES[entity], names)

    def _columns(self, entity: str) -> tuple[str, ...]:
        plan = self.plan(entity)
        found = Found(self.folder / plan.patterns[0], plan.patterns[0])
        return formats.column_names(formats.parts(found, plan.options)[0], plan.options, ())

    def plan(self, entity: str) -> Plan:
        """What reading an entity's file needs."""
        settings = self._settings(entity)
        path = self._files.get(entity)
        return Plan(
            self.folder,
            (path.name if path else f"{entity}.csv",),
            _mode_of(settings),
            effective(self.config, settings),
            entity,
            {},
            start=settings.start if settings else None,
        )

    def read(self, request: ReadRequest) -> Iterator[Page]:
        return reading.pages(self._plan_of(request.stream), request, self.context.now)

    def _plan_of(self, stream: Stream) -> Plan:
        """The plan with the columns that must be there: the key's, since all others come from the header itself."""
        return replace(self.plan(stream.maps[0].entity.name), needs=needed(stream.maps, self._overridden))

    @property
    def _overridden(self) -> dict[str, Iterable[str]]:
        return {name: fields.specs for name, fields in self.config.fields.items()}

    def check(self) -> Iterator[Finding]:
        from connectors.files import check

        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if path.name.lower().endswith(_SUFFIXES) and path not in self._files.values():
                yield Finding(
                    path.name, False, "its name is none of an entity, so it is not read.",
                    f"Entities are {', '.join(entities.ENTITIES)}; kind `files` reads any file.", severity="warning",
                )  # fmt: skip
        try:
            streams = self.discover()
        except HubError as error:
            yield Finding(str(self.folder), False, error.problem, error.fix)
            return
        for stream in streams:
            yield from check.findings(stream, self._plan_of(stream))
            yield from self._unmatched(stream, stream.maps[0].entity.name)

    def _unmatched(self, stream: Stream, entity: str) -> Iterator[Finding]:
        try:
            names = self._columns(entity)
        except HubError:
            return
        known = {*used(stream.maps), *overriding(self.config.fields.get(entity))}
        for name in names:
            if name not in known:
                yield Finding(
                    stream.name, False, f"the column `{name}` is none that {entity} has.",
                    f"Map it under `fields: {{{entity}: ...}}`, or keep it in `extras`.", severity="warning",
                )  # fmt: skip


def _mode_of(settings: CsvStream | None) -> Mode:
    return (settings.mode if settings else None) or Mode.SNAPSHOT
