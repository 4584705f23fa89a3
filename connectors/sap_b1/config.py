"""What an admin may set for a company in SAP Business One."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator

from hub.sdk import ApiUrl, HttpConnectorConfig


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone `{name}`; they look like `Europe/Berlin`") from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class SapB1Config(HttpConnectorConfig):
    """Settings of one company database."""

    base_url: ApiUrl = Field(
        description="Address of the Service Layer or of the load balancer before it, such as https://b1.acme.example:50000."
    )
    timeout_seconds: float = Field(
        120, gt=0, le=3600, description="How long the Service Layer may be silent; documents with many lines take time."
    )
    max_in_flight: int = Field(2, ge=1, le=64, description="Most requests at the same time, over all streams.")
    protocol: Literal["v1", "v2"] = Field(
        "v2", description="`v2` is OData 4. `v1` is OData 3, for releases before 10.0 FP 2405 that have no `v2`."
    )
    company: str = Field(min_length=1, description="Name of the company database (CompanyDB), as the server lists it.")
    user: str = Field(min_length=1, description="User code of the hub's own user in this company.")
    password: SecretStr = Field(description="Its password, written as ${env:B1_PASSWORD}.")
    time_zone: Zone = Field(
        "UTC", description="Time zone of the database server, such as `Europe/Berlin`: Business One tells none."
    )
    page_size: int = Field(500, ge=1, le=5000, description="Rows a page; documents come with all of their lines.")
    price_list: int = Field(1, ge=1, description="Number of the price list that gives products their list price.")
    reread_hours: float = Field(
        24,
        ge=0,
        le=8760,
        description="How often to read open documents again, which others change without moving their change stamp. "
        "0 never does [hours].",
    )
    units: Mapping[str, str] = Field(
        default_factory=dict,
        description="The company's own unit codes and names -> UN/CEFACT Recommendation 20, such as `{Kiste: XCS}`.",
    )
    currencies: Mapping[str, Code] = Field(
        default_factory=dict,
        description="The company's own currency codes -> ISO 4217, such as `{$: USD}`, where its list has none.",
    )

    @field_validator("units")
    @classmethod
    def _known_units(cls, units: Mapping[str, str]) -> Mapping[str, str]:
        from hub.sdk import bind, entities

        read = bind(entities.Product["unit"])
        for ours in units.values():
            read.scalar(ours)
        return {theirs.strip().upper(): ours for theirs, ours in units.items()}
