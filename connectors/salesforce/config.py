"""What an admin may set for a Salesforce org."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from hub.sdk import ApiUrl, EntityMapSpec, HttpConnectorConfig, Mode

API_VERSION = "67.0"
"""Summer '26: the version that this connector was written and tested against."""

_STREAM_NAME = re.compile(r"[a-z][a-z0-9_]*")


class CustomObject(BaseModel):
    """An object that the hub does not know by itself, read as a stream of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$", description="Its API name, such as `Delivery__c` or `Asset`."
    )
    maps: tuple[EntityMapSpec, ...] = Field(
        min_length=1, description="Canonical entities that a row becomes, with the fields they are made of."
    )
    description: str = Field("", description="What it is, for `hub status`.")
    mode: Mode = Field(
        Mode.INCREMENTAL, description="`snapshot` reads everything each time and deletes what is not there any more."
    )

    @model_validator(mode="after")
    def _plain_rows(self) -> Self:
        if any(spec.each for spec in self.maps):
            raise ValueError("`each` walks lists, and a row of Salesforce has none: read the child object instead.")
        if self.mode is not Mode.SNAPSHOT and not all("source_updated_at" in spec.fields.specs for spec in self.maps):
            raise ValueError("an incremental stream needs `source_updated_at: SystemModstamp` among its fields.")
        return self


class SalesforceConfig(HttpConnectorConfig):
    """Settings of one org. Log in by `client_id` with `client_secret`, or with `private_key` and `username` (JWT)."""

    timeout_seconds: float = Field(
        130, gt=0, le=3600, description="How long Salesforce may be silent; a query may take two minutes."
    )
    login_url: ApiUrl | None = Field(
        None,
        description="Where to log in, if not at `base_url`: a proxy, or https://login.salesforce.com or "
        "https://test.salesforce.com for JWT.",
    )
    api_version: str = Field(
        API_VERSION, pattern=r"^\d{2,3}\.0$", description="Version of the API; each lasts at least three years."
    )
    client_id: str = Field(description="Consumer key of the External Client App (or connected app).")
    client_secret: SecretStr | None = Field(
        None, description="Consumer secret, written as ${env:SALESFORCE_SECRET}; for client credentials and passwords."
    )
    private_key: SecretStr | None = Field(
        None, description="Private key in PEM for the JWT bearer flow, written as ${file:/run/secrets/salesforce.pem}."
    )
    username: str | None = Field(None, description="The hub's user; for the JWT bearer flow and for passwords.")
    password: SecretStr | None = Field(
        None, description="Password of the user, only for old orgs that still allow the username-password flow."
    )
    security_token: SecretStr | None = Field(
        None, description="Security token of the user, where the org asks for one with the password."
    )
    currency: str | None = Field(
        None,
        pattern=r"^[A-Z]{3}$",
        description="ISO 4217 code of the org's currency, for orgs without multiple currencies, whose rows name none.",
    )
    bulk_above_rows: int = Field(
        10_000, ge=0, description="Reads with more rows than this go through a Bulk API 2.0 query job."
    )
    bulk_page_rows: int = Field(20_000, ge=1, le=250_000, description="Most rows of one page of a bulk result.")
    bulk_wait_minutes: float = Field(
        240, gt=0, le=10_000, description="How long a bulk job may take before pages are read instead [minutes]."
    )
    quota_share: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of the org's daily API calls at which the hub stops, so that others are not starved.",
    )
    objects: Mapping[str, CustomObject] = Field(
        default_factory=dict, description="Stream name -> a further object, such as a custom one, and what it becomes."
    )

    @field_validator("objects")
    @classmethod
    def _named(cls, objects: Mapping[str, CustomObject]) -> Mapping[str, CustomObject]:
        from connectors.salesforce.objects import STREAMS

        taken = {stream.name for stream in STREAMS}
        for name in objects:
            if name in taken or not _STREAM_NAME.fullmatch(name):
                raise ValueError(f"`{name}` cannot be a stream's name here: small letters, and none that is built in.")
        return objects

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if self.private_key is not None:
            if self.client_secret or self.password or not self.username:
                raise ValueError("the JWT bearer flow needs `private_key` and `username`, and no secret or password.")
        elif self.client_secret is None:
            raise ValueError("give `client_secret`, or `private_key` with `username`.")
        elif (self.password is None) is not (self.username is None):
            raise ValueError("the username-password flow needs both `username` and `password`.")
        elif self.security_token is not None and self.password is None:
            raise ValueError("`security_token` belongs to `password`.")
        return self
