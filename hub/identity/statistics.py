"""`hub match stats` and `hub match evaluate`: how good identity is, as far as it can be seen."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import UsageError
from hub.identity.evaluate import Measure, against_clusters, against_pairs
from hub.store.identity import RESOLVED

if TYPE_CHECKING:
    from hub.store.base import Store

_SAME = {"1": True, "true": True, "yes": True, "same": True, "0": False, "false": False, "no": False, "apart": False}


def statistics(store: Store) -> dict[str, Any]:
    """The JSON of `hub match stats`: resolution (id, kind, ended_at, sequence) or null, and for customers and products:
    records, golden, singletons, rules, sizes, largest, reviews, decisions, and of the last resolution that looked at
    them: conflicts, conflict_examples, relations, skipped (blocks too large to compare in full)."""
    last = store.last_resolution()
    document: dict[str, Any] = {
        "resolution": None
        if last is None
        else {"id": last.id, "kind": last.kind, "ended_at": last.ended_at, "sequence": last.sequence},
    }
    for entity in RESOLVED:
        counts = store.identity_counts(entity)
        told = last.counts.get(entity, {}) if last else {}
        document[entity] = {**counts, "singletons": counts["sizes"].get(1, 0), **_of_run(told)}
    return document


def _of_run(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told.get(name) for name in ("conflicts", "conflict_examples", "relations", "skipped")}


def statistics_lines(document: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    last = document["resolution"]
    if last is None:
        yield "Nothing has been matched yet. Run `hub match run`."
        return
    yield f"Last resolution: {last['id']} ({last['kind']}), {last['ended_at']:%Y-%m-%d %H:%M} UTC"
    for entity in RESOLVED:
        yield from _entity_lines(entity, document[entity])


def _entity_lines(entity: str, told: dict[str, Any]) -> Iterator[str]:
    yield f"{entity}: {told['records']:,} records are {told['golden']:,}; {told['singletons']:,} have one record only"
    if rules := {rule: count for rule, count in told["rules"].items() if rule != "alone"}:
        yield "  linked by: " + ", ".join(f"{rule} {count:,}" for rule, count in rules.items())
    reviews = told["reviews"]
    asked = ", ".join(f"{reviews.get(status, 0):,} {status}" for status in ("open", "accepted", "rejected"))
    yield f"  questions: {asked}"
    if told["decisions"]:
        yield "  decisions in force: " + ", ".join(f"{kind} {count:,}" for kind, count in told["decisions"].items())
    if told["largest"]:
        yield "  largest: " + ", ".join(f"{golden} ({records} records)" for golden, records in told["largest"][:5])
    if told["conflicts"]:
        yield f"  kept apart although much speaks for a link: {told['conflicts']:,} pairs, such as"
        yield from (f"    {left} and {right}: {veto}" for left, right, veto in (told["conflict_examples"] or [])[:5])
    if told["relations"]:
        yield "  related, not the same: " + ", ".join(f"{kind} {count:,}" for kind, count in told["relations"].items())
    for block, records in (told["skipped"] or [])[:5]:
        yield f"  too many share one {block} to compare them all: {records:,} records, compared in smaller groups"


def evaluate(store: Store, path: Path, entity: str) -> dict[str, Any]:
    """The JSON of `hub match evaluate`: pairs and, where whole clusters are known, clusters; each with right, found,
    true, precision, recall, f1; and `unknown`, rows that name a record that is not held."""
    golden = {f"{source}/{key}": number for page in store.golden_of(entity) for source, key, number in page}
    rows = list(_rows(path))
    if "same" in rows[0]:
        labelled = [(row["left"], row["right"], _same(row, line)) for line, row in enumerate(rows, 2)]
        unknown = sum(left not in golden or right not in golden for left, right, _ in labelled)
        return {
            "entity": entity,
            "pairs": _measured(against_pairs(golden, labelled)),
            "clusters": None,
            "unknown": unknown,
        }
    truth = {row["record"]: row["cluster"] for row in rows}
    quality = against_clusters(golden, truth)
    unknown = sum(record not in golden for record in truth)
    return {
        "entity": entity, "pairs": _measured(quality.pairs), "clusters": _measured(quality.clusters), "unknown": unknown
    }  # fmt: skip


def _rows(path: Path) -> Iterator[dict[str, str]]:
    wanted = (
        "Give it the columns left, right, same (yes or no), or the columns record, cluster; records as instance/key."
    )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = set(reader.fieldnames or ())
            if not ({"left", "right", "same"} <= names or {"record", "cluster"} <= names):
                raise UsageError(f"{path} has not the columns that are needed.", fix=wanted)
            rows = [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {type(error).__name__}.", fix=wanted) from error
    if not rows:
        raise UsageError(f"{path} has no rows.", fix=wanted)
    yield from rows


def _same(row: dict[str, str], line: int) -> bool:
    found = _SAME.get(row["same"].lower())
    if found is None:
        raise UsageError(f"line {line}: `same` is neither yes nor no.", fix="Write yes or no.")
    return found


def _measured(measure: Measure) -> dict[str, Any]:
    return {
        "right": measure.right, "found": measure.found, "true": measure.true,
        "precision": round(measure.precision, 4), "recall": round(measure.recall, 4), "f1": round(measure.f1, 4),
    }  # fmt: skip


def evaluation_lines(document: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    for what in ("pairs", "clusters"):
        if told := document[what]:
            yield (
                f"{what}: precision {told['precision']:.4f}, recall {told['recall']:.4f}, F1 {told['f1']:.4f}"
                f" ({told['right']:,} right of {told['found']:,} found and {told['true']:,} true)"
            )
    if document["unknown"]:
        yield f"{document['unknown']:,} rows name a record that is not held; they were left out."
