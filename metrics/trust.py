"""Trust: how fresh and complete the data is, what waits in quarantine, what leads nowhere, who is not yet matched."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import Metric, Output, Scope, Table, Value, ratio
from metrics.trust_facts import IDENTITIES, REFERENCES, STREAM_FACTS, UNMAPPED_FIELDS

_HOUR = 3600


def _streams(_: Scope, facts: Table) -> Mapping[str, Value]:
    known = facts.total.notnull()
    return {
        "streams": facts.count(),
        "never": facts.age_seconds.isnull().sum(),
        "failed": facts.failed.sum(),
        "oldest": facts.age_seconds.max(),
        "held": facts.held.sum(),
        "source_rows": facts.total.sum(),
        "quarantined": facts.quarantined.sum(),
        "quarantined_of_known": facts.quarantined.sum(where=known),
    }


SOURCE_HEALTH = Metric(
    id="source_health",
    title="Freshness and completeness of the sources",
    family="trust",
    unit="hours",
    grain="a stream",
    formula=(
        "age_hours = hours since the last complete run of the stream ended (of several, the oldest); quarantine_rate = "
        "rows in quarantine / rows that the source says it has; completeness = 1 - quarantine_rate. Both over streams "
        "whose source tells. held = live records of all entities: a row may make several. The period does not matter."
    ),
    source="The hub's own ledger of runs and quarantine",
    exclusions="Dry runs never count. A stream that was never read completely has no age, and is told.",
    undefined_when="nothing was ever synced",
    facts=(STREAM_FACTS,),
    measures=_streams,
    outputs=(
        Output("streams", "Streams", "streams"),
        Output("age_hours", "Age", "hours", 2, lambda m: ratio(m["oldest"], _HOUR)),
        Output("never", "Never complete", "streams"),
        Output("failed", "Last run failed", "streams"),
        Output("held", "Records held", "records"),
        Output("source_rows", "Rows at source", "rows"),
        Output("quarantined", "In quarantine", "rows"),
        Output(
            "quarantine_rate", "Quarantine rate", "share", 6,
            lambda m: ratio(m["quarantined_of_known"], m["source_rows"]),
        ),
        Output(
            "completeness", "Completeness", "share", 6,
            lambda m: ratio((m["source_rows"] or 0) - (m["quarantined_of_known"] or 0), m["source_rows"]),
        ),
    ),
    value="age_hours",
    by=("stream",),
)  # fmt: skip


def _unmapped(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "fields": facts.fields.sum().fill_null(0),
        "names": facts.field.group_concat(", ", order_by=facts.field),
    }


UNMAPPED = Metric(
    id="unmapped_fields",
    title="Unmapped fields with data",
    family="trust",
    unit="fields",
    grain="a stream",
    formula=(
        "fields = the source's own fields that carried data and that no map looks at, as seen in the first hundred "
        "rows of each page since the last complete reading of the stream. The period does not matter."
    ),
    source="The hub's own notes of what it read and did not take",
    exclusions="Fields that are always empty, and those that are taken into extras, do not count.",
    undefined_when="no stream has been read",
    facts=(UNMAPPED_FIELDS,),
    measures=_unmapped,
    outputs=(Output("fields", "Fields", "fields"), Output("names", "Names", "text")),
    value="fields",
    by=("stream",),
)


DANGLING = Metric(
    id="dangling_references",
    title="Dangling references",
    family="trust",
    unit="references",
    grain="a field that refers to other records",
    formula=(
        "dangling = references to a record that the hub does not hold, or no longer, of the same source; "
        "dangling_share = dangling / references. The period does not matter."
    ),
    source="Referential integrity over the canonical model's references",
    exclusions="Deleted records neither refer nor can be referred to. Empty references are none.",
    undefined_when="no record refers to another",
    facts=(REFERENCES,),
    measures=lambda _, facts: {"references": facts.references.sum(), "dangling": facts.dangling.sum()},
    outputs=(
        Output("references", "References", "references"),
        Output("dangling", "Lead nowhere", "references"),
        Output("dangling_share", "Share", "share", 6, lambda m: ratio(m["dangling"], m["references"])),
    ),
    value="dangling",
    by=("entity", "field"),
)


def _matched(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "records": facts.count(),
        "matched": facts.golden_id.count(),
        "golden": facts.golden_id.nunique(),
    }


RESOLVED = Metric(
    id="identity_coverage",
    title="Identities",
    family="trust",
    unit="records",
    grain="customers, products",
    formula=(
        "unresolved = records that no resolution has seen yet (they count as themselves); golden = golden records that "
        "the others belong to; duplicates = matched records - golden. The period does not matter."
    ),
    source="The hub's own identity links: `hub match`",
    exclusions="Deleted records never count.",
    undefined_when="no customer and no product is held",
    facts=(IDENTITIES,),
    measures=_matched,
    outputs=(
        Output("records", "Records", "records"),
        Output("unresolved", "Unresolved", "records", of=lambda m: m["records"] - m["matched"]),
        Output("golden", "Golden records", "records"),
        Output("duplicates", "Duplicates", "records", of=lambda m: m["matched"] - m["golden"]),
        Output("unresolved_share", "Unresolved, share", "share", 6,
               lambda m: ratio(m["records"] - m["matched"], m["records"])),
    ),
    value="unresolved",
    by=("entity",),
)  # fmt: skip

METRICS = (SOURCE_HEALTH, UNMAPPED, DANGLING, RESOLVED)
