"""Whatever bytes an export is made of: every row is read or refused, or the file is, with a reason and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.exports import Exports

from hub.errors import HubError

_HEADER = b"source_id,name,country,source_updated_at\n"
_CELLS = st.text('a1,;"\n\r\t\x00 é€\u2028-', max_size=40)
FILES = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=200).map(_HEADER.__add__),
    _CELLS.map(lambda text: _HEADER + text.encode()),
    _CELLS.map(lambda text: text.encode("utf-16")),
)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return Exports(tmp_path_factory.mktemp("fuzz"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
@example(b"\x1f\x8b\x08\x00")
@example(b"PK\x03\x04")
@example(b'source_id,name\n1,"')
@example(_HEADER + b'1,"' + b"x" * 200_000)
def test_any_bytes(exports: Exports, raw: bytes) -> None:
    (Path(exports.folder) / "customers.csv").write_bytes(raw)
    try:
        run = exports.read()
    except HubError as error:
        assert error.exit_code != 70 and error.problem and error.fix
        return
    assert all(isinstance(row, dict) for row in run.rows)
    assert all(reject.reason for page in run.pages for reject in page.rejects)
