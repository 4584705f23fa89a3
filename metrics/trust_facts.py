"""How far the data can be trusted, as facts: how fresh it is, where references lead, which records are matched."""

from __future__ import annotations

from hub.model.catalog import ENTITIES
from hub.sdk.metric import Facts, Reason, Scope, Table
from metrics.order_facts import stacked

STREAMS_TABLE = "hub_streams"
STREAMS = {
    "source": "VARCHAR", "stream": "VARCHAR", "fresh_at": "TIMESTAMP", "asked_at": "TIMESTAMP", "held": "BIGINT",
    "total": "BIGINT", "quarantined": "BIGINT", "last_status": "VARCHAR",
}  # fmt: skip
"""What is known about a stream when metrics are computed; the engine makes the table."""
_IBIS = {"VARCHAR": "string", "TIMESTAMP": "timestamp(6)", "BIGINT": "int64"}


UNMAPPED_TABLE = "hub_unmapped"
UNMAPPED = {"source": "VARCHAR", "stream": "VARCHAR", "field": "VARCHAR", "fields": "BIGINT"}
"""Fields that carry data and are mapped to nothing, in the same way."""
OF_RUNS = (STREAMS_TABLE, UNMAPPED_TABLE)
"""What changes without a change of the data: nothing that is computed from it is kept."""


def build_unmapped(_: Scope) -> Table:
    """One row for each field, and one for each stream."""
    import ibis

    fields = ibis.table({name: _IBIS[kind] for name, kind in UNMAPPED.items()}, name=UNMAPPED_TABLE)
    nothing = ibis.null("string")
    return fields.select(
        "source", "stream", "field", "fields",
        kind=ibis.ifelse(fields.field.isnull(), "stream", "field"),
        entity=nothing,
        source_id=fields.stream,
        left_out=nothing,
        assumed=nothing,
    )  # fmt: skip


def build_streams(scope: Scope) -> Table:
    """One row for each stream that was ever run."""
    import ibis

    streams = ibis.table({name: _IBIS[kind] for name, kind in STREAMS.items()}, name=STREAMS_TABLE)
    nothing = ibis.null("string")
    return streams.select(
        "source", "stream", "held", "total", "quarantined",
        kind=ibis.literal("stream"),
        entity=nothing,
        source_id=streams.stream,
        age_seconds=scope.seconds(streams.asked_at) - scope.seconds(streams.fresh_at),
        failed=(~streams.last_status.isin(["ok", "partial", "running"])).cast("int64"),
        left_out=nothing,
        assumed=ibis.ifelse(streams.fresh_at.isnull(), "never_complete", nothing).coalesce(
            ibis.ifelse(streams.total.isnull(), "no_total", nothing)
        ),
    )  # fmt: skip


def build_references(scope: Scope) -> Table:
    """One row for each source, entity and referring field: how many references there are, and how many lead nowhere."""
    arms = [
        _references(scope, entity.name, column.name, column.refers_to)
        for entity in ENTITIES.values()
        for column in entity.columns
        if column.refers_to in ENTITIES
    ]
    return stacked(*arms)


def _references(scope: Scope, entity: str, field: str, target: str | None) -> Table:
    import ibis

    rows = scope.table(entity)
    rows = rows.filter(rows[field].notnull()).select("source", reference=rows[field])
    there = scope.table(str(target)).select(target_source="source", target_id="source_id")
    joined = rows.left_join(there, [rows.source == there.target_source, rows.reference == there.target_id])
    counted = joined.group_by("source").aggregate(references=joined.count(), dangling=joined.target_id.isnull().sum())
    nothing = ibis.null("string")
    return counted.select(
        "source", "references", "dangling",
        kind=ibis.literal("reference"),
        entity=ibis.literal(entity),
        field=ibis.literal(field),
        source_id=nothing,
        left_out=nothing,
        assumed=nothing,
    )  # fmt: skip


def build_identities(scope: Scope) -> Table:
    """One row for each customer and product record, with the golden record it belongs to."""
    return stacked(*(_identities(scope, name) for name in ("customer", "product")))


def _identities(scope: Scope, name: str) -> Table:
    import ibis

    rows, links = scope.table(f"{name}s"), scope.table(f"{name}_identities")
    links = links.select("golden_id", link_source="source", link_id="source_id")
    joined = rows.left_join(links, [rows.source == links.link_source, rows.source_id == links.link_id])
    nothing = ibis.null("string")
    return joined.select(
        "source", "source_id",
        kind=ibis.literal(name),
        entity=ibis.literal(f"{name}s"),
        golden_id=joined.golden_id,
        left_out=nothing,
        assumed=ibis.ifelse(joined.golden_id.isnull(), "unresolved", nothing),
    )  # fmt: skip


STREAM_FACTS = Facts(
    "streams", "streams", build_streams, ("source", "stream"),
    {
        "never_complete": Reason("never read completely"),
        "no_total": Reason("the source does not tell how many rows it has"),
    },
    dated=False,
)  # fmt: skip
UNMAPPED_FIELDS = Facts("unmapped", "fields of the sources", build_unmapped, ("source", "stream", "field"), dated=False)
REFERENCES = Facts("references", "references", build_references, ("source", "entity", "field"), dated=False)
IDENTITIES = Facts(
    "identities", "customer and product records", build_identities, ("source", "entity"),
    {"unresolved": Reason("not matched yet; it counts as itself")}, dated=False,
)  # fmt: skip
