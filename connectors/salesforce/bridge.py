"""simple-salesforce speaks through `requests`; here its requests are carried by the SDK's HttpSource.

So there is one way to the network: retries, time-outs, budgets, renewal of the token, redaction and the transport of
tests hold for simple-salesforce, too. It never sees a token, and never an answer that is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from hub.sdk import Answer

Send = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""method, address, headers, body -> the answer; or the error that says who must act."""


class Carried(requests.Response):
    """An answer whose JSON the SDK has decoded already, with exact numbers."""

    def __init__(self, request: requests.PreparedRequest, answer: Answer) -> None:
        super().__init__()
        self.status_code = answer.status
        self.headers = CaseInsensitiveDict(answer.headers)
        self.url = request.url or ""
        self.request = request
        self._content = answer.body
        self._data = answer.data

    def json(self, **_: Any) -> Any:
        """The SDK's own decoding: whoever asks for `parse_float=Decimal` gets it."""
        return self._data


class _Adapter(BaseAdapter):
    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else bytes(body)  # type: ignore[arg-type]  # never a stream here
        headers = {name: str(value) for name, value in request.headers.items()}
        return Carried(request, self._send(str(request.method), str(request.url), headers, content))

    def close(self) -> None:
        """Nothing of ours is open: HttpSource has the connections."""


def session_over(send: Send) -> requests.Session:
    """A session that hands every request to `send`."""
    session = requests.Session()
    session.trust_env = False  # a .netrc must not add credentials of its own
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(send))
    return session
