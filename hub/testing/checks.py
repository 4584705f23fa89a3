"""What the groups of checks share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from hub.sdk import Connector, HubError, Stream
from hub.testing.network import Network
from hub.testing.reading import Reading, Records, read, request_for
from hub.testing.world import World

if TYPE_CHECKING:
    from datetime import datetime


class Checks:
    """The parts of `ConnectorContract` that its groups of checks lean on."""

    connector: ClassVar[type[Connector[Any]]]
    settings: ClassVar[Mapping[str, Any]]
    page_rows: ClassVar[int]
    logins: ClassVar[str]
    reading_posts: ClassVar[tuple[str, ...]]

    def world(self, size: int, folder: Path) -> World:
        raise NotImplementedError

    def streams_under_test(self) -> tuple[Stream, ...]:
        raise NotImplementedError

    def full(self, world: World, name: str, **options: Any) -> Reading:
        """A full read of a stream by a fresh connector."""
        return self.reading(world, name, **options)

    def reading(
        self,
        world: World,
        name: str,
        *,
        since: datetime | None = None,
        state: dict[str, Any] | None = None,
        resume: dict[str, Any] | None = None,
        stop_after: int | None = None,
    ) -> Reading:
        """A read of a stream by a fresh connector, closed afterwards."""
        with opened(world) as connector:
            stream = stream_of(connector, name)
            request = request_for(stream, world.clock.now(), since=since, state=state, resume=resume)
            return read(connector, request, stop_after=stop_after)

    def networked(self, world: World) -> Network:
        """The world's network; the check is skipped where the source is not reached by HTTP."""
        if world.network is None:
            pytest.skip("this source is not reached over the network")
        return world.network

    @property
    def main_stream(self) -> str:
        return self.streams_under_test()[0].name

    def failure(self, world: World, name: str) -> HubError:
        """The error that reading the stream must end with."""
        try:
            reading = self.full(world, name)
        except HubError as error:
            assert error.fix, f"the error says nothing about what to do: {error}"
            return error
        raise AssertionError(f"no error was raised; {reading.rows} rows came as if nothing had happened")


@contextmanager
def opened(world: World) -> Iterator[Connector[Any]]:
    """A new connector, closed at the end."""
    connector = world.connector()
    try:
        yield connector
    finally:
        connector.close()


def stream_of(connector: Connector[Any], name: str) -> Stream:
    """The stream of that name, as this instance describes it."""
    return next(stream for stream in connector.discover() if stream.name == name)


def differences(left: Records, right: Records) -> str:
    """How two sets of records differ, by ids: "" where they are the same."""
    told = []
    for entity in sorted({*left, *right}):
        one, other = left.get(entity, {}), right.get(entity, {})
        only_left, only_right = sorted(one.keys() - other.keys()), sorted(other.keys() - one.keys())
        changed = sorted(key for key in one.keys() & other.keys() if one[key] != other[key])
        for words, ids in (("missing", only_right), ("too many", only_left), ("different", changed)):
            if ids:
                told.append(f"{entity}: {len(ids)} {words} ({', '.join(ids[:5])})")
    return "; ".join(told)
