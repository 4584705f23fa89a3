"""What an admin may set for publisher `folder`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from hub.sdk.publisher import PublisherConfig


class FolderConfig(PublisherConfig):
    """Tables as files. Readers find the newest complete set by `manifest.json`, which is replaced last."""

    target: str = Field(
        min_length=1,
        description="A folder beside `config/`, or an address: `sftp://user@host/path`, `s3://bucket/path`, and what "
        "else fsspec knows (each with its library).",
    )
    format: Literal["parquet", "csv", "xlsx", "delta"] = Field("parquet", description="What is written.")
    login: Mapping[str, SecretStr] = Field(
        {},
        description="Secrets for the address, as fsspec (or, for `delta`, as its object store) names them: `password` "
        "for SFTP, `key` and `secret` for S3, `AWS_SECRET_ACCESS_KEY` for Delta on S3.",
    )
    options: Mapping[str, str | int | bool] = Field(
        {},
        description="What else is to be said for the address, such as `endpoint_url` or `key_filename`. For SFTP also "
        "`host_key`, the fingerprint of the server's key, where known_hosts does not have it.",
    )
    partition_by: Mapping[str, str] = Field(
        {},
        description="Table -> its column of moments or days, for `parquet`: one file a month, in folders such as "
        "`ordered_at_month=2026-01`.",
    )
    keep: Annotated[int, Field(ge=1, le=1000)] = Field(
        2, description="Complete sets that are kept, older ones go; for `delta`, days of versions."
    )

    @model_validator(mode="after")
    def _parts_are_of_parquet(self) -> Self:
        if self.partition_by and self.format != "parquet":
            raise ValueError(f"`partition_by` is for `format: parquet`; {self.format} is written as one file a table.")
        return self
