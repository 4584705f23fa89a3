"""What an admin may set for a company in Business Central."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator

from hub.sdk import ApiUrl, HttpConnectorConfig

MOST_ROWS = 20_000
"""Rows of a page that Business Central sends at most."""

_STANDARD = "api/v2.0"
_PAGE = r"^[A-Za-z0-9_-]+/[A-Za-z0-9_-]+/v\d+\.\d+/[A-Za-z][A-Za-z0-9_]*$"


class BusinessCentralConfig(HttpConnectorConfig):
    """Settings of one company. Log in with `tenant_id`, `client_id` and `client_secret` or `private_key` (Microsoft
    Entra), or on own servers with `username` and `password`."""

    base_url: ApiUrl = Field(
        "https://api.businesscentral.dynamics.com", description="Address of the API, without tenant and environment."
    )
    login_url: ApiUrl = Field(
        "https://login.microsoftonline.com",
        description="Where to log in; national clouds have another. A simulator has the address of `base_url`.",
    )
    tenant_id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9.-]+$", description="Directory (tenant) id, or the tenant's domain."
    )
    environment: str = Field(
        "production", pattern=r"^[A-Za-z0-9_-]+$", description="Name of the environment: `production`, a sandbox."
    )
    api_path: str | None = Field(
        None,
        description="Path of the API below `base_url`, for own servers: `BC/api/v2.0`. "
        "Without it: `v2.0/TENANT/ENVIRONMENT/api/v2.0`.",
    )
    client_id: str | None = Field(None, description="Application (client) id of the app registration in Entra.")
    client_secret: SecretStr | None = Field(
        None, description="Secret of the app registration, written as ${env:BC_SECRET}."
    )
    private_key: SecretStr | None = Field(
        None, description="Private key in PEM in place of the secret, written as ${file:/run/secrets/bc.pem}."
    )
    certificate_thumbprint: str | None = Field(
        None,
        pattern=r"^([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$",
        description="Thumbprint of the certificate that belongs to `private_key`, as the app registration shows it.",
    )
    scope: str = Field(
        "https://api.businesscentral.dynamics.com/.default",
        description="Scope of the token; national clouds have another host in it.",
    )
    username: str | None = Field(None, description="Own servers: user of the web service.")
    password: SecretStr | None = Field(
        None, description="Own servers: the user's password or web service access key, as ${env:BC_PASSWORD}."
    )
    company: str | None = Field(
        None, description="Name, display name or id of the company; may be left out where there is only one."
    )
    page_size: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="Rows a page of what has no lines.")
    document_page_size: int = Field(
        500, ge=1, le=MOST_ROWS, description="Documents a page; they come with their lines, and eight minutes are all."
    )
    read_replica: bool = Field(
        True, description="Read from the read-only replica, which spares the users and lags a little behind."
    )
    posted_orders: bool = Field(
        True,
        description="Orders that were posted in full leave Business Central; true makes them of their invoices.",
    )
    stock_page: str | None = Field(
        None,
        pattern=_PAGE,
        description="API page of your own with stock per location, `PUBLISHER/GROUP/VERSION/SET`: see the README.",
    )
    max_in_flight: int = Field(
        4, ge=1, le=64, description="Most requests at the same time; Business Central works on five of a user's."
    )
    timeout_seconds: float = Field(
        180, gt=0, le=3600, description="How long the source may be silent before a request counts as failed."
    )

    @property
    def root(self) -> str:
        """Path of the standard API below `base_url`."""
        return (self.api_path or f"v2.0/{self.tenant_id}/{self.environment}/{_STANDARD}").strip("/")

    @property
    def server_path(self) -> str:
        """Path below which the standard API lies, and beside it those of others."""
        return self.root.removesuffix(_STANDARD).strip("/")

    @property
    def service_path(self) -> str:
        """The rest of `root`."""
        return self.root.removeprefix(self.server_path).strip("/")

    @property
    def own_group(self) -> str:
        """Path of the API group of `stock_page`, below `server_path`."""
        return f"api/{(self.stock_page or '').rpartition('/')[0]}"

    @property
    def token_url(self) -> str:
        return f"{self.login_url.rstrip('/')}/{self.tenant_id}/oauth2/v2.0/token"

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if self.username is not None:
            return self._on_own_servers()
        if not self.tenant_id or not self.client_id or (self.client_secret is None) is (self.private_key is None):
            raise ValueError(
                "give `tenant_id`, `client_id` and `client_secret` (or `private_key` with `certificate_thumbprint`); "
                "on own servers `username` and `password`."
            )
        if (self.private_key is None) is not (self.certificate_thumbprint is None):
            raise ValueError("`private_key` and `certificate_thumbprint` belong together.")
        return self

    def _on_own_servers(self) -> Self:
        if self.password is None or self.client_secret is not None or self.private_key is not None:
            raise ValueError("`username` belongs to `password`, and needs neither secret nor key.")
        if self.api_path is None:
            raise ValueError("`username` is for own servers: give their `api_path`, such as `BC/api/v2.0`.")
        return self

    @model_validator(mode="after")
    def _own_page_below_root(self) -> Self:
        if self.stock_page and not self.root.endswith(_STANDARD):
            raise ValueError("`stock_page` needs an `api_path` that ends in `api/v2.0`.")
        return self
