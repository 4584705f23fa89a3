"""Everything a command needs to compute metrics: settings, store, a replica that is up to date, and the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub import plugins
from hub.errors import PluginError
from metrics.base import Catalogue
from metrics.engine import Engine
from metrics.engines.away import Away
from metrics.engines.choose import Choice, ground_of
from metrics.filters import Filters, chosen
from metrics.own import own_metrics
from metrics.sources import Source, sources_of, streams_of, unmapped_of

if TYPE_CHECKING:
    from hub.session import Session
    from hub.settings import HubSettings


@dataclass
class Workbench:
    """An engine over the present state, with what is known about its sources. `defaults` are the admin's parameters."""

    engine: Engine
    catalogue: Catalogue
    sources: list[Source]
    defaults: dict[str, Any]

    def only(
        self, sources: Iterable[str] = (), customers: Iterable[str] = (), countries: Iterable[str] = (),
        products: Iterable[str] = (),
    ) -> Filters:  # fmt: skip
        """What a user wants computations limited to, looked up. Raises UsageError where something is not there."""
        site, sources, customers, products = self.engine.site, tuple(sources), tuple(customers), tuple(products)
        if isinstance(site, Away) and not products:
            return chosen(site.named(sources=bool(sources), customers=bool(customers)), sources, customers, countries)
        return chosen(self.engine.db, sources, customers, countries, products)


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
    """Open the store, and what computes over its present state. The store is only read."""
    settings = session.hub_settings
    with session.open_store() as store:
        sources, unmapped = sources_of(store), unmapped_of(store)
    ground = replace(ground_of(session), streams=streams_of(sources, datetime.now(UTC)), unmapped=unmapped)
    with contextlib.ExitStack() as stack:
        engine = Choice(session, ground, stack).engine()
        yield Workbench(engine, known or catalogue(session), sources, defaults_of(settings))


def defaults_of(settings: HubSettings) -> dict[str, Any]:
    """The admin's values for parameters of metrics."""
    return {
        "lifespan_years": settings.metrics.lifespan_years,
        "acquisition_cost": settings.metrics.acquisition_cost,
    }
