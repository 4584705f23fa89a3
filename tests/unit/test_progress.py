"""DuckDB is told not to print its progress: it would stand among the results of a command."""

from __future__ import annotations

from pathlib import Path

from hub.identity.workplace import workplace
from metrics.replica.refresh import _connected

ASKED = "SELECT current_setting('enable_progress_bar')"


def test_no_connection_prints_its_progress(tmp_path: Path) -> None:
    assert _connected(tmp_path).cursor().execute(ASKED).fetchall() == [(False,)]
    with workplace(tmp_path) as place:
        assert place.con.execute(ASKED).fetchall() == [(False,)]
