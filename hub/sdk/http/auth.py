"""Credentials that do not change. Those that expire are in tokens.py, signatures in oauth1.py."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    import httpx

    from hub.sdk.http.answer import Answer
    from hub.sdk.http.source import HttpSource

Secret = SecretStr | str


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

    def secrets(self) -> Iterable[str]:
        """Texts that must never be shown."""
        return ()

    def close(self) -> None:
        """Give a session back, where the source counts them."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


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
