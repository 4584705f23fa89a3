"""SAP Business One: partners, items, stock, orders, deliveries, returns and purchase orders of one company."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from connectors.sap_b1.api import B1Api
from connectors.sap_b1.config import SapB1Config
from connectors.sap_b1.lookups import Lookups
from connectors.sap_b1.moments import ServerClock
from connectors.sap_b1.plan import Plan, plan_of, properties
from connectors.sap_b1.reading import Reading
from connectors.sap_b1.rows import Shaper
from connectors.sap_b1.streams import SOURCES, STREAMS
from connectors.sap_b1.units import Units
from hub.sdk import Connector, Context, Finding, Page, ReadRequest, Stream, maps_of


class SapB1Connector(Connector[SapB1Config]):
    """Reads what has changed since the day of the last run; everything in the order of its key."""

    kind = "sap_b1"
    title = "SAP Business One"
    config_model = SapB1Config
    streams = STREAMS
    simulator = "connectors.sap_b1.simulator:SapB1Simulator"

    def __init__(self, config: SapB1Config, context: Context) -> None:
        super().__init__(config, context)
        self.api = B1Api(config, context)
        self.lookups = Lookups(self.api.source, self.api.root, config.page_size, config.currencies)
        self.units = Units(config.units)
        self._plans: dict[str, Plan] = {}

    @cached_property
    def clock(self) -> ServerClock:
        return ServerClock(self.config.time_zone)

    @cached_property
    def shaper(self) -> Shaper:
        """Makes rows ready for the maps."""
        return Shaper(self.clock, self.lookups, self.units, self.config.price_list)

    def check(self) -> Iterator[Finding]:
        from connectors.sap_b1.checks import findings

        yield from findings(self)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        yield from Reading(self, request).pages()

    def count(self, request: ReadRequest) -> int | None:
        """The Service Layer's own count of what the first phase asks for."""
        reading = Reading(self, request)
        return self.api.source.count(reading.query(reading.phases[0]))

    def plan(self, request: ReadRequest) -> Plan:
        """What to select: as the runs before, or, for another release or other maps, by what the metadata has."""
        name = request.stream.name
        if name not in self._plans:
            source = SOURCES[name]
            wanted = properties(source, maps_of(self.config, request.stream))
            kept = None if request.full else request.state.get("plan")
            known = Plan.again(kept, self.api.auth.release(), wanted) if kept else None
            self._plans[name] = known or plan_of(self.config, request.stream, source, self.api.metadata())
        return self._plans[name]

    def notes(self) -> list[str]:
        """What an admin should know of the rows so far; the hub keeps each once."""
        return [*self.lookups.notes, *self.units.notes()]

    def start(self, stream: Stream) -> datetime | None:
        """From when on the admin wants the rows of a stream."""
        settings = self.config.streams.get(stream.name)
        return settings.start if settings else None

    def close(self) -> None:
        self.api.close()
