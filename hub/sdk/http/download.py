"""Files from the source: spooled to disk and complete before anybody reads them, so a broken one leaves no rows."""

from __future__ import annotations

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO

import httpx

from hub.errors import SourceUnavailable
from hub.sdk.http.answer import Answer

_IN_MEMORY_BYTES = 8 * 2**20


def open_spool() -> IO[bytes]:
    """A temporary file that stays in memory while it is small."""
    return SpooledTemporaryFile(_IN_MEMORY_BYTES)


def spool(response: httpx.Response, into: IO[bytes], cancelled: Callable[[], bool]) -> Answer:
    """Write the body of a successful answer to `into`, from its start, and check that all of it came."""
    into.seek(0)
    into.truncate()
    for chunk in response.iter_bytes():
        if cancelled():
            raise SourceUnavailable("the run was stopped during a download.", fix="The next run starts it again.")
        into.write(chunk)
    expected = response.headers.get("content-length", "")
    if expected.isdecimal() and "content-encoding" not in response.headers and into.tell() != int(expected):
        raise httpx.RemoteProtocolError("the file is shorter than announced", request=response.request)
    return Answer(response.status_code, response.headers, b"", str(response.url))
