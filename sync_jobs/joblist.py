"""From what an admin asked for to jobs: configured instances, their streams, the maps with overrides, the order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub.errors import HubError, PluginError, UsageError
from hub.mapping import FieldMap
from sync_jobs.jobs import Job, siblings_of

if TYPE_CHECKING:
    from hub.sdk.config import ConnectorConfig, StreamSettings
    from hub.sdk.connector import Connector, Stream
    from hub.session import Session
    from hub.settings import Instance


@dataclass(frozen=True)
class Asked:
    """What is to be synced, and how. Empty `names` or `streams` mean all that are enabled."""

    names: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    full: bool = False
    dry_run: bool = False
    allow_deletes: bool = False
    verify: bool = False


@dataclass(frozen=True)
class Opened:
    """One configured instance with its live connector. Close the connector after use."""

    instance: Instance
    connector: Connector[Any]
    streams: tuple[Stream, ...]

    @property
    def name(self) -> str:
        return self.instance.name

    def wanted(self, asked: Sequence[str]) -> list[Stream]:
        """The streams asked for, or all that the settings enable; those that others depend on come first."""
        if asked:
            return ordered([stream for stream in self.streams if stream.name in asked])
        return ordered([stream for stream in self.streams if is_enabled(self.instance.config, stream.name)])

    def maps(self, stream: Stream) -> tuple[FieldMap, ...]:
        return overridden_maps(self.instance.config, stream)

    def enabled_maps(self, stream: Stream) -> dict[str, tuple[FieldMap, ...]]:
        """The maps of all streams that the settings enable, and of this one."""
        config = self.instance.config
        return {each.name: self.maps(each) for each in self.streams if each == stream or is_enabled(config, each.name)}

    def close(self) -> None:
        self.connector.close()


@dataclass
class JobList:
    """Jobs by connector, and the instances that could not even be opened."""

    groups: list[list[Job]] = field(default_factory=list)
    broken: dict[str, HubError] = field(default_factory=dict)
    sync_id: str = field(default_factory=lambda: os.urandom(6).hex())


def open_instances(
    session: Session, names: Sequence[str] = (), *, cancelled: Callable[[], bool] = lambda: False
) -> tuple[list[Opened], dict[str, HubError]]:
    """The named instances, or all enabled ones, each opened alone: one that cannot be is returned with its reason."""
    opened: list[Opened] = []
    broken: dict[str, HubError] = {} if names else dict(session.settings.unavailable)
    instances = session.select(names) if names else session.settings.select()
    for instance in instances:
        try:
            opened.append(open_instance(session, instance, cancelled))
        except HubError as error:
            broken[instance.name] = error.at(instance.name)
        except Exception as error:  # a plugin's fault must not stop the other systems
            broken[instance.name] = PluginError(
                f"the connector `{instance.kind}` could not be started: {type(error).__name__}.",
                fix="Run `hub --debug check` for details and report them to its author.",
                where=instance.name,
            )
    return opened, broken


def open_instance(session: Session, instance: Instance, cancelled: Callable[[], bool]) -> Opened:
    """One instance with its streams. Whatever its connector raises comes out."""
    connector = session.connector(instance, cancelled=cancelled)
    try:
        return Opened(instance, connector, tuple(connector.discover()))
    except Exception:
        connector.close()
        raise


def build(session: Session, asked: Asked, *, cancelled: Callable[[], bool]) -> JobList:
    """Jobs for all that was asked. Raises UsageError for a stream that none of the instances has."""
    opened, broken = open_instances(session, asked.names, cancelled=cancelled)
    require_known(asked.streams, opened)
    jobs = JobList(broken=broken)
    before_merge = session.registry.before_merge
    for each in opened:
        group = [
            replace(job_of(session, each, stream, jobs.sync_id, asked), before_merge=before_merge, cancelled=cancelled)
            for stream in each.wanted(asked.streams)
        ]
        if group:
            jobs.groups.append(group)
        else:
            each.close()
    return jobs


def job_of(session: Session, opened: Opened, stream: Stream, sync_id: str, asked: Asked = Asked()) -> Job:
    """The job for one stream, with the admin's settings in it."""
    config = opened.instance.config
    settings = config.streams.get(stream.name)
    return Job(
        source=opened.name,
        connector=opened.connector,
        stream=stream,
        maps=opened.maps(stream),
        sync_id=sync_id,
        full=asked.full,
        verify=asked.verify,
        dry_run=asked.dry_run,
        start=_utc(settings.start if settings else None),
        overlap=settings.overlap if settings else None,
        max_reject_share=config.max_reject_share,
        max_delete_share=config.max_delete_share,
        max_pages=config.max_pages,
        allow_deletes=asked.allow_deletes,
        state_dir=session.state_dir,
        sole_owner=_sole_owner(opened.streams),
        siblings=siblings_of(stream.name, opened.enabled_maps(stream)),
    )


def is_enabled(config: ConnectorConfig, stream: str) -> bool:
    """Without `streams:` all are; with it those named there, unless one says `enabled: false`."""
    settings: StreamSettings | None = config.streams.get(stream)
    return settings.enabled if settings is not None else not config.streams


def overridden_maps(config: ConnectorConfig, stream: Stream) -> tuple[FieldMap, ...]:
    """The stream's maps with what the admin wrote under `fields:`."""
    from hub.sdk.fields import maps_of

    return maps_of(config, stream)


def ordered(streams: Iterable[Stream]) -> list[Stream]:
    """Each stream behind those it depends on, otherwise as given; a circle is cut where it is met."""
    by_name = {stream.name: stream for stream in streams}
    result: dict[str, Stream] = {}

    def place(stream: Stream, above: tuple[str, ...]) -> None:
        for name in stream.depends_on:
            if name in by_name and name not in above and name not in result:
                place(by_name[name], (*above, stream.name))
        result.setdefault(stream.name, stream)

    for stream in by_name.values():
        place(stream, (stream.name,))
    return list(result.values())


def require_known(streams: Sequence[str], opened: Sequence[Opened]) -> None:
    """Raise UsageError for a stream that no opened instance has, with the nearest name."""
    known = {stream.name for each in opened for stream in each.streams}
    for name in streams:
        if name not in known and opened:
            from hub.settings.mistakes import nearest

            raise UsageError(
                f"there is no stream `{name}`.{nearest(name, known)}", fix="`hub status` lists all streams."
            )


def _sole_owner(streams: Sequence[Stream]) -> frozenset[str]:
    """Entities that just one stream writes."""
    writers = Counter(name for stream in streams for name in {fields.entity.name for fields in stream.maps})
    return frozenset(name for name, count in writers.items() if count == 1)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
