"""What an admin may set for the whole hub (`config/hub.yaml`). Each field's description is its reference."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hub.convert.codes import CURRENCY_CODES
from hub.sdk.config import Share
from hub.sdk.schedule import Schedule
from hub.settings.console import ConsoleSettings, TelemetrySettings
from hub.settings.identity import IdentitySettings
from hub.settings.operations import NotificationSettings, RunSettings
from hub.settings.values import DEFAULT_STORE, analytics, executor, replica, store_url
from hub.settings.warehouses import Warehouses

_SETTINGS = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _time_zone(name: str) -> str:
    if name == "UTC":
        return name
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from hub.settings.mistakes import nearest

        hint = nearest(name, available_timezones()) or " Write it as in Europe/Berlin."
        raise ValueError(f"there is no time zone `{name[:40]}`.{hint}") from None
    return name


def _currency(code: str) -> str:
    if code in CURRENCY_CODES:
        return code
    from hub.settings.mistakes import nearest

    hint = nearest(code, CURRENCY_CODES) or " It has three capital letters, as in EUR."
    raise ValueError(f"`{code[:10]}` is not an ISO 4217 currency code.{hint}")


Analytics = Annotated[str, AfterValidator(analytics)]
Executor = Annotated[str, AfterValidator(executor)]
Replica = Annotated[str, AfterValidator(replica)]
StoreUrl = Annotated[str, AfterValidator(store_url)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Day = Annotated[int, Field(ge=1, le=36500)]


class LogSettings(BaseModel):
    """Logging. `--debug` and `--log-json` on the command line win."""

    model_config = _SETTINGS

    level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="The least serious kind of line shown."
    )
    format: Literal["text", "json"] = Field("text", description="`json` writes one object a line, for log collectors.")


class RetentionSettings(BaseModel):
    """How long history is kept."""

    model_config = _SETTINGS

    runs_days: Day = Field(400, description="Days of run history to keep.")
    deleted_days: Day | None = Field(
        None, description="Rows deleted at the source this many days ago are removed for good; kept where not given."
    )
    snapshots_days: Day = Field(
        400,
        description="Days for which every computed value is kept; of older ones the last of each month stays for ever.",
    )
    audit_days: Annotated[int, Field(ge=90, le=36500)] = Field(
        400,
        description="Days of the audit log to keep: a year, and time to look back on it. `hub run` removes older lines "
        "and notes that it did.",
    )


class RetrySettings(BaseModel):
    """How a run is tried again when its source does not answer. Each further run goes on after the last stored page."""

    model_config = _SETTINGS

    attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="Runs in a row that get nowhere; one that stores a page starts the count again."
    )
    wait_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        2.0, description="Before the second run; doubles with each further one."
    )
    longest_wait_seconds: Annotated[float, Field(ge=0, le=86400)] = Field(
        120.0, description="No longer than this; a source that asks for more is left to the next scheduled sync."
    )


class Defaults(BaseModel):
    """What connector instances use where their own file says nothing."""

    model_config = _SETTINGS

    schedule: Schedule | None = Field(
        None, description="`every 15m`, a cron line such as `0 2 * * *`, or a mapping (below)."
    )
    max_reject_share: Share = Field(0.2, description="A run stops when more than this share of its records is refused.")
    max_delete_share: Share = Field(0.5, description="A snapshot may not delete more than this share of what is held.")


class MetricsSettings(BaseModel):
    """Assumptions that metrics are computed with; reports show them."""

    model_config = _SETTINGS

    lifespan_years: Decimal = Field(
        Decimal(3), gt=0, le=100, description="Years a customer is expected to stay, for customer lifetime value."
    )
    acquisition_cost: Decimal | None = Field(
        None, ge=0,
        description="Cost to win one customer, in the reporting currency; taken from marketing spend where not given, "
        "and 0 where there is none.",
    )  # fmt: skip


class HubSettings(BaseModel):
    """config/hub.yaml: one hub. All settings have safe defaults; an empty file is valid."""

    model_config = _SETTINGS

    store: StoreUrl = Field(
        DEFAULT_STORE,
        repr=False,
        description="Database of the canonical copy: `sqlite:///hub.db` lies beside `config/`; PostgreSQL as "
        "`postgresql://user:${env:PGPASSWORD}@host/database`.",
    )
    reporting_currency: Currency = Field("EUR", description="Currency of all reports, as its ISO 4217 code.")
    time_zone: TimeZone = Field(
        "UTC", description="Where days and months begin in reports and schedules, e.g. Europe/Berlin."
    )
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = Field(
        1, description="First month of the fiscal year: 1 is January."
    )
    executor: Executor = Field(
        "threads",
        description="What runs sync jobs: `threads` of this process, or the workers of a Dask cluster, as "
        "`dask://scheduler:8786` (`dask+tls://` where its connections are encrypted).",
    )
    analytics: Analytics = Field(
        "duckdb",
        description="What computes metrics: `duckdb` on this machine over a copy in Parquet, `postgres` in the store's "
        "own database, or Spark over that copy: `spark://master:7077`, `sc://server` (Spark Connect), `local[2]` on "
        "this machine. Spark compares records for matching, too, where they are many. The numbers are the same.",
    )
    replica: Replica | None = Field(
        None,
        description="Where else the copy in Parquet is kept, for a cluster to read, and what matching hands to it: a "
        "folder that all its machines see, or an object store as `s3://bucket/hub`. Beside the store's other files "
        "only, where not given.",
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(4, description="Streams that are synced at the same time.")
    retry: RetrySettings = Field(
        RetrySettings.model_construct(), description="How runs are tried again when a source is away."
    )
    log: LogSettings = Field(LogSettings.model_construct(), description="How the hub tells what it does.")
    retention: RetentionSettings = Field(
        RetentionSettings.model_construct(), description="What `hub db prune` removes."
    )
    defaults: Defaults = Field(Defaults.model_construct(), description="For all connectors that set nothing else.")
    metrics: MetricsSettings = Field(
        MetricsSettings.model_construct(), description="Assumptions that metrics are computed with."
    )
    identity: IdentitySettings = Field(
        IdentitySettings.model_construct(),
        description="How records of several systems become one customer or product (`hub match`).",
    )
    warehouses: Warehouses = Field(
        default_factory=dict,
        description="Places of several systems that are one warehouse: `Hamburg: [sap/1010, web-shop/4711]`. Each is a "
        "connector instance and the key of its location, with all within it; or the instance alone, for all of its "
        "stock. The first that has stock is the authority: its stock counts; that of the others is shown only.",
    )
    run: RunSettings = Field(RunSettings.model_construct(), description="How `hub run` works.")
    notifications: NotificationSettings = Field(
        NotificationSettings.model_construct(), repr=False, description="Whom `hub run` tells what."
    )
    console: ConsoleSettings = Field(
        ConsoleSettings.model_construct(), repr=False, description="The web console, and who may come in."
    )
    telemetry: TelemetrySettings | None = Field(None, repr=False, description="Where traces are sent; nowhere without.")
    connectors: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        repr=False,
        description="Connector instances by name, for small set-ups; otherwise one file each in config/connectors/.",
    )


INHERITED = tuple(Defaults.model_fields)
"""Settings that an instance takes from `defaults`."""
