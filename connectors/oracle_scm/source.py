"""Oracle Fusion Cloud SCM: customers, items, costs, stock, orders, shipments, purchasing and receipts of a pod."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property

from connectors.oracle_scm.api import Collection, OracleApi
from connectors.oracle_scm.config import OracleScmConfig
from connectors.oracle_scm.conversions import Conversions
from connectors.oracle_scm.plan import Plan, plan_of, source_of
from connectors.oracle_scm.query import Condition
from connectors.oracle_scm.ranges import Walk
from connectors.oracle_scm.reading import Reading
from connectors.oracle_scm.refusals import NotThere
from connectors.oracle_scm.selection import Node
from connectors.oracle_scm.streams import ORGANIZATIONS, STREAMS
from hub.sdk import AuthError, Connector, Context, Finding, Page, ReadRequest, Stream

log = logging.getLogger(__name__)

Slices = list[tuple[Condition, ...]]


class OracleScmConnector(Connector[OracleScmConfig]):
    """Reads what has changed since the last run, by `LastUpdateDate`; everything by key, in ranges."""

    kind = "oracle_scm"
    title = "Oracle Fusion Cloud SCM"
    config_model = OracleScmConfig
    streams = STREAMS
    simulator = "connectors.oracle_scm.simulation.pod:OracleScmSimulator"
    # Oracle documents deep links with the key of the REST services for purchase orders alone.
    links = {  # noqa: RUF012  # never changed
        "purchase_orders": "{base_url}/fscmUI/faces/deeplink?objType=PURCHASE_ORDER&action=VIEW"
        "&objKey=PO_HEADER_ID%3D{id}",
    }

    def __init__(self, config: OracleScmConfig, context: Context) -> None:
        super().__init__(config, context)
        self.api = OracleApi(config, context)
        self._plans: dict[str, Plan] = {}
        self.conversions = Conversions(self.api, lambda: self.masters)

    def check(self) -> Iterator[Finding]:
        from connectors.oracle_scm.checks import findings

        yield from findings(self)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        try:
            plan = self.plan(request.stream)
        except NotThere as error:
            self._require_needless(request, error)
            return
        if plan.cursor is None and request.since is not None:
            log.warning("%s: the pod cannot filter by a time of change, so all of it is read", request.stream.name)
        yield from Reading(self, request, plan).pages()

    def count(self, request: ReadRequest) -> int | None:
        """Oracle's own count of the same search, over all of its parts."""
        try:
            plan = self.plan(request.stream)
        except NotThere:
            return None
        changed = plan.changed(request.since)
        counts = [self.api.count(_narrowed(plan.wanted, (*part, *changed))) for part in self.slices(plan)]
        return None if None in counts else sum(each or 0 for each in counts)

    def plan(self, stream: Stream) -> Plan:
        """How a stream is read of this pod; settled once."""
        if stream.name not in self._plans:
            self._plans[stream.name] = plan_of(self.api, self.config, stream)
        return self._plans[stream.name]

    def slices(self, plan: Plan) -> Slices:
        """The parts that a resource must be asked for one by one: organizations."""
        if not plan.source.slices:
            return [()]
        codes = self.masters if plan.source.of_masters else self.organizations
        return [(Condition(plan.source.slices, "=", code),) for code in codes]

    @property
    def organizations(self) -> tuple[str, ...]:
        """Codes of the organizations whose stock is read."""
        return self.config.organizations or tuple(code for code, _ in self._known_organizations)

    @property
    def masters(self) -> tuple[str, ...]:
        """Codes of the organizations that hold the list of items: in all others each item is there once more."""
        if self.config.master_organizations:
            return self.config.master_organizations
        return tuple(dict.fromkeys(master or code for code, master in self._known_organizations))

    @cached_property
    def _known_organizations(self) -> list[tuple[str, str | None]]:
        """Code and item master of each inventory organization that the user may see."""
        node = Node(dict.fromkeys((*ORGANIZATIONS.keys, *ORGANIZATIONS.always)))
        walk = Walk(self.api, Collection(ORGANIZATIONS.resource, ORGANIZATIONS.keys, node), ORGANIZATIONS.keys[0])
        rows = [row for chunk in walk.chunks() for row in chunk.rows]
        found = [
            (row["OrganizationCode"], row.get("MasterOrganizationCode"))
            for row in rows
            if isinstance(row.get("OrganizationCode"), str)
        ]
        if not found:
            raise AuthError(
                "the user sees no inventory organization.",
                fix="Give it data access (Manage Data Access for Users), or name them under `organizations`.",
            )
        return [(code, master if isinstance(master, str) and master else None) for code, master in found]

    def _require_needless(self, request: ReadRequest, error: NotThere) -> None:
        """A resource that is not there is passed over only where nobody can miss it."""
        source = source_of(self.config, request.stream)
        if not source.optional or request.state or request.stream.name in self.config.streams:
            raise error
        log.info("%s: the pod has no %s for this user; nothing is read", request.stream.name, source.resource)

    def close(self) -> None:
        self.api.close()


def _narrowed(wanted: Collection, conditions: tuple[Condition, ...]) -> Collection:
    """The same rows, with their keys only."""
    node = Node(dict.fromkeys(wanted.order[:1]))
    return Collection(wanted.path, wanted.order, node, (*wanted.conditions, *conditions), wanted.api)
