"""Everything a command needs to compute metrics: settings, store, a replica that is up to date, and the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub import plugins
from hub.errors import PluginError
from metrics.authority import make_places
from metrics.base import Catalogue
from metrics.duck import make_streams, make_unmapped
from metrics.engine import Engine
from metrics.filters import Filters, chosen
from metrics.own import own_metrics
from metrics.replica.refresh import reading, refresh
from metrics.sources import Source, sources_of, streams_of, unmapped_of

if TYPE_CHECKING:
    from hub.session import Session
    from hub.settings import HubSettings
    from metrics.replica.manifest import Manifest


@dataclass
class Workbench:
    """An engine over the present state, with what is known about its sources. `defaults` are the admin's parameters."""

    engine: Engine
    catalogue: Catalogue
    sources: list[Source]
    defaults: dict[str, Any]

    def only(
        self, sources: Iterable[str] = (), customers: Iterable[str] = (), countries: Iterable[str] = ()
    ) -> Filters:
        """What a user wants computations limited to, looked up. Raises UsageError where something is not there."""
        return chosen(self.engine.db, sources, customers, countries)


def catalogue(session: Session) -> Catalogue:
    """All metrics of this installation, and the admin's own. Raises PluginError where ours do not load; those of others
    are told; ConfigError where the admin's are wrong."""
    registry = session.registry
    known = Catalogue(registry.metrics())
    own = registry.broken.get(plugins.OWN_METRICS)
    if own is not None:
        raise PluginError(
            f"the hub's own metrics do not load: {own.problem}", fix="Install b2b-hub again, with all it needs."
        ) from own
    known.faults += registry.broken.values()
    return known.with_own(own_metrics(session.config_dir, frozenset(known.metrics)))


@contextlib.contextmanager
def workbench(session: Session, known: Catalogue | None = None) -> Iterator[Workbench]:
    """Open the store, bring the replica up to date, and compute on it. The store is only read."""
    settings = session.hub_settings
    folder = session.state_dir / "replica"
    with session.open_store() as store:
        refresh(store, folder)
        sources, unmapped = sources_of(store), unmapped_of(store)
    with reading(folder) as (db, manifest):
        today = datetime.now(UTC).astimezone(ZoneInfo(settings.time_zone)).date()
        engine = Engine(
            db, settings.reporting_currency, settings.time_zone, today, set(manifest.currencies),
            session.state_dir / "cache" / "metrics", manifest.sequence, settings.fiscal_year_start,
            folder, _state(settings, manifest),
        )  # fmt: skip
        make_streams(db, streams_of(sources, datetime.now(UTC)))
        make_unmapped(db, unmapped)
        make_places(db, settings.warehouses)
        yield Workbench(engine, known or catalogue(session), sources, defaults_of(settings))


def _state(settings: HubSettings, manifest: Manifest) -> str:
    """What parts of facts follow from, beside their SQL and the day."""
    data = (manifest.base, manifest.sequence, manifest.resolution, manifest.mark)
    chosen = (settings.reporting_currency, settings.time_zone, settings.fiscal_year_start, settings.warehouses)
    return repr((data, chosen))


def defaults_of(settings: HubSettings) -> dict[str, Any]:
    """The admin's values for parameters of metrics."""
    return {
        "lifespan_years": settings.metrics.lifespan_years,
        "acquisition_cost": settings.metrics.acquisition_cost,
    }
