"""How one stream of one org is asked for: made from the maps and from what the org has of them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.describe import ObjectShape, choose, shape_of
from connectors.salesforce.objects import Source, source_of
from connectors.salesforce.org import Org
from connectors.salesforce.refusals import ObjectGone
from connectors.salesforce.soql import KEY, Window, select, text
from hub.sdk import AuthError, ConfigError, FieldMap, Stream
from hub.sdk.fields import maps_of, source_paths

log = logging.getLogger(__name__)

CORPORATE = "CorporateIsoCode"
"""Added to the rows of exchange rates: which currency they are rates of."""
CURRENCY = "CurrencyIsoCode"
"""Added to the rows of an org with one currency, which does not send it."""
DELETED = "IsDeleted"
FRESH = timedelta(hours=24)
"""How long a description is believed: a query that fails on a field asks again at once."""


@dataclass
class Plan:
    """What a query of the stream is made of. Plain values, so that it can be kept between runs.

    columns     to select, relationships among them (`Owner.Name`)
    children    sub-selects; a query with one cannot be done in bulk
    parents     (object, field): children whose change must bring their parent again
    constants   fields that are the same in every row, and that Salesforce does not send
    filters     conditions that hold for the rows of this stream alone
    cursor      field to tell changes by; None: every read is a whole one
    soft_delete whether deleted rows can be asked for
    logged      whether there is a log of deletions
    """

    table: str
    columns: list[str]
    compounds: dict[str, dict[str, str]] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    parents: list[list[str]] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    filters: list[str] = field(default_factory=list)
    cursor: str | None = None
    soft_delete: bool = False
    logged: bool = False
    missing: list[str] = field(default_factory=list)
    wanted: str = ""
    as_of: str = ""

    @classmethod
    def of(cls, kept: Any) -> Plan | None:
        """A plan that an earlier run kept; None where there is none, or another release of the hub made it."""
        known = {each.name for each in fields(cls)}
        return cls(**kept) if isinstance(kept, dict) and set(kept) == known else None

    @property
    def selected(self) -> list[str]:
        """All columns of the query, with those that only the connector looks at."""
        own = [name for name in (self.cursor, DELETED if self.soft_delete else None) if name is not None]
        return [*self.columns, *(name for name in own if name not in self.columns)]

    def query(self, window: Window, extra: Sequence[str] = ()) -> str:
        """The query for pages, in an order in which it can be taken up again anywhere."""
        columns = [*self.selected, *self.children]
        return select(columns, self.table, [*self.conditions(window), *extra], window.order())

    def bulk_query(self, window: Window) -> str:
        """The query for a job: without an order, which would keep Salesforce from cutting the work into pieces."""
        return select(self.selected, self.table, self.conditions(window))

    def conditions(self, window: Window) -> list[str]:
        return [*self.filters, *window.conditions()]

    def window(self, since: datetime | None, until: datetime | None) -> Window:
        return Window(self.cursor, since if self.cursor else None, until if self.cursor else None)

    def because_of(self, parent: Sequence[str], window: Window) -> str:
        """The condition by which a change of a child brings the row again."""
        table, reference = parent
        changed = Window("SystemModstamp", window.since, window.until)
        inner = select([reference], table, changed.conditions())
        return f"{KEY} IN ({inner})"

    def is_fresh(self, wanted: str, now: datetime) -> bool:
        return self.wanted == wanted and timedelta(0) <= now - datetime.fromisoformat(self.as_of) < FRESH

    def kept(self) -> dict[str, Any]:
        return asdict(self)


class Planner:
    """Makes plans. Descriptions are asked for once, for all streams of the connector."""

    def __init__(self, org: Org, config: SalesforceConfig) -> None:
        self._org = org
        self._config = config
        self._shapes: dict[str, ObjectShape | None] = {}
        self._corporate: str | None = None

    def plan(self, stream: Stream, kept: Any = None) -> Plan | None:
        """The plan of a stream; a kept one while it is fresh. None where the org does not have the object at all."""
        source, paths = source_of(self._config, stream.name), paths_of(maps_of(self._config, stream))
        wanted = _digest([source.table, self._config.currency, *map(".".join, paths)])
        before = Plan.of(kept)
        if before is not None and before.is_fresh(wanted, self._org.context.now()):
            return before
        shape = self._first_shape(source)
        if shape is None:
            return None
        plan = self._made(stream, source, shape, paths)
        if source.depends and not plan.filters:
            return None
        plan.wanted, plan.as_of = wanted, self._org.context.now().isoformat()
        return plan

    def forget(self) -> None:
        """Descriptions are out of date."""
        self._shapes.clear()

    def shape(self, table: str) -> ObjectShape | None:
        """What the org has of an object; None where it is not there, or hidden."""
        if table not in self._shapes:
            try:
                self._shapes[table] = shape_of(self._org.describe(table))
            except ObjectGone:
                self._shapes[table] = None
        return self._shapes[table]

    def corporate_currency(self) -> str | None:
        """The org's own currency: the corporate one of several, or the one in the settings."""
        if self._corporate is None and self.shape("CurrencyType") is not None:
            rows = self._org.query(select(["IsoCode"], "CurrencyType", ["IsCorporate = true"]))["records"]
            code = rows[0].get("IsoCode") if rows else None
            self._corporate = code if isinstance(code, str) else None
        return self._corporate or self._config.currency

    # -- a fresh plan ----------------------------------------------------------------------------------------------

    def _first_shape(self, source: Source) -> ObjectShape | None:
        shape = self.shape(source.table)
        return self.shape(source.instead) if shape is None and source.instead else shape

    def _look(self, table: str) -> ObjectShape:
        return self.shape(table) or ObjectShape(table, {})

    def _made(self, stream: Stream, source: Source, shape: ObjectShape, paths: list[tuple[str, ...]]) -> Plan:
        lists = {name for name, _ in source.children}
        own = [path for path in paths if path[0] not in lists and path[0] != CORPORATE]
        choice = choose(shape, own, self._look)
        plan = Plan(shape.name or source.table, choice.columns, choice.compounds, missing=choice.missing)
        plan.cursor = shape.cursor
        plan.soft_delete = DELETED in shape.fields
        plan.logged = shape.replicateable
        self._add_children(plan, source, shape, paths)
        if source.only and choose(shape, [tuple(source.only[0].split("."))], self._look).missing == []:
            plan.filters.append(" ".join(source.only))
        self._add_constants(plan, shape, paths)
        self._refuse_unknown(stream, plan)
        return plan

    def _add_children(self, plan: Plan, source: Source, shape: ObjectShape, paths: list[tuple[str, ...]]) -> None:
        for name, condition in source.children:
            wanted = list(dict.fromkeys(path[3] for path in paths if path[0] == name and len(path) == 4))
            table = next((table for each, table, _ in source.parents if each == name), shape.children.get(name, ""))
            child = self.shape(table) if name in shape.children and wanted else None
            if child is None:
                plan.missing += [f"{name}.records.0.{column}" for column in wanted]
                continue
            columns = [column for column in wanted if child.readable(column)]
            conditions = [condition]
            if CURRENCY in child.fields and (corporate := self.corporate_currency()):
                conditions.append(f"{CURRENCY} = {text(corporate)}")
            plan.children.append(f"({select(columns or [KEY], name, conditions)})")
            plan.parents += [[table, key] for each, table, key in source.parents if each == name]

    def _add_constants(self, plan: Plan, shape: ObjectShape, paths: list[tuple[str, ...]]) -> None:
        if (CURRENCY,) in paths and CURRENCY not in shape.fields:
            plan.missing.remove(CURRENCY)
            if self._config.currency:
                plan.constants[CURRENCY] = self._config.currency
        if (CORPORATE,) in paths and (corporate := self.corporate_currency()):
            plan.constants[CORPORATE] = corporate

    def _refuse_unknown(self, stream: Stream, plan: Plan) -> None:
        """A field that the admin names must be there: an empty column would be taken for the truth."""
        ours = set() if stream.name in self._config.objects else set(map(".".join, paths_of(stream.maps)))
        asked = [path for path in plan.missing if path not in ours and not path.endswith(CURRENCY)]
        if asked:
            raise ConfigError(
                f"{plan.table} has no field `{asked[0]}` that the hub's user may read.",
                fix="Correct it under `fields:` or `objects:`, or give the user read access to the field.",
            )
        if plan.missing:
            log.info("not in this org: %s of %s", ", ".join(plan.missing), plan.table)


def paths_of(maps: Sequence[FieldMap]) -> list[tuple[str, ...]]:
    """What the maps read of a row, each path once."""
    return list(dict.fromkeys(path for fields in maps for path in source_paths(fields)))


def require_visible(config: SalesforceConfig, stream: Stream, *, read_before: bool) -> None:
    """An object that is not there is passed over only where nobody can miss it."""
    source = source_of(config, stream.name)
    if source.feature and not read_before and stream.name not in config.streams:
        return
    raise AuthError(
        f"there is no object {source.table} that the hub's user may read.",
        fix=f"Give the user read access to {source.table}"
        + (f", or switch on {source.feature}" if source.feature else "")
        + f"; or list under `streams:` those you want, without `{stream.name}`.",
    )


def _digest(parts: Sequence[Any]) -> str:
    return hashlib.blake2b("\n".join(map(str, parts)).encode(), digest_size=8).hexdigest()
