"""How a simulator keeps its door: who may come in, and how often."""

from __future__ import annotations

import hmac
import itertools
import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from hub.sdk.http.throttle import RateBudget


class TokenDesk:
    """Hands out bearer tokens for one client and knows which are alive. Tokens are counted, so runs repeat exactly."""

    def __init__(
        self,
        client_id: str = "hub",
        client_secret: str = "simulated",  # noqa: S107  what a simulator accepts is no secret
        lifetime_seconds: float = 3600,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.lifetime_seconds = lifetime_seconds
        self._monotonic = monotonic
        self._ends: dict[str, float] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def knows(self, client_id: str, client_secret: str) -> bool:
        same_id = hmac.compare_digest(client_id.encode(), self.client_id.encode())
        return same_id and hmac.compare_digest(client_secret.encode(), self.client_secret.encode())

    def issue(self) -> str:
        with self._lock:
            token = f"sim-{next(self._numbers):04d}-{hash_of(self.client_secret)}"
            self._ends[token] = self._monotonic() + self.lifetime_seconds
            return token

    def is_valid(self, token: str) -> bool:
        return self._monotonic() < self._ends.get(token, 0.0)

    def expire(self) -> None:
        """All tokens are dead from now on."""
        with self._lock:
            self._ends.clear()

    def grant(self, form: Mapping[str, Any], grant_type: str = "client_credentials") -> dict[str, Any] | None:
        """The body of a token endpoint's answer; None where the client is not the one we know."""
        if form.get("grant_type") != grant_type:
            return None
        if not self.knows(str(form.get("client_id", "")), str(form.get("client_secret", ""))):
            return None
        return {"access_token": self.issue(), "token_type": "Bearer", "expires_in": int(self.lifetime_seconds)}


def hash_of(text: str) -> str:
    """A short text that depends on another without showing it."""
    return hmac.digest(b"simulator", text.encode(), "sha256").hex()[:12]


class RequestLimit:
    """So many requests a second; what comes faster is told how many whole seconds to wait."""

    def __init__(self, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._budget = RateBudget(per_second)
        self._monotonic = monotonic

    def wait_seconds(self) -> int:
        """0 lets the request in."""
        return math.ceil(self._budget.reserve(self._monotonic(), 0))
