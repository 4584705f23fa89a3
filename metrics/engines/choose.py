"""From `analytics:` in hub.yaml to an engine over the present state of the data."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from hub import __version__
from hub.errors import ConfigError
from metrics.engine import Engine
from metrics.engines.on_duckdb import DuckSite
from metrics.engines.site import Ground
from metrics.replica.kept import State
from metrics.replica.mirror import mirrored
from metrics.replica.refresh import reading, refresh

if TYPE_CHECKING:
    from hub.session import Session
    from metrics.replica.manifest import Manifest


@dataclass
class Choice:
    """Opens what computes; `stack` closes it. `ground` is what is known before the data is."""

    session: Session
    ground: Ground
    stack: ExitStack

    def engine(self) -> Engine:
        """The engine that the settings name. Raises ConfigError or PluginError where it cannot be had."""
        address = self.session.hub_settings.analytics
        if address == "postgres":
            return self._on_postgres()
        if address == "duckdb":
            return self._on_duckdb()
        return self._on_spark(address)

    @property
    def _cache_dir(self) -> Path:
        return self.session.state_dir / "cache" / "metrics"

    @property
    def _folder(self) -> Path:
        return self.session.state_dir / "replica"

    @property
    def _mirror(self) -> str:
        """Where else the replica is kept: an address, or a path from the root; empty where it is nowhere else."""
        told = self.session.hub_settings.replica or ""
        return told if "://" in told or not told else str((self.session.project_dir / told).resolve())

    def _replica(self) -> tuple[DuckSite, Manifest, State]:
        """DuckDB over a replica that is up to date, with what tells its state from others."""
        with self.session.open_store() as store:
            fresh = refresh(store, self._folder)
        if self._mirror:
            mirrored(self._folder, fresh, self._mirror)
        db, manifest = self.stack.enter_context(reading(self._folder))
        ground = replace(self.ground, currencies=frozenset(manifest.currencies), sequence=manifest.sequence)
        state = State(manifest.states, self._settings(manifest.currencies))
        return DuckSite(db, ground, self._folder, state), manifest, state

    def _settings(self, currencies: Iterable[str]) -> str:
        """What numbers follow from beside tables, SQL and day: the release, since its functions are called in the SQL,
        and settings. `currencies`: those that any amount is in."""
        settings = self.session.hub_settings
        chosen = (
            __version__, settings.reporting_currency, settings.time_zone, settings.fiscal_year_start,
            settings.warehouses,
        )  # fmt: skip
        return repr((chosen, sorted(currencies)))

    def _on_duckdb(self) -> Engine:
        site, _, state = self._replica()
        return Engine.at(site, lambda: site, cache_dir=self._cache_dir, kept_dir=self._folder, state=state)

    def _on_postgres(self) -> Engine:
        from metrics.engines.on_postgres import PostgresSite, Transaction

        url = self.session.store_url
        if not url.startswith(("postgresql://", "postgres://")):
            raise ConfigError(
                "`analytics: postgres` computes in the store's own database, and that is no PostgreSQL.",
                fix="Move to PostgreSQL (`hub db copy`) and name it as `store:`, or set `analytics: duckdb`.",
            )
        transaction = Transaction(url)
        self.stack.callback(transaction.close)
        ground = replace(self.ground, currencies=transaction.currencies(), sequence=transaction.sequence)
        site = PostgresSite(transaction, ground, self._cache_dir)
        state = State({}, repr((transaction.sequence, transaction.resolution, self._settings(ground.currencies))))
        return Engine.at(site, lambda: self._replica()[0], cache_dir=self._cache_dir, state=state)

    def _on_spark(self, address: str) -> Engine:
        from hub.spark.places import removed
        from hub.spark.session import session
        from metrics.engines.on_spark import SparkSite

        spark = session(address)
        local, manifest, state = self._replica()
        place = self._mirror or str(self._folder.resolve())
        scratch = f"{place}/spark-{uuid4().hex}"
        self.stack.callback(removed, scratch)
        site = SparkSite(spark, place, scratch, manifest, local.ground, cache_dir=self._cache_dir)
        return Engine.at(site, lambda: local, cache_dir=self._cache_dir, kept_dir=self._folder, state=state)


def ground_of(session: Session) -> Ground:
    """What the settings say that numbers rest on."""
    settings = session.hub_settings
    today = datetime.now(UTC).astimezone(ZoneInfo(settings.time_zone)).date()
    return Ground(
        settings.reporting_currency, settings.time_zone, today, fiscal_year_start=settings.fiscal_year_start,
        warehouses=settings.warehouses,
    )  # fmt: skip
