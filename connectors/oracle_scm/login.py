"""Logging in as a daemon does: Basic, or a token of the identity domain by client credentials or JWT assertion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.oracle_scm.config import OracleScmConfig
from hub.sdk import Auth, BasicAuth, ClientCredentialsAuth, JwtBearerAuth

if TYPE_CHECKING:
    from hub.sdk import HttpSource

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def login(config: OracleScmConfig) -> Auth:
    """The credentials that the settings describe."""
    if config.password is not None:
        assert config.username is not None, "the settings require it"
        return BasicAuth(config.username, config.password)
    assert config.token_url is not None and config.client_id is not None, "the settings require both"
    if config.username is None:
        if config.private_key is None:
            return ClientCredentialsAuth(
                config.token_url, config.client_id, config.client_secret or "", scope=config.scope, basic=True
            )
        return SignedClientAuth(_signer(config, config.client_id), config)
    if config.client_secret is not None:
        return _signer(config, config.username, client_secret=config.client_secret, basic=True)
    return SignedUserAuth(_signer(config, config.client_id), config)


def _signer(config: OracleScmConfig, subject: str, **options: Any) -> JwtBearerAuth:
    """Assertions about a subject: the user that the token speaks for, or the client itself."""
    assert config.token_url is not None and config.client_id is not None and config.private_key is not None
    return JwtBearerAuth(
        config.token_url, config.client_id, config.private_key, subject=subject, **_assertion(config), **options
    )


def _assertion(config: OracleScmConfig) -> dict[str, Any]:
    """What all assertions under these settings have in common."""
    named = {"kid": config.key_id, "x5t": config.key_thumbprint}
    header = {name: value for name, value in named.items() if value}
    return {"audience": config.audience, "header": header, "scope": config.scope}


def _proof(client: JwtBearerAuth) -> dict[str, str]:
    """Form fields by which a client proves itself with its key instead of a secret."""
    return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": client.grant()["assertion"]}


class SignedClientAuth(ClientCredentialsAuth):
    """Client credentials, with an assertion in the place of the secret."""

    def __init__(self, client: JwtBearerAuth, config: OracleScmConfig) -> None:
        assert config.token_url is not None and config.client_id is not None
        super().__init__(config.token_url, config.client_id, scope=config.scope)
        self._client = client

    def attach(self, http: HttpSource) -> None:
        super().attach(http)
        self._client.attach(http)

    def grant(self) -> Mapping[str, str]:
        return _proof(self._client)

    def secrets(self) -> tuple[str, ...]:
        return (*super().secrets(), *self._client.secrets())


class SignedUserAuth(JwtBearerAuth):
    """A user's assertion, and another in the place of the client's secret."""

    def __init__(self, client: JwtBearerAuth, config: OracleScmConfig) -> None:
        assert config.token_url and config.client_id and config.private_key and config.username
        super().__init__(
            config.token_url, config.client_id, config.private_key, subject=config.username, **_assertion(config)
        )
        self._client = client

    def attach(self, http: HttpSource) -> None:
        super().attach(http)
        self._client.attach(http)

    def grant(self) -> Mapping[str, str]:
        return {**super().grant(), **_proof(self._client)}
