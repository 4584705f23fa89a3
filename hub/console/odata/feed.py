"""The OData 4.0 feed as an ASGI application: who asks, what for, and errors in the standard's form."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from hub.console.odata import negotiation
from hub.console.odata.address import place_of, root_of
from hub.console.odata.answers import Answer, refused
from hub.console.odata.asking import Request
from hub.console.odata.consumers import CHALLENGE, Credentials, Guard, take_credentials
from hub.console.odata.errors import ODataError
from hub.console.odata.options import given
from hub.console.odata.service import FeedSettings, Service
from hub.errors import HubError
from hub.log import record_bug

if TYPE_CHECKING:
    from hub.console.lending import Lending

log = logging.getLogger(__name__)

Parts = Generator[bytes, None, None]


def feed(stores: Lending, guard: Guard, settings: FeedSettings | None = None) -> Feed:
    """The feed of one store. Mount it where it shall be, such as below /odata."""
    return Feed(stores, guard, settings or FeedSettings())


class Feed:
    """An ASGI application."""

    def __init__(self, stores: Lending, guard: Guard, settings: FeedSettings) -> None:
        self._guard = guard
        self._settings = settings
        self.service = Service(stores, guard, settings)

    @property
    def is_making_indexes(self) -> bool:
        """Whether indexes are being made in the background."""
        return self.service.indexes.is_busy

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from anyio import to_thread

        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        credentials = take_credentials(scope, headers)
        method = scope["method"]
        answer = await to_thread.run_sync(self._answer, scope, headers, credentials, method)
        try:
            await answer.send(send, receive, only_head=method == "HEAD")
        except (ODataError, HubError) as error:
            log.warning("an answer of the feed broke off: %s", error)
            raise

    # -- who asks, and what for --------------------------------------------------------------------------------

    def _answer(self, scope: dict[str, Any], headers: dict[str, str], credentials: Credentials, method: str) -> Answer:
        try:
            answer = self._understood(scope, headers, credentials, method)
            if answer.parts is not None and method != "HEAD":
                answer.parts = _begun(answer.parts)
            return answer
        except ODataError as error:
            return refused(error)
        except HubError as error:
            log.warning("the feed cannot answer: %s", error)
            return refused(ODataError(503, f"The store cannot answer: {error.problem}", headers={"retry-after": "10"}))
        except Exception as error:
            place = record_bug(error, f"odata {scope.get('path')}")
            log.error("an error of ours in the feed: details are in %s", place)
            return refused(ODataError(500, f"The feed failed. It is a bug of ours; details are in {place.name}."))

    def _understood(
        self, scope: dict[str, Any], headers: dict[str, str], credentials: Credentials, method: str
    ) -> Answer:
        principal = self._guard.admit(credentials)
        if principal is None:
            raise ODataError(
                401, "Send the name and the token of `hub token create NAME --scope odata` as user and password.",
                headers={"www-authenticate": CHALLENGE},
            )  # fmt: skip
        if scope["path"].rstrip("/").endswith("/$batch"):
            raise ODataError(501, "$batch is not supported.")
        if method not in ("GET", "HEAD"):
            raise ODataError(405, "The feed is for reading.", headers={"allow": "GET, HEAD"})
        negotiation.require_version(headers)
        root = root_of(scope, headers, self._settings.public_url, self._settings.trusted_proxies)
        place = place_of(scope)
        request = Request(scope, headers, root, place, given(scope.get("query_string", b"")), principal)
        return self.service.answer(request)


def _begun(parts: Parts) -> Parts:
    """The same parts, the first of which is there already: what fails at once is an error, not a broken answer."""
    first = next(parts, b"")
    return _joined(first, parts)


def _joined(first: bytes, parts: Parts) -> Parts:
    try:
        yield first
        yield from parts
    finally:
        parts.close()
