"""What an admin may set for `hub run`: how the daemon behaves, and whom it tells what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from hub.sdk.config import Share
from hub.sdk.schedule import Every

_SETTINGS = ConfigDict(extra="forbid", frozen=True, defer_build=True)
_ADDRESS = re.compile(r"[^@\s<>,;\x00-\x1f]{1,64}@[^@\s<>,;\x00-\x1f]{1,255}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

AlertKind = Literal[
    "failure", "outage", "credentials", "expiry", "overdue", "quarantine", "completeness", "check", "silence",
    "settings",
]  # fmt: skip


def _address(text: str) -> str:
    if _ADDRESS.fullmatch(text):
        return text
    raise ValueError("expected one e-mail address, such as hub@example.com.")


def _web_address(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        return secret
    raise ValueError("expected an address that begins with https://.")


Address = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[SecretStr, AfterValidator(_web_address)]


class RunSettings(BaseModel):
    """How the daemon waits, stops, and keeps back."""

    model_config = _SETTINGS

    stop_seconds: Annotated[float, Field(ge=1, le=600)] = Field(
        25.0, description="After SIGTERM: how long running pages may take to end."
    )
    spread_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        30.0, description="What is overdue at the start begins spread over up to this time, a second a stream."
    )
    step_timeout: Every = Field(
        timedelta(minutes=15), ge=timedelta(seconds=1), description="A run without any page for so long has failed."
    )
    outage_wait: Every = Field(
        timedelta(minutes=1),
        ge=timedelta(seconds=1),
        description="While a system is away: the first wait; doubles with each failed run.",
    )
    outage_longest_wait: Every = Field(
        timedelta(hours=1), ge=timedelta(seconds=1), description="While a system is away: no wait is longer than this."
    )
    reserve_share: Share = Field(
        0.2, description="This share of a system's quota is kept back from backfills, where the system tells its quota."
    )
    backfills_at_once: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Backfills that `hub run` reads at the same time."
    )
    check_every: Every = Field(
        timedelta(days=1), ge=timedelta(minutes=1), description="How often `hub check` is run to warn in time."
    )
    expiring_within: Every = Field(
        timedelta(days=30),
        ge=timedelta(days=1),
        le=timedelta(days=400),
        description="Told so long before a credential, a certificate or a token that is in use ends.",
    )


class _Channel(BaseModel):
    model_config = _SETTINGS

    kinds: tuple[AlertKind, ...] = Field((), description="Only alerts of these kinds; all where not given.")


class EmailChannel(_Channel):
    """Alerts by e-mail."""

    kind: Literal["email"] = Field(description="`email`.")
    host: str = Field(min_length=1, description="SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="`tls` from the first byte (port 465 as a rule); `none` for a server on this machine."
    )
    user: str | None = Field(None, description="Login, where the server wants one.")
    password: SecretStr | None = Field(None, description="Its password.")
    sender: Address = Field(description="From.")
    to: tuple[Address, ...] = Field(min_length=1, max_length=50, description="Who is told.")


class SlackChannel(_Channel):
    """Alerts by an incoming webhook of Slack."""

    kind: Literal["slack"] = Field(description="`slack`.")
    url: WebAddress = Field(description="The webhook's address, which is a secret.")


class TeamsChannel(_Channel):
    """Alerts by a workflow of Microsoft Teams that posts what a webhook receives."""

    kind: Literal["teams"] = Field(description="`teams`.")
    url: WebAddress = Field(description="The workflow's address, which is a secret.")


class WebhookChannel(_Channel):
    """Alerts as JSON to any address."""

    kind: Literal["webhook"] = Field(description="`webhook`.")
    url: WebAddress = Field(description="Where to, as a reference.")
    token: SecretStr | None = Field(None, description="Sent as `Authorization: Bearer`.")


Channel = Annotated[EmailChannel | SlackChannel | TeamsChannel | WebhookChannel, Field(discriminator="kind")]


class HeartbeatSettings(BaseModel):
    """A sign of life for a monitor outside, which tells people when it stops: nobody else can tell that the hub, or its
    machine, is gone."""

    model_config = _SETTINGS

    url: WebAddress = Field(description="The address that the monitor gave, which is a secret.")
    every: Every = Field(
        timedelta(minutes=5),
        ge=timedelta(seconds=10),
        le=timedelta(days=1),
        description="How often it is sent while all is well. Let the monitor wait for twice as long.",
    )
    kind: Literal["plain", "healthchecks", "uptime_kuma"] = Field(
        "plain",
        description="How the monitor is told that something is wrong. `plain`: by silence (Dead Man's Snitch, and "
        "whatever takes a request as a sign of life); `healthchecks`: at the same address with `/fail` "
        "(healthchecks.io, Better Stack); `uptime_kuma`: by `status=down` at a push monitor.",
    )
    method: Literal["get", "post"] = Field("get", description="How it is asked.")


class NotificationSettings(BaseModel):
    """Channels, and from when on something is told."""

    model_config = _SETTINGS

    channels: Mapping[str, Channel] = Field(
        default_factory=dict, description="Ways to reach people, by your own names."
    )
    heartbeat: HeartbeatSettings | None = Field(None, description="A monitor outside that expects a sign of life.")
    recovery: bool = Field(True, description="Tell the end of what was told, too.")
    overdue_after: Every = Field(
        timedelta(hours=1), description="A stream that is so much later than its schedule is overdue."
    )
    quarantine_above: Annotated[int, Field(ge=0)] = Field(
        100, description="Told when more records of a stream wait in quarantine."
    )
    completeness_below: Share = Field(
        0.98, description="Told when less than this share of what the source counts is held."
    )
    silence: bool = Field(
        True, description="Told when no order came from a source for far longer than its own past makes likely."
    )
