"""What an admin may set for a Magento or Adobe Commerce shop."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator

from hub.sdk import ApiUrl, HttpConnectorConfig

_SIGNED = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
_SAAS = ("client_id", "client_secret")
_SCOPE = "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"


class MagentoConfig(HttpConnectorConfig):
    """Settings of one shop. Give the four parts of an integration, its `access_token` alone, or a `client_id` with
    `client_secret` for Adobe Commerce as a Cloud Service."""

    store_code: str = Field(
        "all",
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="Store view whose names and prices are read; `all` reads the values of the default scope.",
    )
    consumer_key: SecretStr | None = Field(
        None, description="Consumer key of the integration, written as ${env:MAGENTO_CONSUMER_KEY}."
    )
    consumer_secret: SecretStr | None = Field(
        None, description="Consumer secret of the integration, written as ${env:MAGENTO_CONSUMER_SECRET}."
    )
    access_token: SecretStr | None = Field(
        None,
        description="Access token of the integration. Alone it is sent as a bearer token, which the shop must allow.",
    )
    access_token_secret: SecretStr | None = Field(
        None, description="Access token secret of the integration, written as ${env:MAGENTO_TOKEN_SECRET}."
    )
    client_id: str | None = Field(None, description="Cloud Service: client id of the server-to-server credential.")
    client_secret: SecretStr | None = Field(
        None, description="Cloud Service: client secret, written as ${env:ADOBE_CLIENT_SECRET}."
    )
    token_url: ApiUrl = Field(
        "https://ims-na1.adobelogin.com/ims/token/v3", description="Cloud Service: where tokens are fetched."
    )
    scope: str = Field(_SCOPE, description="Cloud Service: scopes of the token.")
    admin_url: ApiUrl | None = Field(
        None, description="Address of the admin panel, such as https://shop.example/admin_1a2b3c: for links in reports."
    )
    page_size: int = Field(
        300, ge=1, le=1000, description="Rows a page; fewer are asked for where the shop allows or bears no more."
    )
    max_in_flight: int = Field(
        3, ge=1, le=64, description="Most requests at the same time, over all streams. A shop answers visitors, too."
    )
    late_tracks_days: int = Field(
        14, ge=0, le=365, description="Once a day shipments of so many days are read again for new tracking numbers."
    )

    @property
    def is_saas(self) -> bool:
        """Whether it is Adobe Commerce as a Cloud Service, whose paths and login differ."""
        return self.client_id is not None

    @property
    def is_signed(self) -> bool:
        """Whether requests are signed by OAuth 1.0a."""
        return self.consumer_key is not None

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        given = {name for name in (*_SIGNED, *_SAAS) if getattr(self, name)}
        if given not in (set(_SIGNED), {"access_token"}, set(_SAAS)):
            raise ValueError(
                "give the integration's `consumer_key`, `consumer_secret`, `access_token` and `access_token_secret`; "
                "or `access_token` alone; or `client_id` and `client_secret` (Cloud Service)."
            )
        return self
