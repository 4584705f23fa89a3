"""Logging in as a daemon does: a token of Microsoft Entra for the environment, by secret or certificate."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.dynamics.config import DynamicsConfig
from hub.sdk import Auth, ClientAssertionAuth, ClientCredentialsAuth

TOKEN_PATH = "oauth2/v2.0/token"  # noqa: S105  an address


def login_of(config: DynamicsConfig) -> Auth:
    """The token's audience is the environment itself; there is no refresh token, so a new one is asked for in time."""
    token_url = f"{config.login_url}/{config.tenant_id}/{TOKEN_PATH}"
    scope = f"{resource_of(config)}/.default"
    if config.private_key is not None:
        thumbprint = config.certificate_thumbprint or ""
        return ClientAssertionAuth(token_url, config.client_id, config.private_key, thumbprint=thumbprint, scope=scope)
    return ClientCredentialsAuth(token_url, config.client_id, config.client_secret or "", scope=scope)


def resource_of(config: DynamicsConfig) -> str:
    """Scheme and host alone: Entra knows environments without a path."""
    parts = urlsplit(config.resource or config.base_url)
    return f"{parts.scheme}://{parts.netloc}"
