"""Checks of a source that misbehaves: each fault is got over or ends in the right error; nothing is lost."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from hub.sdk import AuthError, HubError, SourceChanged, SourceUnavailable
from hub.testing import network as net
from hub.testing.checks import Checks, differences
from hub.testing.reading_checks import stream_entity
from hub.testing.world import SECRET, World

_PATIENCE = 100
"""Requests that a connector may send before it gives up on a source that never gets well."""


class FaultChecks(Checks):
    """Reading with faults. They use the main stream; all streams share the client."""

    def test_429_with_retry_after_is_waited_for(self, folder: Path) -> None:
        world = self._troubled(net.once(net.status(429, Retry_After="7")), folder)
        self._complete_in_spite(world)
        assert world.clock.waited >= 7, f"the source asked for 7 s; {world.clock.waited:.1f} s were waited"

    def test_429_without_retry_after_is_got_over(self, folder: Path) -> None:
        self._complete_in_spite(self._troubled(net.once(net.status(429)), folder))

    def test_503_is_got_over(self, folder: Path) -> None:
        self._complete_in_spite(self._troubled(net.once(net.status(503)), folder))

    def test_a_timeout_is_got_over(self, folder: Path) -> None:
        self._complete_in_spite(self._troubled(net.once(net.timeout), folder))

    def test_truncated_json_is_got_over(self, folder: Path) -> None:
        self._complete_in_spite(self._troubled(net.first_truncated, folder))

    def test_an_expired_login_is_renewed_or_told(self, folder: Path) -> None:
        world = self._troubled(net.once(net.status(401)), folder)
        try:
            self._complete_in_spite(world)
        except AuthError as error:
            assert error.fix

    def test_a_lasting_401_is_an_auth_error(self, folder: Path) -> None:
        self._ends_with(AuthError, self._troubled(net.always(net.status(401)), folder))

    def test_a_lasting_503_is_unavailable(self, folder: Path) -> None:
        self._ends_with(SourceUnavailable, self._troubled(net.always(net.status(503)), folder))

    def test_a_lasting_timeout_is_unavailable(self, folder: Path) -> None:
        self._ends_with(SourceUnavailable, self._troubled(net.always(net.timeout), folder))

    def test_a_web_page_is_no_empty_source(self, folder: Path) -> None:
        self._ends_with((SourceUnavailable, SourceChanged), self._troubled(net.always(net.web_page), folder))

    def test_lasting_truncation_is_an_error(self, folder: Path) -> None:
        self._ends_with((SourceUnavailable, SourceChanged), self._troubled(net.truncated, folder))

    def test_rows_that_moved_are_no_empty_source(self, folder: Path) -> None:
        self._ends_with(SourceChanged, self._troubled(net.changed(net.with_renamed_lists), folder))

    def test_a_source_that_repeats_itself_is_found_out(self, folder: Path) -> None:
        self._ends_with(HubError, self._troubled(net.repeating(after=2), folder))

    def test_new_fields_change_nothing(self, stream: str, folder: Path) -> None:
        world = self.world(2 * self.page_rows + 1, folder)
        network = self.networked(world)
        before = self.full(world, stream).records
        network.trouble = net.changed(net.with_new_field)
        assert not differences(self.full(world, stream).records, before)

    def test_a_spoilt_row_stops_no_other(self, stream: str, folder: Path) -> None:
        world = self.world(2 * self.page_rows + 1, folder)
        network = self.networked(world)
        entity = stream_entity(self, stream)
        before = self.full(world, stream).ids().get(entity, set())
        asked = network.data_requests
        network.trouble = lambda number, request, ask: (
            net.changed(net.with_spoilt_row)(number, request, ask) if number == asked + 1 else ask()
        )
        reading = self.full(world, stream)
        lost = before - reading.ids().get(entity, set())
        assert len(lost) <= 1, f"{len(lost)} records were lost with one row"
        assert not lost or reading.rejects, "a record is gone and no reject tells of it"

    def test_the_secret_appears_nowhere(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            healthy = self.world(self.page_rows + 1, folder)
            reading = self.full(healthy, self.main_stream)
            kept = [f"{page.origin} {page.resume} {page.state}" for page in reading.pages]
            assert SECRET not in " ".join(kept), "the secret would be kept in the store"
            if healthy.network is not None:
                told = {"message": SECRET, "error": SECRET}
                for trouble in (net.echo(SECRET), net.status(503, told), net.status(401, told)):
                    error = self.failure(self._troubled(net.always(trouble), folder), self.main_stream)
                    assert SECRET not in f"{error} {error!r} {error.__cause__!r}", "an error shows the secret"
        assert SECRET not in caplog.text, "the log shows the secret"

    # -- how they ask ----------------------------------------------------------------------------------------------

    def _troubled(self, trouble: net.Trouble, folder: Path) -> World:
        world = self.world(3 * self.page_rows + 1, folder)
        self.networked(world).trouble = trouble
        return world

    def _complete_in_spite(self, world: World) -> None:
        reading = self.full(world, self.main_stream)
        truth = world.truth()
        entity = stream_entity(self, self.main_stream)
        if truth is not None and entity in truth:
            assert reading.ids().get(entity, set()) == truth[entity], "rows were lost over a fault that passed"

    def _ends_with(self, kind: type[HubError] | tuple[type[HubError], ...], world: World) -> None:
        error = self.failure(world, self.main_stream)
        assert isinstance(error, kind), f"{type(error).__name__} is the wrong error: {error}"
        sent = len(self.networked(world).requests)
        assert sent <= _PATIENCE, f"{sent} requests were sent to a source that does not get well"
