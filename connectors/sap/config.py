"""What an admin may set for an S/4HANA system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from hub.sdk import ApiUrl, HttpConnectorConfig


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone `{name}`; they look like `Europe/Berlin`") from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]


class SapConfig(HttpConnectorConfig):
    """Settings of one system. Log in by `user` and `password`, or by `client_id` and `client_secret` (OAuth2)."""

    base_url: ApiUrl = Field(
        description="Address of the API host: https://my300000-api.s4hana.cloud.sap in the cloud (with `-api`), host "
        "and port of the gateway on-premise."
    )
    timeout_seconds: float = Field(
        120, gt=0, le=3600, description="How long SAP may be silent; large expands take their time."
    )
    max_in_flight: int = Field(
        4, ge=1, le=64, description="Most requests at the same time; each occupies a dialog work process of the system."
    )
    user: str | None = Field(None, description="Communication user (cloud) or technical user (on-premise).")
    password: SecretStr | None = Field(None, description="Its password, written as ${env:SAP_PASSWORD}.")
    client_id: str | None = Field(None, description="OAuth2 client of the communication arrangement.")
    client_secret: SecretStr | None = Field(None, description="Its secret, written as ${env:SAP_CLIENT_SECRET}.")
    token_url: ApiUrl | None = Field(
        None, description="Token endpoint, where it is not /sap/bc/sec/oauth2/token of the same host."
    )
    scope: str = Field("", description="OAuth2 scopes, separated by blanks, where the system asks for them.")
    api_key: SecretStr | None = Field(None, description="Key of an API gateway in front of SAP, sent as `APIKey`.")
    client: str | None = Field(
        None, pattern=r"^\d{3}$", description="`sap-client`, such as `100`, where the system's default is not the one."
    )
    language: str = Field(
        "EN", pattern=r"^[A-Z]{2}$", description="`sap-language`: of descriptions and of units' commercial codes."
    )
    time_zone: Zone = Field(
        "UTC", description="Time zone of the system, for dates with a time that tell none, such as `Europe/Berlin`."
    )
    time_zones: Mapping[str, Zone] = Field(
        default_factory=dict,
        description="SAP's time zones that the hub does not know, such as `{YCET: Europe/Berlin}`.",
    )
    units: Mapping[str, str] = Field(
        default_factory=dict,
        description="The system's own unit codes -> UN/CEFACT Recommendation 20, such as `{ZKA: XCT}`.",
    )
    page_size: int = Field(1000, ge=1, le=5000, description="Rows a page where a row is flat.")
    document_page_size: int = Field(
        200, ge=1, le=1000, description="Documents a page where each comes with its items; SAP expands slowly."
    )
    reread_hours: float = Field(
        24,
        ge=0,
        le=8760,
        description="How often to read again what changes without moving a change stamp: open documents, addresses, "
        "prices. 0 never does [hours].",
    )
    keep_flagged: bool = Field(
        False,
        description="Keep partners and products flagged for deletion, as inactive. They count as deleted else.",
    )
    freight_conditions: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9]{4}$")], ...] = Field(
        ("KF00", "HD00"), description="Condition types of billing items that are freight; none reads no conditions."
    )
    odata4: frozenset[Literal["products", "orders", "purchase_orders"]] = Field(
        frozenset(),
        description="Streams to read by the services of OData 4 (CE_...). Order items have no cost there.",
    )
    batch: bool = Field(True, description="Send look-ups together as `$batch`; false sends them one by one.")

    @field_validator("units", "time_zones")
    @classmethod
    def _upper(cls, codes: Mapping[str, str]) -> Mapping[str, str]:
        return {code.upper(): ours for code, ours in codes.items()}

    @field_validator("units")
    @classmethod
    def _known_units(cls, units: Mapping[str, str]) -> Mapping[str, str]:
        from hub.sdk import RowRejected, bind, entities

        read = bind(entities.Product["unit"])
        for theirs, ours in units.items():
            try:
                read.scalar(ours)
            except RowRejected as error:
                raise ValueError(f"`{theirs}`: {error.problem}") from None
        return units

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        basic, oauth = self.user is not None, self.client_id is not None
        if (self.password is not None) is not basic:
            raise ValueError("`user` and `password` belong together.")
        if (self.client_secret is not None) is not oauth:
            raise ValueError("`client_id` and `client_secret` belong together.")
        if basic and oauth:
            raise ValueError("give `user` and `password`, or `client_id` and `client_secret`, not both.")
        if not basic and not oauth and self.api_key is None:
            raise ValueError("give `user` and `password`, or `client_id` and `client_secret`.")
        return self
