"""What an admin may set for a pod of Oracle Fusion Cloud Applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from hub.sdk import ApiUrl, HttpConnectorConfig

API_VERSION = "11.13.18.05"
"""Part of every path. Oracle adds attributes every quarter and keeps the number."""


class OracleScmConfig(HttpConnectorConfig):
    """Settings of one pod. Give `username` and `password`; or `token_url`, `client_id` and either `client_secret` or
    `private_key`, with `username` where the token is to speak for a user (JWT assertion)."""

    timeout_seconds: float = Field(
        180, gt=0, le=3600, description="How long the pod may be silent; orders with many lines take their time."
    )
    username: str | None = Field(None, description="Integration user; its roles and data access decide what is read.")
    password: SecretStr | None = Field(
        None, description="Password of the user (Basic), written as ${env:ORACLE_PASSWORD}. It expires: see the README."
    )
    token_url: ApiUrl | None = Field(
        None,
        description="Token endpoint of the identity domain: https://idcs-….identity.oraclecloud.com/oauth2/v1/token",
    )
    client_id: str | None = Field(None, description="Client id of the confidential application.")
    client_secret: SecretStr | None = Field(
        None, description="Client secret of the application, written as ${env:ORACLE_CLIENT_SECRET}."
    )
    private_key: SecretStr | None = Field(
        None,
        description="Private key in PEM (RS256) that signs assertions, written as ${file:/run/secrets/oracle.pem}.",
    )
    key_id: str | None = Field(None, description="`kid` of the assertions: alias of the certificate at the domain.")
    key_thumbprint: str | None = Field(
        None, description="`x5t` of the assertions: thumbprint of the certificate, where the endpoint wants it."
    )
    audience: str = Field(
        "https://identity.oraclecloud.com/", description="`aud` of the assertions, as the endpoint wants it."
    )
    scope: str = Field(
        "", description="Scope of the token, e.g. `urn:opc:resource:fa:instanceid=…urn:opc:resource:consumer::all`."
    )
    framework_version: int = Field(
        4,
        ge=3,
        le=9,
        description="REST-Framework-Version of every request. Below 3 Oracle cuts lists of lines silently.",
    )
    page_size: int = Field(499, ge=1, le=500, description="Rows a page; some resources give no more than 499.")
    max_in_flight: int = Field(4, ge=1, le=64, description="Most requests at the same time, over all streams.")
    customers_from: Literal["hubOrganizations", "accounts"] = Field(
        "hubOrganizations", description="Resource with the customers: of Customer Data Management, or of Sales."
    )
    organizations: tuple[str, ...] = Field(
        (), description="Codes of the inventory organizations whose stock is read; all that the user may see if empty."
    )
    master_organizations: tuple[str, ...] = Field(
        (), description="Codes of the item master organizations; those that the inventory organizations name if empty."
    )
    units: Mapping[str, str] = Field(
        default_factory=dict, description="The pod's own unit codes or names -> UN/CEFACT codes, e.g. `zzu: C62`."
    )
    lots: bool = Field(
        True, description="Read stock lot by lot, where items are under lot control; false reads their sums, quicker."
    )
    base_quantities: bool = Field(
        True, description="Convert ordered quantities to the items' primary units, by Oracle's factors; false saves it."
    )
    freight_costs: bool = Field(True, description="Read the shipping costs of each shipment; false is quicker.")
    currency: str | None = Field(
        None,
        pattern=r"^[A-Z]{3}$",
        description="Currency of item costs and list prices, where the pod does not tell it.",
    )
    open_orders_hours: float = Field(
        24, ge=0, le=8760,
        description="How often all open orders are read again, since a shipped line need not move its order's stamp; "
        "0 switches it off [hours].",
    )  # fmt: skip

    @property
    def is_basic(self) -> bool:
        """Whether the login is a user's name and password."""
        return self.password is not None

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if self.password is not None:
            if not self.username or self.client_id or self.client_secret or self.private_key:
                raise ValueError("`password` belongs to `username`, without a client, secret or key.")
        elif not self.token_url or not self.client_id:
            raise ValueError("give `username` and `password`; or `token_url` and `client_id` (OAuth).")
        elif (self.client_secret is None) is (self.private_key is None) and not self._signs_as_user:
            raise ValueError("OAuth needs `client_secret` or `private_key`; both only with `username`.")
        elif self.username and self.private_key is None:
            raise ValueError("a token that speaks for `username` needs the `private_key` that signs for it.")
        return self

    @property
    def _signs_as_user(self) -> bool:
        """A user's assertion is signed, and the client itself proves who it is by its secret."""
        return self.username is not None and self.private_key is not None
