"""How one stream of one environment is asked for: made from the maps and from what the environment has of them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from connectors.dynamics.buyers import CUSTOMER_ID
from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.environment import Environment
from connectors.dynamics.streams import source_of
from connectors.dynamics.tables import TableShape
from hub.sdk import AuthError, ConfigError, FieldMap, Stream, maps_of, source_paths
from hub.sdk.odata import EntitySet, Metadata, Property, StructuredType, Version

log = logging.getLogger(__name__)

STAMP = "modifiedon"
CURRENCY_ID = "_transactioncurrencyid_value"
CUSTOMER = "customer"
ADDED = {"transactioncurrency": CURRENCY_ID, "basecurrency": None, CUSTOMER: CUSTOMER_ID}
"""Columns that the connector adds, and the one that it needs for them."""
FRESH = timedelta(hours=24)
"""How long a definition is believed."""


@dataclass
class Plan:
    """What a query of the stream is made of. Plain values, so that it can be kept between runs.

    columns   to select, with their Edm types;  missing  paths of the maps that the environment does not have
    tracked   whether Dataverse keeps a log of the table's changes
    """

    table: str
    entity_set: str
    key: str
    columns: dict[str, str]
    tracked: bool
    missing: list[str] = field(default_factory=list)
    wanted: str = ""
    as_of: str = ""

    @classmethod
    def of(cls, kept: Any) -> Plan | None:
        """A plan that an earlier run kept; None where there is none, or another release of the hub made it."""
        known = {each.name for each in fields(cls)}
        return cls(**kept) if isinstance(kept, dict) and set(kept) == known else None

    def metadata(self) -> Metadata:
        """The table as an OData service describes it."""
        columns = {name: Property(name, edm) for name, edm in self.columns.items()}
        kind = StructuredType(self.table, (self.key,), columns, {})
        return Metadata(Version.V4, {self.entity_set: EntitySet(self.entity_set, self.table)}, {self.table: kind})

    @property
    def has_stamp(self) -> bool:
        return STAMP in self.columns

    def is_fresh(self, wanted: str, now: datetime) -> bool:
        return self.wanted == wanted and timedelta(0) <= now - datetime.fromisoformat(self.as_of) < FRESH

    def kept(self) -> dict[str, Any]:
        return asdict(self)


class Planner:
    """Makes plans."""

    def __init__(self, environment: Environment, config: DynamicsConfig) -> None:
        self._environment = environment
        self._config = config

    def plan(self, stream: Stream, kept: Any = None) -> Plan | None:
        """The plan of a stream; a kept one while it is fresh. None where the environment does not have the table."""
        source, paths = source_of(self._config, stream.name), paths_of(maps_of(self._config, stream))
        wanted = hashlib.blake2b("\n".join([source.table, *paths]).encode(), digest_size=8).hexdigest()
        before = Plan.of(kept)
        now = self._environment.context.now()
        if before is not None and before.is_fresh(wanted, now):
            return before
        shape = self._environment.shape(source.table)
        if shape is None:
            return None
        plan = self._made(stream, shape, paths)
        plan.wanted, plan.as_of = wanted, now.isoformat()
        return plan

    def _made(self, stream: Stream, shape: TableShape, paths: Sequence[str]) -> Plan:
        names = [
            shape.key,
            STAMP,
            *(column for _, column in source_of(self._config, stream.name).lapsing),
            *(ADDED.get(path, path) or shape.key for path in paths),
        ]
        columns = {name: shape.columns[name] for name in dict.fromkeys(names) if name in shape.columns}
        missing = [path for path in paths if path not in shape.columns and path not in ADDED]
        self._refuse_unknown(stream, shape, missing)
        return Plan(shape.table, shape.entity_set, shape.key, columns, shape.tracked, missing)

    def _refuse_unknown(self, stream: Stream, shape: TableShape, missing: Sequence[str]) -> None:
        """A column that the admin names must be there: an empty one would be taken for the truth."""
        ours = set() if stream.name in self._config.tables else set(paths_of(stream.maps))
        asked = [path for path in missing if path not in ours]
        if asked:
            hint = f" A look-up is written `_{asked[0]}_value`." if f"_{asked[0]}_value" in shape.columns else ""
            raise ConfigError(
                f"the table {shape.table} has no column `{asked[0]}` that can be read.{hint}",
                fix="Correct it under `fields:` or `tables:`; column security hides columns, too.",
            )
        if missing:
            log.info("not in this environment: %s of %s", ", ".join(missing), shape.table)


def paths_of(maps: Sequence[FieldMap]) -> list[str]:
    """The columns that the maps read, each once. An annotation belongs to the column before it."""
    steps = (path[0].partition("@")[0] for fields in maps for path in source_paths(fields))
    return list(dict.fromkeys(steps))


def require_visible(config: DynamicsConfig, stream: Stream, *, read_before: bool) -> None:
    """A table that is not there is passed over only where nobody can miss it."""
    source = source_of(config, stream.name)
    if source.app and not read_before and stream.name not in config.streams:
        return
    raise AuthError(
        f"there is no table {source.table} that the hub's user may read.",
        fix=f"Give its role read access to {source.table}"
        + (f", or install {source.app}" if source.app else "")
        + f"; or list under `streams:` those you want, without `{stream.name}`.",
    )
