"""What an admin may set for the web console: where it listens, who may come in, and where traces go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from hub.sdk.schedule import Every

_SETTINGS = ConfigDict(extra="forbid", frozen=True, defer_build=True)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_NAMED_LOOPBACK = frozenset({"localhost"})

RoleName = Literal["viewer", "operator", "admin"]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host in _NAMED_LOOPBACK:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _listen_address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        if _HOST.fullmatch(text):
            return text
    raise ValueError("expected an address of this machine, such as 127.0.0.1, 0.0.0.0 or a host name.")


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError("expected an IP address or a network, such as 10.0.0.5 or 10.0.0.0/24.") from None


def _origin(text: str) -> str:
    """`https://hub.example.com`: what people type, without a path."""
    parts = urlsplit(text)
    plain = parts.hostname and not (parts.username or parts.query or parts.fragment) and parts.path in ("", "/")
    if plain and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        return f"{parts.scheme}://{parts.netloc}"
    raise ValueError("expected an address such as https://hub.example.com, without a path.")


def _endpoint(text: str) -> str:
    parts = urlsplit(text)
    if parts.hostname and not parts.username and parts.scheme in ("https", "http"):
        if parts.scheme == "https" or is_loopback(parts.hostname):
            return text.rstrip("/")
        raise ValueError("http:// is for this machine only; use https://.")
    raise ValueError("expected an address that begins with https://.")


ListenAddress = Annotated[str, AfterValidator(_listen_address)]
Network = Annotated[str, AfterValidator(_network)]
Origin = Annotated[str, AfterValidator(_origin)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]


class TlsSettings(BaseModel):
    """The console speaks TLS by itself; leave it out behind a proxy that does."""

    model_config = _SETTINGS

    certificate: Path = Field(description="PEM file with the certificate and its chain.")
    key: Path = Field(description="PEM file with its private key, which only this user may read.")


class OidcSettings(BaseModel):
    """People come in through an identity provider (OpenID Connect)."""

    model_config = _SETTINGS

    issuer: Endpoint = Field(description="The provider's issuer address.")
    client_id: str = Field(
        min_length=1,
        description="Client id that the provider gave for the redirect address PUBLIC_URL/login/oidc/answer.",
    )
    client_secret: SecretStr = Field(description="Its secret.")
    name: str = Field("single sign-on", min_length=1, max_length=60, description="What the button on the login says.")
    scopes: tuple[str, ...] = Field(("openid", "profile", "email"), description="Scopes asked for.")
    name_claim: str = Field("preferred_username", description="Claim that names the person; `sub` where it is missing.")
    role_claim: str = Field("groups", description="Claim with the groups or roles of a person.")
    roles: Mapping[str, RoleName] = Field(
        default_factory=dict, description="Value of that claim -> role; the highest one counts."
    )
    default_role: RoleName | None = Field(
        None, description="Role of people whom `roles` does not name; refused where not given."
    )


class ODataSettings(BaseModel):
    """The OData feed at /odata/, for Power BI, Excel and Tableau."""

    model_config = _SETTINGS

    enabled: bool = Field(True, description="Whether the console serves it.")
    page_size: int = Field(
        10_000, ge=1, le=1_000_000, description="Rows of a page where the client asks for no other size."
    )
    indexes: bool = Field(
        True,
        description="Whether large tables get an index for what consumers filter and order by. Each costs every sync "
        "of the table a little time.",
    )


class ConsoleSettings(BaseModel):
    """The web console that `hub run` brings along; `hub console` runs it alone."""

    model_config = _SETTINGS

    enabled: bool = Field(True, description="Whether `hub run` starts it.")
    host: ListenAddress = Field(
        "127.0.0.1", description="Address it listens on. Anything but this machine's own asks for users or `oidc`."
    )
    port: int = Field(8080, ge=1, le=65535, description="Its port.")
    public_url: Origin | None = Field(
        None, description="Address that people type, where a proxy or a name stands before it."
    )
    tls: TlsSettings | None = Field(None, description="Certificate and key, to speak TLS without a proxy.")
    trusted_proxies: tuple[Network, ...] = Field(
        (), max_length=50, description="Proxies whose X-Forwarded headers are believed."
    )
    session: Every = Field(
        timedelta(hours=12),
        ge=timedelta(minutes=5),
        le=timedelta(days=30),
        description="After so long a login ends.",
    )
    language: Literal["auto", "en", "zh"] = Field(
        "auto", description="`auto` follows the browser; people may choose another one for themselves."
    )
    oidc: OidcSettings | None = Field(None, description="Login through an identity provider.")
    odata: ODataSettings = Field(ODataSettings.model_construct(), description="The feed for BI tools.")


class TelemetrySettings(BaseModel):
    """Traces by OpenTelemetry (`pip install 'b2b-hub[telemetry]'`)."""

    model_config = _SETTINGS

    endpoint: Endpoint = Field(description="OTLP/HTTP address of the collector, such as http://localhost:4318.")
    headers: Mapping[str, SecretStr] = Field(default_factory=dict, description="Headers that it wants, as references.")
    service_name: str = Field("b2b-hub", min_length=1, max_length=100, description="Name that the traces carry.")
    share: float = Field(1.0, ge=0, le=1, description="Share of the traces that is sent.")
