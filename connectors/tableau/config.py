"""What an admin may set for publisher `tableau`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.sdk.publisher import PublisherConfig


class ServerSettings(BaseModel):
    """Where extracts are published. The token is of a user who may publish into the project, and nobody else uses it:
    Tableau ends the session before when a token signs in again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^https?://", description="Address of Tableau Server, or of your pod of Tableau Cloud.")
    site: str = Field("", description="The part of the address after `/site/`; empty for the default site.")
    token_name: str = Field(min_length=1, description="Name of a personal access token.")
    token_secret: SecretStr = Field(description="Its secret.")
    project: str = Field(min_length=1, description="Project that holds the data sources; `Parent/Child` where nested.")
    prefix: str = Field("Hub ", max_length=100, description="What the names of data sources begin with.")
    wait_seconds: Annotated[int, Field(ge=10, le=86_400)] = Field(
        1800, description="How long the server may take to process one extract."
    )
    payload_mb: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100, description="The largest update of a data source that the server takes; what is more is overwritten."
    )


class TableauConfig(PublisherConfig):
    """One .hyper file a table: `orders.hyper` holds `Extract.orders`, and becomes the data source `Hub orders`."""

    target: str = Field("tableau", min_length=1, description="Folder for the files, beside `config/`.")
    mode: Literal["overwrite", "update"] = Field(
        "overwrite",
        description="`update` sends what changed since the last run, by key, to extracts that are there already.",
    )
    server: ServerSettings | None = Field(None, description="Tableau Server or Cloud; only files where not given.")
