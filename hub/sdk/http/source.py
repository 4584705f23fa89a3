"""HttpSource: how a connector asks its system. One request with all that belongs to it, from budget to exact JSON."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hub.errors import HubError, SourceUnavailable, Throttled
from hub.sdk.connector import Context, Json
from hub.sdk.http import download
from hub.sdk.http.answer import Answer, Judge, Refusal
from hub.sdk.http.auth import Auth
from hub.sdk.http.config import HttpConnectorConfig
from hub.sdk.http.decode import NotJson, decode, is_markup
from hub.sdk.http.exchange import SAFE_METHODS, Call, Exchange
from hub.sdk.http.exchange import elsewhere as elsewhere_url
from hub.sdk.http.retry import Refused, persist, retry_after_seconds
from hub.sdk.http.stats import HttpStats
from hub.sdk.http.statuses import vendor_message, verdict
from hub.sdk.http.throttle import Budget, Pause, RateBudget
from hub.sdk.http.urls import checked_url, resolve, shown

if TYPE_CHECKING:
    from hub.sdk.http.paging import Fetched, PageRule

log = logging.getLogger(__name__)

_NAP_SECONDS = 0.25
"""A wait notices within this time that the run was stopped."""


class HttpSource:
    """The network side of one connector instance; safe to use from several threads.

    auth      credentials of every request; see auth.py, tokens.py and oauth1.py
    path      below `config.base_url`, e.g. `admin/api/2026-01`: relative paths start there
    base_url  instead of the one configured, where a login tells another; the same rules hold for it
    headers   of every request
    judge     the vendor's own rule for what an answer means, before the table of statuses
    budgets   beside the rate that the admin sets: quota, cost
    doubles   fractions may come as float where that is exact, which is quicker: for connectors that compute nothing
    """

    def __init__(
        self,
        config: HttpConnectorConfig,
        context: Context,
        *,
        auth: Auth | None = None,
        path: str = "",
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        judge: Judge | None = None,
        budgets: Sequence[Budget] = (),
        doubles: bool = False,
    ) -> None:
        self.config = config
        self.context = context
        self.auth = auth or Auth()
        self.stats = HttpStats()
        root = checked_url(base_url or config.base_url, allow_insecure_http=config.allow_insecure_http)
        self.base_url = f"{root}/{path.strip('/')}" if path else root
        self._judge = judge
        self._doubles = doubles
        self._pause = Pause()
        rate = [RateBudget(config.requests_per_second)] if config.requests_per_second else []
        self._budgets: tuple[Budget, ...] = (self._pause, *budgets, *rate)
        self._exchange = Exchange(config, context, headers or {}, self.stats, self.redact)
        self.auth.attach(self)

    def __repr__(self) -> str:
        return f"<HttpSource {self.context.source} {urlsplit(self.base_url).hostname}>"

    # -- what connectors call --------------------------------------------------------------------------------------

    def get(self, path: str = "", params: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """The decoded JSON at a path: numbers exact, None for an empty answer. `options` as in `request`."""
        return self.request("GET", path, params=params, **options).data

    def post(self, path: str = "", json: Any = None, **options: Any) -> Any:
        """The decoded JSON of a POST, sent only once unless `idempotent=True` says that repeating it is harmless."""
        return self.request("POST", path, json=json, **options).data

    def request(
        self,
        method: str,
        path: str = "",
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        auth: Auth | None = None,
        elsewhere: bool = False,
        idempotent: bool | None = None,
        judge: Judge | None = None,
        cost: float = 0.0,
        wants_json: bool = True,
    ) -> Answer:
        """One request, repeated until it is answered, refused or out of time; raises the error that says who must act.

        path        below the base, from the host's root (`/…`), or a link of the same host (kept byte for byte)
        content     a body that is neither JSON nor a form; its type goes into `headers`
        elsewhere   `path` is a full address that may lie on another host: it gets `auth`, and nothing else of ours
        idempotent  whether it may be sent again after a failure; by default GET, HEAD and OPTIONS
        judge       asked first, before the source's own
        cost        what it takes from a cost budget
        wants_json  False leaves the body alone: see `Answer.body`
        """
        url = self._address(path, elsewhere=elsewhere)
        repeatable = method in SAFE_METHODS if idempotent is None else idempotent
        used = auth or (Auth() if elsewhere else self.auth)
        call = Call(
            method, url, params, headers or {}, json, form, used, repeatable, judge, cost, wants_json, elsewhere
        )
        call.content = content
        return self._persist(call)

    def pages(
        self,
        path: str,
        rule: PageRule,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        resume: Json | None = None,
    ) -> Iterator[Fetched]:
        """All pages of a collection by a rule (`NumberedPages`, `OffsetPages`, `NextLink`, `NextToken`), in order.

        `resume` is the `Fetched.resume` of the page after which to go on. An empty collection yields one empty page.
        """
        return rule.walk(self, path, dict(params or {}), dict(headers or {}), resume)

    @contextmanager
    def download(
        self, path: str, *, elsewhere: bool = False, headers: Mapping[str, str] | None = None
    ) -> Iterator[IO[bytes]]:
        """A whole file, complete before the first byte is handed out, in a temporary file (in memory up to 8 MiB).

        `elsewhere`: a signed link on another host, which gets none of our credentials.
        """
        url, used = self._address(path, elsewhere=elsewhere), Auth() if elsewhere else self.auth
        accept = {"Accept": "*/*", **(headers or {})}
        with download.open_spool() as file:
            self._persist(Call("GET", url, None, accept, None, None, used, True, None, 0.0, False, elsewhere, file))
            file.seek(0)
            yield file

    def redact(self, text: str) -> str:
        """The text without any secret that this source knows."""
        for secret in sorted(self.auth.secrets(), key=len, reverse=True):
            if len(secret) >= 4:
                text = text.replace(secret, "…")
        return text

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until the run is stopped: then SourceUnavailable ends it."""
        clock = self.context.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            if self.context.stopped():
                raise SourceUnavailable(
                    "the run was stopped while it waited for the source.", fix="The next run goes on from there."
                )
            clock.sleep(min(_NAP_SECONDS, left))
        self.stats.waited(seconds)

    def close(self) -> None:
        """Log out where sessions are counted, and free the connections. A failing logout is only logged."""
        try:
            self.auth.close()
        except HubError as error:
            log.debug("the logout failed: %s", error)
        self._exchange.close()

    # -- one request -----------------------------------------------------------------------------------------------

    def _address(self, path: str, *, elsewhere: bool) -> str:
        return elsewhere_url(path, self.config) if elsewhere else resolve(self.base_url, path)

    def _persist(self, call: Call) -> Answer:
        return persist(
            lambda number: self._attempt(call, number),
            clock=self.context.clock,
            sleep=self.sleep,
            retry_seconds=self.config.retry_seconds,
        )

    def _attempt(self, call: Call, number: int) -> Answer:
        """Send once, and again with newer credentials where those sent have run out."""
        self._wait_for_budgets(call.cost)
        try:
            answer, mark = self._exchange.send(call, number)
            while call.auth.is_refusal(answer) and call.renewals.may_help(call.auth, mark) and call.auth.renew(mark):
                answer, mark = self._exchange.send(call, number)
            if answer.status < 300:
                call.auth.worked(mark)
            self._teach_budgets(answer)
            refusal = self._refusal(call, answer)
        finally:
            for budget in self._budgets:
                budget.settle(call.cost)
        if refusal is None:
            return self._decoded(call, answer) if call.wants_json else answer
        if isinstance(refusal.error, Throttled) and refusal.wait_seconds:
            self._pause.until(self.context.clock.monotonic() + min(refusal.wait_seconds, self.config.retry_seconds))
        raise Refused(refusal)

    def _wait_for_budgets(self, cost: float) -> None:
        clock = self.context.clock
        for budget in self._budgets:
            while (wait := budget.reserve(clock.monotonic(), cost)) > 0:
                self.sleep(wait)

    def _teach_budgets(self, answer: Answer) -> None:
        for budget in self._budgets:
            budget.learn(self.context.clock.monotonic(), answer.headers)

    # -- what an answer means --------------------------------------------------------------------------------------

    def _refusal(self, call: Call, answer: Answer) -> Refusal | None:
        for judge in (call.judge, self._judge):
            refusal = judge(answer) if judge else None
            if refusal is not None:
                refusal.error.problem = self.redact(refusal.error.problem)
                return refusal
        return self._by_status(call, answer)

    def _by_status(self, call: Call, answer: Answer) -> Refusal | None:
        found = verdict(answer.status)
        if found is None:
            return None
        said = self.redact(vendor_message(answer.peek()))
        words = f' It says: "{said}"' if said else ""
        problem = f"{self._place(call)}: the source {found.problem} (HTTP {answer.status}).{words}"
        wait = retry_after_seconds(answer.headers, self.context.now())
        # A 429 was refused before anything happened, so even a POST may be sent again.
        again = found.again and (call.repeatable or answer.status == 429)
        return Refusal(found.error(problem, fix=found.fix), again, wait)

    def _place(self, call: Call) -> str:
        return f"{call.method} {shown(call.url, self.redact)}"

    def _decoded(self, call: Call, answer: Answer) -> Answer:
        if is_markup(answer.content_type, answer.body):
            page = SourceUnavailable(
                f"{self._place(call)}: a web page came instead of JSON (HTTP {answer.status}).",
                fix="It is a login page, a proxy's or a maintenance notice: open `base_url` in a browser.",
            )
            raise Refused(Refusal(page, call.repeatable))
        try:
            if not answer.body and answer.status == 200 and call.method == "GET":
                raise NotJson("it is empty")
            data = decode(answer.body, answer.charset, doubles=self._doubles)
        except NotJson as error:
            broken = SourceUnavailable(
                f"{self._place(call)}: the answer cannot be used: {error}.",
                fix="The next run tries again; report it if it stays.",
            )
            raise Refused(Refusal(broken, call.repeatable)) from None
        return Answer(answer.status, answer.headers, answer.body, answer.url, data)
