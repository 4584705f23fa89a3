"""Credentials that do not change. Those that expire are in tokens.py, signatures in oauth1.py."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    import httpx

    from hub.sdk.http.answer import Answer
    from hub.sdk.http.source import HttpSource

Secret = SecretStr | str

_MOST_REFUSALS = 4
"""Of one request, whatever happens to the others: some sources say 401 where a permission is missing."""


def reveal(secret: Secret) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret


class Auth:
    """How requests prove who we are. This one sends nothing."""

    def attach(self, http: HttpSource) -> None:
        """Called once by the source that uses it; `http` sends requests without credentials."""

    def apply(self, request: httpx.Request) -> object:
        """Put the credentials on a request. Returns a mark of those used, for `renew`."""
        return None

    def is_refusal(self, answer: Answer) -> bool:
        """Whether an answer says that the credentials are no good, or no longer."""
        return answer.status == 401

    def renew(self, mark: object) -> bool:
        """The credentials with this mark were refused: whether there are others now, worth one more try."""
        return False

    def newest(self) -> object:
        """The mark of the credentials that a request sent now would get; None where there is only one kind of them."""
        return None

    def worked(self, mark: object) -> None:
        """The source answered a request with these credentials."""

    def has_worked(self, mark: object) -> bool:
        """Whether the source ever answered a request with these credentials."""
        return False

    def secrets(self) -> Iterable[str]:
        """Texts that must never be shown."""
        return ()

    def close(self) -> None:
        """Give a session back, where the source counts them."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass
class Renewals:
    """What one request went through with credentials that were refused, over all its attempts.

    refused  how often it was
    newest   mark of the newest credentials there were when it was refused for the first time
    """

    refused: int = 0
    newest: object = None

    def may_help(self, auth: Auth, mark: object) -> bool:
        """Whether a refusal may be due to the age of the credentials with this mark.

        It is not where they were got after this request's own first refusal, are still the newest, and have let nobody
        in. With several requests in flight and tokens that die in bursts, all others may just have come too late.
        """
        self.refused += 1
        if self.refused == 1:
            self.newest = auth.newest()
            return True
        newest = auth.newest()
        fresh = newest is None or (mark == newest and mark != self.newest)
        return self.refused <= _MOST_REFUSALS and not (fresh and not auth.has_worked(mark))


class HeaderAuth(Auth):
    """A fixed secret in a header, e.g. `HeaderAuth("X-Shopify-Access-Token", config.token)`."""

    def __init__(self, header: str, secret: Secret, prefix: str = "") -> None:
        self._header = header
        self._secret = secret
        self._prefix = prefix

    def apply(self, request: httpx.Request) -> object:
        request.headers[self._header] = self._prefix + reveal(self._secret)
        return None

    def secrets(self) -> Iterable[str]:
        return (reveal(self._secret),)


class BearerAuth(HeaderAuth):
    """A token that does not expire."""

    def __init__(self, token: Secret) -> None:
        super().__init__("Authorization", token, "Bearer ")


class BasicAuth(Auth):
    """User name and password."""

    def __init__(self, user: str, password: Secret) -> None:
        self._user = user
        self._password = password

    def _encoded(self) -> str:
        return b64encode(f"{self._user}:{reveal(self._password)}".encode()).decode()

    def apply(self, request: httpx.Request) -> object:
        request.headers["Authorization"] = f"Basic {self._encoded()}"
        return None

    def secrets(self) -> Iterable[str]:
        return (reveal(self._password), self._encoded())
