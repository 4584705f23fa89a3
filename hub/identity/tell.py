"""Identity in words that an operations person understands, and as JSON documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.identity.clerk import Clerk, Group
from hub.identity.reasons import SHOWN, by_rule, headline, held_back, reasons, rows_of
from hub.store.identity import Decision, Key, Link, Review, golden_columns

if TYPE_CHECKING:
    from hub.store.base import Store

_EXACT = {"list_price", "price_quantity", "unit_cost", "weight_kg", "reorder_level", "reorder_quantity",
          "lead_time_days", "annual_revenue"}  # fmt: skip


# -- one golden record
def group_lines(store: Store, group: Group) -> Iterator[str]:
    """A golden record: its records, why each is there, its fields and where they are from, contacts, decisions."""
    rows = rows_of(store, group.entity, group.keys)
    (golden,) = store.golden(group.entity, [group.golden_id]) or [{}]
    decisions = _decisions_about(store, group)
    systems = len({key.source for key in group.keys})
    yield f"{group.golden_id}  {headline(group.entity, {**dict.fromkeys(SHOWN[group.entity]), **golden})}"
    yield f"  {_count(len(group.links), 'record')} of {_count(systems, 'system')}:"
    for link in group.links:
        yield f"  {link.key}  {headline(group.entity, rows.get(link.key))}"
        yield from (f"      {line}" for line in _link_lines(link, rows, decisions))
    yield "  Golden record:"
    yield from (f"    {name}: {value}   from {origin}" for name, value, origin in golden_fields(group, golden))
    if group.entity == "customers" and (contacts := store.contacts_of(group.keys)):
        yield "  Contacts:"
        yield from (
            f"    {name or '(without a name)'}{f', {role}' if role else ''}   {key}" for key, _, name, role in contacts
        )
    if questions := [each for each in store.reviews(entity=group.entity) if {each.left, each.right} & set(group.keys)]:
        yield "  Questions:"
        yield from (
            f"    {each.id}  {each.left} and {each.right} may be one: `hub match show {each.id}`" for each in questions
        )
    if decisions:
        yield "  Decisions:"
        yield from (f"    {decision_line(each)}" for each in decisions)


def _link_lines(link: Link, rows: Mapping[Key, dict[str, Any]], decisions: Sequence[Decision] = ()) -> Iterator[str]:
    since = f"since {link.linked_at:%Y-%m-%d %H:%M} UTC, resolution {link.resolution_id}"
    if link.partner is None:
        parted = [each for each in decisions if each.in_force and _parts(each, link.key)]
        why = f"a person said so (decision {parted[-1].id})" if parted else by_rule(link.rule)
        yield f"Stands {'alone' if link.rule == 'alone' else 'here'}: {why} ({since})."
        return
    score = f", score {link.score:.1f}" if link.score is not None else ""
    told = [each for each in decisions if each.in_force and _binds(each, link.key)] if link.rule == "person" else []
    why = f"because {told[-1].who} said so (decision {told[-1].id})" if told else by_rule(link.rule)
    yield f"Linked with {link.partner} {why}{score} ({since})."
    yield from reasons(link.evidence, rows.get(link.key), rows.get(link.partner))


def _binds(decision: Decision, key: Key) -> bool:
    return any(said.same and key in (said.left, said.right) for said in decision.pairs)


def _parts(decision: Decision, key: Key) -> bool:
    return any(not said.same and key in (said.left, said.right) for said in decision.pairs)


def golden_fields(group: Group, golden: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Column, value and the record it is from, of all columns that have one."""
    import json

    origins = json.loads(golden.get("provenance") or "{}")
    only = str(group.links[0].key) if len(group.links) == 1 else ""
    for name in golden_columns(group.entity):
        if golden.get(name) is not None:
            yield name, plain_value(name, golden[name]), origins.get(name) or only or "?"


def plain_value(name: str, value: Any) -> str:
    """A value in physical form as people write it."""
    if name in _EXACT:
        from decimal import Decimal

        return format(Decimal(value).scaleb(-6).normalize(), "f")
    if name.endswith("_at"):
        from hub.store.shape import from_micros

        return from_micros(value).isoformat(timespec="seconds")
    return str(value)


def _decisions_about(store: Store, group: Group) -> list[Decision]:
    among = set(group.keys)
    return [
        each
        for each in store.decisions(entity=group.entity)
        if any(said.left in among or said.right in among for said in each.pairs)
    ]


def decision_line(decision: Decision) -> str:
    """A decision in one line."""
    apart = [said for said in decision.pairs if not said.same]
    records = {said.left for said in decision.pairs} | {said.right for said in decision.pairs}
    if decision.kind == "split":
        leaving = sorted({said.left for said in apart})
        what = f"{_listed(leaving)} taken out of {', '.join(decision.before)}"
    elif decision.kind == "reject":
        what = f"{_listed(sorted(records))} are two"
    else:
        what = f"{_listed(sorted(records))} are one"
    why = f": {decision.why}" if decision.why else ""
    undone = f"; undone by {decision.undone_by} on {decision.undone_at:%Y-%m-%d}" if decision.undone_at else ""
    return f"{decision.id}  {decision.kind} by {decision.who} on {decision.at:%Y-%m-%d}: {what}{why}{undone}"


def _listed(keys: Sequence[Key]) -> str:
    told = [str(key) for key in keys[:4]]
    return ", ".join(told) + (f" and {len(keys) - 4} more" if len(keys) > 4 else "")


def group_document(store: Store, group: Group) -> dict[str, Any]:
    """The JSON of `hub match show GOLDEN`: golden_id, entity, fields (column -> value, from), records (record, held,
    rule, score, evidence, with, linked_at, resolution_id, reasons), contacts, decisions."""
    rows = rows_of(store, group.entity, group.keys)
    (golden,) = store.golden(group.entity, [group.golden_id]) or [{}]
    fields = {name: {"value": value, "from": origin} for name, value, origin in golden_fields(group, golden)}
    contacts = store.contacts_of(group.keys) if group.entity == "customers" else []
    return {
        "golden_id": group.golden_id,
        "entity": group.entity,
        "fields": fields,
        "records": [_link_document(link, rows) for link in group.links],
        "contacts": [
            {"record": str(key), "of": str(of), "name": name, "role": role} for key, of, name, role in contacts
        ],
        "decisions": [decision_document(each) for each in _decisions_about(store, group)],
    }


def _link_document(link: Link, rows: Mapping[Key, dict[str, Any]]) -> dict[str, Any]:
    return {
        "record": str(link.key), "held": link.key in rows, "rule": link.rule, "score": link.score,
        "evidence": link.evidence, "with": str(link.partner) if link.partner else None, "linked_at": link.linked_at,
        "resolution_id": link.resolution_id, "reasons": list(_link_lines(link, rows)),
    }  # fmt: skip


def decision_document(each: Decision) -> dict[str, Any]:
    """A decision as JSON: id, entity, kind, who, why, at, pairs (left, right, same), in_force, undone_*."""
    return {
        "id": each.id, "entity": each.entity, "kind": each.kind, "who": each.who, "why": each.why, "at": each.at,
        "pairs": [{"left": str(said.left), "right": str(said.right), "same": said.same} for said in each.pairs],
        "in_force": each.in_force, "undone_at": each.undone_at, "undone_by": each.undone_by,
        "undone_why": each.undone_why,
    }  # fmt: skip


# -- the review queue
def review_rows(store: Store, reviews: Sequence[Review]) -> list[list[Any]]:
    """One line for each question: number, score, rule, and both records."""
    rows = {
        entity: rows_of(store, entity, _both_sides(reviews, entity)) for entity in {each.entity for each in reviews}
    }
    return [
        [
            str(each.id), f"{each.score:.1f}" if each.score is not None else None, each.rule, str(each.left),
            headline(each.entity, rows[each.entity].get(each.left)), str(each.right),
            headline(each.entity, rows[each.entity].get(each.right)),
        ]
        for each in reviews
    ]  # fmt: skip


def _both_sides(reviews: Iterable[Review], entity: str) -> list[Key]:
    return sorted({key for each in reviews if each.entity == entity for key in (each.left, each.right)})


def review_lines(clerk: Clerk, review: Review, link_score: float) -> Iterator[str]:
    """One question in full. `link_score`: from where on records are linked without a question."""
    rows = rows_of(clerk.store, review.entity, [review.left, review.right])
    score = f", score {review.score:.1f}" if review.score is not None else ""
    yield f"Question {review.id} ({review.status}): are these two one? They are alike {by_rule(review.rule)}{score}."
    for key in (review.left, review.right):
        golden = clerk.group(str(key), review.entity)
        held = f"{golden.golden_id}, {_count(len(golden.links), 'record')}"
        yield f"  {key}  {headline(review.entity, rows.get(key))}   {held}"
    yield from (f"    {line}" for line in reasons(review.evidence, rows.get(review.left), rows.get(review.right)))
    if review.score is not None and review.entity == "customers":
        yield f"    {held_back(review.evidence, float(review.score), link_score)}"
    if review.status == "open":
        yield f"  `hub match accept {review.id}` makes them one;"
        yield f"  `hub match reject {review.id}` keeps them apart for ever."


def review_document(each: Review, rows: Mapping[Key, dict[str, Any]]) -> dict[str, Any]:
    """A question as JSON: id, entity, left, right, rule, score, evidence, reasons, status, first_seen_at."""
    return {
        "id": each.id, "entity": each.entity, "left": str(each.left), "right": str(each.right), "rule": each.rule,
        "score": each.score, "evidence": each.evidence, "status": each.status, "first_seen_at": each.first_seen_at,
        "reasons": reasons(each.evidence, rows.get(each.left), rows.get(each.right)),
    }  # fmt: skip


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
