"""What an admin may set for every connector that speaks HTTP."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from hub.sdk.config import ConnectorConfig
from hub.sdk.http.urls import ApiUrl


class HttpConnectorConfig(ConnectorConfig):
    """Subclass it and add the credentials; `HttpSource(config, context)` reads the rest from here."""

    allow_insecure_http: bool = Field(
        False, description="Accept plain http:// for hosts other than this machine. Credentials travel unencrypted."
    )
    base_url: ApiUrl = Field(description="Address of the API: of production, a sandbox, a proxy or a simulator.")
    timeout_seconds: float = Field(
        30, gt=0, le=3600, description="How long the source may be silent before a request counts as failed."
    )
    retry_seconds: float = Field(
        300, ge=0, le=86_400, description="How long one request is tried again before the run gives up."
    )
    max_in_flight: int = Field(8, ge=1, le=64, description="Most requests at the same time, over all streams.")
    requests_per_second: float | None = Field(
        None, gt=0, le=10_000, description="Most requests a second, over all streams; no limit of ours where not set."
    )
    max_answer_mb: int = Field(256, ge=1, le=65_536, description="Largest answer that is read into memory [MiB].")
    verify_tls: bool = Field(True, description="false accepts any certificate: for tests in a closed network only.")
    ca_bundle: Path | None = Field(
        None, description="PEM file with the certificates to trust, for a private authority."
    )
    proxy: ApiUrl | None = Field(None, description="HTTP proxy to go through, without credentials in it.")
    proxy_auth: SecretStr | None = Field(None, description="`user:password` for the proxy.")
