"""What an admin may set for a Dataverse environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from hub.sdk import ApiUrl, EntityMapSpec, HttpConnectorConfig

_STREAM_NAME = re.compile(r"[a-z][a-z0-9_]*")


class CustomTable(BaseModel):
    """A table that the hub does not know by itself, read as a stream of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,127}$", description="Its logical name, such as `quote` or `new_delivery`."
    )
    maps: tuple[EntityMapSpec, ...] = Field(
        min_length=1, description="Canonical entities that a row becomes, with the columns they are made of."
    )
    description: str = Field("", description="What it is, for `hub status`.")

    @model_validator(mode="after")
    def _plain_rows(self) -> Self:
        if any(spec.each for spec in self.maps):
            raise ValueError("`each` walks lists, and a row of Dataverse has none: read the child table instead.")
        if not all("source_updated_at" in spec.fields.specs for spec in self.maps):
            raise ValueError("a stream needs `source_updated_at: modifiedon` among its fields.")
        return self


class DynamicsConfig(HttpConnectorConfig):
    """Settings of one environment. Log in by `client_secret`, or by `private_key` with `certificate_thumbprint`."""

    timeout_seconds: float = Field(
        120, gt=0, le=3600, description="How long Dataverse may be silent; a wide query may take over a minute."
    )
    login_url: ApiUrl = Field(
        "https://login.microsoftonline.com",
        description="Authority of Microsoft Entra; national clouds have their own.",
    )
    tenant_id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.\-]*$", description="Directory (tenant) id, or its domain name."
    )
    client_id: str = Field(description="Application (client) id of the app registration.")
    client_secret: SecretStr | None = Field(
        None, description="Client secret of the app, written as ${env:DYNAMICS_SECRET}."
    )
    private_key: SecretStr | None = Field(
        None, description="Private key in PEM in place of the secret, written as ${file:/run/secrets/dynamics.pem}."
    )
    certificate_thumbprint: str | None = Field(
        None,
        pattern=r"^([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$",
        description="Thumbprint of the certificate that belongs to `private_key`, as the app registration shows it.",
    )
    resource: ApiUrl | None = Field(
        None, description="Whom the token is for, if not `base_url`: the environment's address behind a proxy."
    )
    api_version: str = Field("9.2", pattern=r"^9\.\d$", description="Version of the Web API.")
    page_size: int = Field(5000, ge=1, le=5000, description="Rows a page; Dataverse sends at most 5,000.")
    tables: Mapping[str, CustomTable] = Field(
        default_factory=dict, description="Stream name -> a further table, such as a custom one, and what it becomes."
    )

    @field_validator("tables")
    @classmethod
    def _named(cls, tables: Mapping[str, CustomTable]) -> Mapping[str, CustomTable]:
        from connectors.dynamics.streams import STREAMS

        taken = {stream.name for stream in STREAMS}
        for name in tables:
            if name in taken or not _STREAM_NAME.fullmatch(name):
                raise ValueError(f"`{name}` cannot be a stream's name here: small letters, and none that is built in.")
        return tables

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.client_secret is None) is (self.private_key is None):
            raise ValueError("give `client_secret`, or `private_key` with `certificate_thumbprint`, and not both.")
        if (self.private_key is None) is not (self.certificate_thumbprint is None):
            raise ValueError("`private_key` and `certificate_thumbprint` belong together.")
        return self
