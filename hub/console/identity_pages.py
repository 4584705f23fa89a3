"""Identity review: pairs that may be one, side by side with the evidence; golden records, and what people decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Form, Query
from fastapi.responses import Response

from hub.access.masking import MASK, mask_row, sees_personal_data
from hub.console.faults import InTheWay, Missing
from hub.console.visit import Here, Visit
from hub.console.words import N_
from hub.errors import UsageError
from hub.identity import reasons, tell
from hub.identity.clerk import Clerk, Group
from hub.store.identity import RESOLVED, Key, Review
from hub.store.watching import Watching

if TYPE_CHECKING:
    from hub.console.desk import Console

Entity = Literal["", "customers", "products"]
Why = Annotated[str, Form(max_length=500)]
_PAGE = 50
_DECISIONS = 200

FIELDS: Mapping[str, str] = {
    "name": N_("Name"), "legal_name": N_("Legal name"), "tax_id": N_("Tax number"),
    "company_number": N_("Company number"),
    "duns": "D-U-N-S", "lei": "LEI", "gln": "GLN", "email": N_("E-mail"), "website": N_("Website"),
    "phone": N_("Phone"),
    "street": N_("Street"), "street2": N_("Street, second line"), "postal_code": N_("Postal code"), "city": N_("City"),
    "country": N_("Country"), "sku": N_("Article number"), "gtin": "GTIN", "manufacturer": N_("Manufacturer"),
    "mpn": N_("Manufacturer's number"), "unit": N_("Unit"), "kind": N_("Kind"),
}  # fmt: skip
EVIDENCE: Mapping[str, str] = {
    "name": N_("name"), "tax": N_("tax number"), "duns": "D-U-N-S", "lei": "LEI",
    "company_number": N_("company number"),
    "gln": "GLN", "mail": N_("e-mail address"), "domain": N_("internet domain"), "phone": N_("phone number"),
    "place": N_("address"), "country": N_("country"), "form": N_("legal form"), "born_on": N_("birth date"),
}  # fmt: skip
NAMES: Mapping[str, str] = {
    "same": N_("the names have the same words"), "spelling": N_("the names differ by slips only"),
    "initials": N_("one name is the other's initials"), "part": N_("one name has words more"),
    "other": N_("the names share words, and each has others"), "different": N_("the names have no word in common"),
    "unknown": N_("a name is missing"),
    "sister": N_("one name has a word more by which sister companies are told apart"),
    "script": N_("the names are in two scripts and cannot be compared"),
    "brand": N_("the names differ, but their internet domain is called as one of them is"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One field of two records. `alike`: True, False, or None where one of them has none."""

    label: str
    left: str
    right: str
    alike: bool | None


@dataclass(frozen=True)
class Reason:
    """What speaks for the pair or against it, and how much, in bits."""

    label: str
    bits: float


def add(console: Console) -> None:
    """Add the pages and what can be decided on them."""
    console.navigation(N_("Matches"), "/matches", order=50, badge=lambda store: Watching(store).open_questions())
    pages(console)
    decisions(console)


def pages(console: Console) -> None:
    """What is shown."""

    @console.page("/matches")
    def matches(here: Here, entity: Entity = "") -> Response:
        found = here.store.reviews(entity=entity or None, limit=_PAGE)
        rows = rows_of(here, found)
        if found:
            look(here, "matches", found=len(found))
        return here.page(
            "matches.html", reviews=found, rows=rows, entity=entity, total=Watching(here.store).open_questions(),
            headline=lambda each, key: headline(each.entity, rows.get(key)), limit=_PAGE,
        )  # fmt: skip

    @console.page("/matches/{number}")
    def match(here: Here, number: int) -> Response:
        clerk = clerk_of(here)
        review = review_of(clerk, number)
        rows = rows_of(here, [review])
        look(here, f"match/{number}")
        groups = [group_or_none(clerk, review, key) for key in (review.left, review.right)]
        return here.page(
            "match.html", review=review, lines=lines_of(review, rows), reasons=reasons_of(review),
            held_back=held_back(here, review),
            names=NAMES.get(str(review.evidence.get("names")), ""), groups=groups,
            following=next((each.id for each in here.store.reviews(limit=2) if each.id != number), None),
        )  # fmt: skip

    @console.page("/golden")
    def search(here: Here, text: Annotated[str, Query(max_length=200)] = "") -> Response:
        found = [each for entity in RESOLVED for each in here.store.find_golden(entity, text, _PAGE)] if text else []
        if found:
            look(here, "golden", found=len(found))
        hidden = not sees_personal_data(here.who.role)
        return here.page("golden_search.html", text=text, found=found, hidden=hidden, mask=MASK)

    @console.page("/golden/{golden_id}")
    def golden(here: Here, golden_id: str) -> Response:
        clerk = clerk_of(here)
        group = group_of(clerk, golden_id)
        look(here, f"golden/{group.golden_id}")
        document = group_document(here, group)
        return here.page("golden.html", group=group, document=document, fields=FIELDS)

    @console.page("/decisions")
    def decided(here: Here) -> Response:
        found = here.store.decisions()[::-1]
        return here.page("decisions.html", decisions=found[:_DECISIONS], line=decision_words)


def decisions(console: Console) -> None:
    """What can be decided."""

    @console.action("/matches/{number}/accept")
    def accept(here: Here, number: int, why: Why = "") -> Response:
        decide(here, number, same=True, why=why)
        return here.back("/matches", here._("They are one from now on. It holds until somebody undoes it."))

    @console.action("/matches/{number}/reject")
    def reject(here: Here, number: int, why: Why = "") -> Response:
        decide(here, number, same=False, why=why)
        return here.back("/matches", here._("They stay two, and will not be asked about again."))

    @console.action("/golden/split")
    def split(here: Here, record: Annotated[list[str], Form(max_length=1000)], why: Why = "") -> Response:
        number = split_off(here, record, why)
        made = here.store.decisions(ids=[number])
        origin = next(iter(made[0].before), "") if made else ""
        return here.back(f"/golden/{origin}" if origin else "/decisions", here._("They are apart from now on."))

    @console.action("/decisions/{number}/undo")
    def undo(here: Here, number: int, why: Why = "") -> Response:
        take_back(here, number, why)
        return here.back("/decisions", here._("It is undone; its records are again where they were."))


# -- what pages and the API share ------------------------------------------------------------------------------


def clerk_of(here: Visit) -> Clerk:
    """Raises InTheWay where nothing has been matched yet."""
    try:
        return Clerk(here.store, here.who.name)
    except UsageError as error:
        raise InTheWay(error.problem, fix=error.fix) from None


def review_of(clerk: Clerk, number: int) -> Review:
    """Raises Missing where there is none."""
    if number >= 1 << 31:
        raise Missing(f"there is no question {number}.")
    try:
        return clerk.review(number)
    except UsageError as error:
        raise Missing(error.problem, fix=error.fix) from None


def group_of(clerk: Clerk, golden_id: str) -> Group:
    """Raises Missing where there is none."""
    try:
        return clerk.group(golden_id)
    except (UsageError, KeyError) as error:
        raise Missing(f"there is no golden record {golden_id[:60]}.", fix="It may have been merged.") from error


def group_or_none(clerk: Clerk, review: Review, key: Key) -> Group | None:
    try:
        return clerk.group(str(key), review.entity)
    except UsageError:
        return None


def look(here: Visit, subject: str, **detail: Any) -> None:
    """Note a look at personal data."""
    if sees_personal_data(here.who.role):
        here.audit("record.look", subject, **detail)


def rows_of(here: Visit, reviews: list[Review]) -> dict[Key, dict[str, Any]]:
    """The records of these pairs, as this person may see them."""
    found: dict[Key, dict[str, Any]] = {}
    for entity in {each.entity for each in reviews}:
        keys = sorted({key for each in reviews if each.entity == entity for key in (each.left, each.right)})
        rows = reasons.rows_of(here.store, entity, keys)
        found.update({key: mask_row(entity, row, here.who.role) for key, row in rows.items()})
    return found


def headline(entity: str, row: Mapping[str, Any] | None) -> str:
    return reasons.headline(entity, row)


def lines_of(review: Review, rows: Mapping[Key, Mapping[str, Any]]) -> list[Line]:
    """The two records, field by field; fields that neither has are left out."""
    left, right = rows.get(review.left, {}), rows.get(review.right, {})
    lines = []
    for name, label in FIELDS.items():
        one, two = left.get(name), right.get(name)
        if one in (None, "") and two in (None, ""):
            continue
        both = one not in (None, "") and two not in (None, "")
        alike = (str(one).casefold() == str(two).casefold()) if both and MASK not in (one, two) else None
        lines.append(Line(label, _text(one), _text(two), alike))
    return lines


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def reasons_of(review: Review) -> list[Reason]:
    """The evidence, the strongest first."""
    weighed = [
        Reason(EVIDENCE[field], float(bits))
        for field, bits in review.evidence.items()
        if field in EVIDENCE and isinstance(bits, int | float)
    ]
    return sorted(weighed, key=lambda each: -abs(each.bits))


def held_back(here: Visit, review: Review) -> str:
    """Why the pair is asked about rather than linked."""
    link_score = here.console.session.hub_settings.identity.link_score
    return reasons.held_back(review.evidence, float(review.score or 0), float(link_score))


def group_document(here: Visit, group: Group) -> dict[str, Any]:
    """A golden record with its records, as this person may see it. Reasons hold values, so viewers do not get them."""
    document = tell.group_document(here.store, group)
    if sees_personal_data(here.who.role):
        return document
    values = {name: each["value"] for name, each in document["fields"].items()}
    masked = mask_row(group.entity, values, here.who.role)
    for name, each in document["fields"].items():
        each["value"] = masked[name]
    for record in document["records"]:
        record["reasons"] = []
    for contact in document["contacts"]:
        contact["name"] = MASK
    return document


def decide(here: Visit, number: int, *, same: bool, why: str) -> int | None:
    """Answer a question; the number of the decision, or None where they are one already. Raises InTheWay for one that
    is not open any more."""
    clerk = clerk_of(here)
    review = review_of(clerk, number)
    if review.status != "open":
        raise InTheWay(f"question {number} is {review.status}.", fix="Somebody was quicker.")
    left, right = str(review.left), str(review.right)
    made = None
    if not same:
        made = clerk.reject(left, right, why)
    elif clerk.group(left, review.entity) != clerk.group(right, review.entity):
        made = clerk.accept(left, right, why)
    here.audit("match.accept" if same else "match.reject", f"match/{number}", decision=made)
    return made


def split_off(here: Visit, records: list[str], why: str) -> int:
    """Take records out of their golden record; the number of the decision."""
    number = clerk_of(here).split(records, why)
    here.audit("match.split", f"decision/{number}", records=len(records))
    return number


def take_back(here: Visit, number: int, why: str) -> None:
    """Undo a decision. Raises Missing where there is none."""
    clerk = clerk_of(here)
    try:
        clerk.decision(number)
    except UsageError as error:
        raise Missing(error.problem, fix=error.fix) from None
    clerk.undo(number, why)
    here.audit("match.undo", f"decision/{number}")


def decision_words(decision: Any) -> Iterator[str]:
    """The records of a decision, for people."""
    records = {str(said.left) for said in decision.pairs} | {str(said.right) for said in decision.pairs}
    yield from sorted(records)[:6]
    if len(records) > 6:
        yield f"… +{len(records) - 6}"
