"""What an admin may set for publisher `powerbi`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from hub.sdk import ApiUrl
from hub.sdk.publisher import PublisherConfig


class PowerBIConfig(PublisherConfig):
    """A workspace of Power BI, by a service principal. Models read the hub's OData feed or its PostgreSQL views; this
    refreshes them. Only `push` sends rows, and only those of `metrics`."""

    tenant_id: str = Field(min_length=1, description="Directory (tenant) of the app registration.")
    client_id: str = Field(min_length=1, description="The app, Contributor or Member of the workspace.")
    client_secret: SecretStr = Field(description="Its secret.")
    workspace: str = Field(min_length=1, description="Id of the workspace: the part of its address after `/groups/`.")
    refresh: tuple[str, ...] = Field((), description="Ids of the semantic models to refresh, one after the other.")
    refresh_minutes: Annotated[int, Field(ge=1, le=600)] = Field(120, description="How long one refresh may take.")
    push: str | None = Field(
        None,
        max_length=200,
        description="Name of a push semantic model for the tables of `metrics`, made where there is none. Microsoft "
        "ends the creation of such models on 31 October 2027; amounts become floating point there.",
    )
    base_url: ApiUrl = Field("https://api.powerbi.com", description="Of a national cloud, where yours is in one.")
    login_url: ApiUrl = Field("https://login.microsoftonline.com", description="The same for the login.")
