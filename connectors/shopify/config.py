"""What an admin may set for a Shopify shop."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator

from hub.sdk import HttpConnectorConfig

API_VERSION = "2026-10"
"""The dated version this connector was written and tested against."""


class ShopifyConfig(HttpConnectorConfig):
    """Settings of one shop. Give `access_token`, or `client_id` with `client_secret`."""

    api_version: str = Field(
        API_VERSION,
        pattern=r"^\d{4}-(01|04|07|10)$",
        description="Dated version of the Admin API; Shopify supports each for twelve months.",
    )
    access_token: SecretStr | None = Field(
        None, description="Admin API token (`shpat_…`) of a custom app, written as ${env:SHOPIFY_TOKEN}."
    )
    client_id: str | None = Field(None, description="Client id of an app made in the Dev Dashboard.")
    client_secret: SecretStr | None = Field(
        None, description="Client secret of that app, written as ${env:SHOPIFY_SECRET}."
    )
    page_size: int = Field(
        250, ge=1, le=250, description="Most rows a page; fewer are asked for where Shopify finds a query too costly."
    )
    bulk_above_rows: int = Field(
        500, ge=0, description="Reads with more rows than this use a bulk operation, which costs no query points."
    )
    bulk_wait_minutes: float = Field(
        240, gt=0, le=14_400, description="How long a bulk operation may take before pages are read instead [minutes]."
    )

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        has_client = bool(self.client_id and self.client_secret)
        if bool(self.access_token) == has_client or bool(self.client_id) != bool(self.client_secret):
            raise ValueError("give either `access_token`, or both `client_id` and `client_secret`.")
        return self
