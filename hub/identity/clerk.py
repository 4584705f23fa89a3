"""What people do: find what they mean by a word, and keep what they decide. The resolution heeds it afterwards."""

from __future__ import annotations

import getpass
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.errors import UsageError
from hub.identity.decisions import bound_together, in_force, taken_apart
from hub.identity.loading import key_of
from hub.store.identity import LETTERS, RESOLVED, Decision, Key, Link, Review, Said
from hub.store.identity_rows import golden_id, golden_number

if TYPE_CHECKING:
    from hub.store.base import Store

_GOLDEN = re.compile(r"[CP]\d{6,}", re.IGNORECASE)
_ENTITY_OF = {letter: entity for entity, letter in LETTERS.items()}


@dataclass(frozen=True)
class Group:
    """A golden record with the links of its records."""

    entity: str
    golden_id: str
    links: tuple[Link, ...]

    @property
    def keys(self) -> list[Key]:
        return sorted(link.key for link in self.links)


class Clerk:
    """Finds and decides, for one person, in one store."""

    def __init__(self, store: Store, who: str) -> None:
        self.store, self.who = store, who
        if store.last_resolution() is None:
            raise UsageError("nothing has been matched yet.", fix="Run `hub match run` first.")

    # -- finding
    def group(self, what: str, entity: str | None = None) -> Group:
        """The golden record of a golden id or of a record (`instance/key`). UsageError where there is none."""
        if _GOLDEN.fullmatch(what):
            return self._by_number(what.upper())
        if "/" in what:
            for each in (entity,) if entity else RESOLVED:
                for page in self.store.links(each, keys=[key_of(what)]):
                    for link in page:
                        return self._by_number(link.golden_id)
        raise UsageError(
            f"there is no record or golden record `{what[:80]}`.",
            fix="Write C000042, P000042, or instance/key as in sap/4711; `hub match list --linked` shows them.",
        )

    def _by_number(self, golden: str) -> Group:
        entity = _ENTITY_OF[golden[0]]
        links = [link for page in self.store.links(entity, golden_ids=[golden]) for link in page]
        if not links:
            raise UsageError(
                f"there is no golden record {golden}.", fix="It may have been merged; look for one of its records."
            )
        return Group(entity, golden, tuple(sorted(links, key=lambda link: link.key)))

    def review(self, number: int) -> Review:
        """A pair to decide on, by its number."""
        for review in self.store.reviews(status=None, ids=[number]):
            return review
        raise UsageError(f"there is no question {number}.", fix="`hub match list` shows those that are open.")

    def open_review(self, number: int) -> Review:
        review = self.review(number)
        if review.status != "open":
            raise UsageError(
                f"question {number} is {review.status}.", fix="`hub match list` shows those that are open."
            )
        return review

    # -- deciding
    def accept(self, left: str, right: str, why: str, kind: str = "accept") -> int:
        """The golden records of these two are one."""
        return self.merge([left, right], why, kind)

    def merge(self, what: Sequence[str], why: str, kind: str = "merge") -> int:
        """All these golden records are one; the oldest number stays."""
        groups = self._groups(what)
        if len(groups) < 2:
            raise UsageError("these are one already.", fix="`hub match show` tells why.")
        keys = [key for group in groups for key in group.keys]
        oldest = min((group.golden_id for group in groups), key=golden_number)
        pairs = bound_together(keys, self._binding(groups[0].entity))
        return self.store.decide(self._decision(kind, why, pairs, groups), dict.fromkeys(keys, oldest))

    def reject(self, left: str, right: str, why: str) -> int:
        """The golden records of these two are two, for ever."""
        one, two = self.group(left), self.group(right)
        if one.golden_id == two.golden_id:
            raise UsageError(
                f"{left} and {right} are one ({one.golden_id}).", fix=f"Take one out: `hub match split {right}`."
            )
        self._require_one_kind([one, two])
        pair = Said(_own(one, left), _own(two, right), False)
        return self.store.decide(self._decision("reject", why, [pair], [one, two]), {})

    def split(self, records: Sequence[str], why: str) -> int:
        """These records leave their golden record and make one of their own, together."""
        keys = sorted({self._record(record) for record in records})
        groups = self._groups([str(key) for key in keys])
        if len(groups) > 1:
            raise UsageError("these records are not of one golden record.", fix="Split each golden record by itself.")
        (group,) = groups
        staying = [key for key in group.keys if key not in keys]
        if not staying:
            raise UsageError(f"{group.golden_id} has no other record.", fix="Name only the records that are to leave.")
        number = self.store.identity_state().newest(group.entity) + 1
        pairs = taken_apart(keys, staying, self._binding(group.entity))
        moves = dict.fromkeys(keys, golden_id(group.entity, number))
        return self.store.decide(self._decision("split", why, pairs, groups), moves, number)

    def undo(self, number: int, why: str) -> Decision:
        """Take a decision back; its records return to the golden records that they were in before it."""
        decision = self.decision(number)
        if not decision.in_force:
            raise UsageError(
                f"decision {number} was undone already.", fix="`hub match list --decisions` tells by whom."
            )
        moves = {key_of(record): golden for golden, records in decision.before.items() for record in records}
        self.store.undo(number, self.who, why, datetime.now(UTC), {} if decision.kind == "reject" else moves)
        return decision

    def decision(self, number: int) -> Decision:
        for decision in self.store.decisions(ids=[number]):
            return decision
        raise UsageError(f"there is no decision {number}.", fix="`hub match list --decisions` shows them.")

    def _decision(self, kind: str, why: str, pairs: Sequence[Said], groups: Sequence[Group]) -> Decision:
        before = {group.golden_id: [str(key) for key in group.keys] for group in groups}
        return Decision(0, groups[0].entity, kind, self.who, why, datetime.now(UTC), tuple(pairs), before)

    def _binding(self, entity: str) -> list[Said]:
        return in_force(self.store.decisions(entity=entity))

    def _record(self, record: str) -> Key:
        if "/" not in record:
            raise UsageError(f"`{record[:80]}` is not a record.", fix="Write instance/key, as in sap/4711.")
        return key_of(record)

    def _groups(self, what: Sequence[str]) -> list[Group]:
        found = {group.golden_id: group for group in map(self.group, what)}
        self._require_one_kind(list(found.values()))
        return list(found.values())

    def _require_one_kind(self, groups: Sequence[Group]) -> None:
        if len({group.entity for group in groups}) > 1:
            raise UsageError("a customer and a product are never one.", fix="Name customers only, or products only.")


def _own(group: Group, what: str) -> Key:
    """The record that somebody named, or the first one of the golden record."""
    named = key_of(what)
    return named if named in group.keys else group.keys[0]


def whoami() -> str:
    """The person, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
