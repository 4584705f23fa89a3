"""ConnectorContract: the questions every connector must answer, as a pytest class to subclass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hub.sdk import Connector
from hub.testing.change_checks import ChangeChecks
from hub.testing.fault_checks import FaultChecks
from hub.testing.reading_checks import ReadingChecks
from hub.testing.settings_checks import SettingsChecks
from hub.testing.world import SimulatorWorld, World


class ConnectorContract(SettingsChecks, ReadingChecks, ChangeChecks, FaultChecks):
    """Subclass it as `Test…`, and say which connector.

    connector      the class under test
    settings       beside `kind`, `base_url` and the required secrets, which the kit fills in; `{base_url}` is replaced
    page_rows      rows of a page under these settings: keep it small, the kit reads around its edges
    base_path      below the simulator's root, where `base_url` has a path
    logins         path of requests that log in: faults spare them
    reading_posts  paths (regular expressions) to which a POST only reads or asks for a report
    exempt         name of a check, or `name[stream]` -> why it cannot hold for this source
    """

    connector: ClassVar[type[Connector[Any]]]
    settings: ClassVar[Mapping[str, Any]] = {}
    page_rows: ClassVar[int] = 5
    base_path: ClassVar[str] = ""
    logins: ClassVar[str] = r"(?i)/(oauth|login|logout|token)\b"
    reading_posts: ClassVar[tuple[str, ...]] = ()
    exempt: ClassVar[Mapping[str, str]] = {}

    def world(self, size: int, folder: Path) -> World:
        """A fresh source with so many rows in its main streams. Override it for what has no simulator."""
        return SimulatorWorld(
            self.connector,
            self.settings,
            size=size,
            page_rows=self.page_rows,
            logins=re.compile(self.logins),
            base_path=self.base_path,
        )

    # -- how pytest runs it ----------------------------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Checks that take `stream` run once for each stream; `fault` once for each fault."""
        if "stream" in metafunc.fixturenames:
            metafunc.parametrize("stream", [stream.name for stream in self.streams_under_test()])
        if "rows" in metafunc.fixturenames:
            page = self.page_rows
            metafunc.parametrize("rows", sorted({0, 1, page, page + 1, 2 * page}))

    def streams_under_test(self) -> tuple[Any, ...]:
        """The class's streams; override it where the settings define them."""
        return self.connector.streams

    @pytest.fixture(autouse=True)
    def _exemptions(self, request: pytest.FixtureRequest) -> None:
        name = request.node.name.removeprefix("test_")
        for key in (name, name.partition("[")[0]):
            if key in self.exempt:
                assert len(self.exempt[key].split()) >= 3, f"say why {key} is exempt"
                pytest.skip(self.exempt[key])

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Iterator[Path]:
        """An empty folder for sources made of files."""
        yield tmp_path

    def test_exemptions_name_checks_that_exist(self) -> None:
        checks = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        unknown = {key for key in self.exempt if key.partition("[")[0] not in checks}
        assert not unknown, f"no such checks: {sorted(unknown)}"
