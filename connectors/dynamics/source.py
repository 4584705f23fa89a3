"""The connector: which table a stream needs, and what becomes of one that is not there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.environment import Environment
from connectors.dynamics.plan import FRESH, Plan, Planner, require_visible
from connectors.dynamics.reading import LARGE, MOST_COUNTED, Reading
from connectors.dynamics.streams import STREAMS, streams_of
from hub.sdk import (
    Connector,
    Context,
    Finding,
    Page,
    ReadRequest,
    SourceChanged,
    StateExpired,
    Stream,
    iso_moment,
)
from hub.sdk.odata import Query

log = logging.getLogger(__name__)


class DynamicsConnector(Connector[DynamicsConfig]):
    """Reads whole tables once, and then what changed in them, deletions among it."""

    kind = "dynamics"
    title = "Dynamics 365 (Dataverse)"
    config_model = DynamicsConfig
    streams = STREAMS
    simulator = "connectors.dynamics.simulator:DynamicsSimulator"
    # Customers are accounts or contacts, which their id does not tell: they have no link.
    links = {  # noqa: RUF012  # never changed
        entity: f"{{base_url}}/main.aspx?pagetype=entityrecord&etn={table}&id={{id}}"
        for entity, table in (
            ("orders", "salesorder"), ("invoices", "invoice"), ("products", "product"), ("contacts", "contact"),
            ("opportunities", "opportunity"), ("leads", "lead"), ("cases", "incident"),
        )
    }  # fmt: skip

    def __init__(self, config: DynamicsConfig, context: Context) -> None:
        super().__init__(config, context)
        self.environment = Environment(config, context)
        self.planner = Planner(self.environment, config)

    def discover(self) -> tuple[Stream, ...]:
        return streams_of(self.config)

    def check(self) -> Iterator[Finding]:
        from connectors.dynamics.checks import findings

        return findings(self.environment, self.planner, self.config, self.discover())

    def read(self, request: ReadRequest) -> Iterator[Page]:
        plan = self._plan(request)
        if plan is None:
            yield Page([], state={"absent": request.state.get("absent") or self.context.now().isoformat()})
            return
        seen = False
        try:
            for page in Reading(self.environment, self.config, request, plan).pages():
                seen = True
                yield page
        except StateExpired:
            raise
        except SourceChanged:
            fresh = None if seen else self.planner.plan(request.stream)
            if fresh is None or fresh.columns == plan.columns:
                raise
            log.info("%s has changed since it was described", plan.table)
            yield from Reading(self.environment, self.config, request, fresh).pages()

    def count(self, request: ReadRequest) -> int | None:
        """Of a whole table, as far as Dataverse counts; of changes there is no count."""
        if (not request.full and request.since is not None) or request.state.get(LARGE):
            return None
        plan = Plan.of(request.state.get("plan")) or self._plan(request)
        if plan is None:
            return None
        bounds = Reading(self.environment, self.config, request, plan).bounds() if request.since else None
        count = self.environment.odata(plan).count(Query(plan.entity_set, filter=bounds))
        return count if count < MOST_COUNTED else None

    def close(self) -> None:
        self.environment.close()

    def _plan(self, request: ReadRequest) -> Plan | None:
        if self._known_absent(request) and not request.full:
            return None
        kept: Any = None if request.full else request.state.get("plan")
        plan = self.planner.plan(request.stream, kept)
        if plan is None:
            require_visible(self.config, request.stream, read_before=bool(request.state.get("plan")))
            log.info("%s: the environment does not have it", request.stream.name)
        return plan

    def _known_absent(self, request: ReadRequest) -> bool:
        """Whether an earlier run found, less than a day ago, that the environment does not have the table."""
        looked = iso_moment(request.state.get("absent"))
        return looked is not None and self.context.now() - looked < FRESH
