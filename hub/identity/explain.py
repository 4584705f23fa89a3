"""Why two records are linked or not, in sentences that an operations person understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.identity import scoring
from hub.identity.evidence import FIELDS

if TYPE_CHECKING:
    from hub.identity.resolve import Resolver

_LABELS = {
    "name": "Name", "tax": "Tax id", "duns": "D-U-N-S", "lei": "LEI", "company_number": "Company number", "gln": "GLN",
    "mail": "E-mail", "domain": "Domain", "phone": "Phone", "place": "Address", "country": "Country",
    "form": "Legal form", "born_on": "Birth date",
}  # fmt: skip

_LEVELS = {
    "same": "the same words", "spelling": "the same words but for slips", "initials": "one is the other's initials",
    "part": "one has words more", "other": "some words in common, each with others of its own",
    "different": "no word in common", "unknown": "not known on both sides",
    "sister": "one has a word more that sister companies are told apart by", "script": "written in two scripts",
    "brand": "one is what their domain is called",
}  # fmt: skip

_VETOES = {
    "tax id": "Both have a valid tax id of one register, and they differ: two companies.",
    "lei": "They have different LEIs: two companies.",
    "hierarchy": "One is above the other or pays for it: related, not the same.",
    "branch": "One is a branch of the other, or they are two branches: related, not the same.",
    "country": "They are in different countries.",
    "legal form": "Their legal forms exclude each other.",
    "numerals": "The numbers in their names differ.",
}


@dataclass(frozen=True)
class Evidence:
    """One field of a comparison. `bits` is what it adds to the score; `left` and `right` are the values compared."""

    field: str
    bits: float
    left: str
    right: str

    @property
    def text(self) -> str:
        if not self.left or not self.right:
            return f"{self.field}: known on one side only"
        sign = "speaks for" if self.bits > 0 else "speaks against" if self.bits < 0 else "says nothing"
        values = self.left if self.left == self.right else f"{self.left} / {self.right}"
        return f"{self.field} {sign} it ({self.bits:+.1f}): {values}"


@dataclass(frozen=True)
class Explanation:
    """`score` in bits; `veto` is what keeps them apart whatever the score, empty for nothing; fields known to neither
    side are left out of `evidence`."""

    left: str
    right: str
    score: float
    veto: str
    name_level: str
    evidence: tuple[Evidence, ...]

    @property
    def lines(self) -> list[str]:
        """One sentence each: the verdict, the veto, then every field."""
        told = [_VETOES[self.veto]] if self.veto else []
        return [
            f"Score {self.score:.1f} bits; names: {_LEVELS[self.name_level]}.",
            *told,
            *(item.text for item in self.evidence),
        ]


def explain(resolver: Resolver, left: str, right: str) -> Explanation | None:
    """Compare two records anew and tell why; None where one of the ids is unknown."""
    con = resolver.con
    rids = [con.execute("SELECT rid FROM features WHERE id = ?", [each]).fetchone() for each in (left, right)]
    if rids[0] is None or rids[1] is None or rids[0] == rids[1]:
        return None
    low, high = sorted((rids[0][0], rids[1][0]))
    con.execute(f"CREATE OR REPLACE TEMP TABLE pairs AS SELECT {low}::INTEGER AS ra, {high}::INTEGER AS rb")
    scoring.prepare(con, resolver.weights, "SELECT ra AS rid FROM pairs UNION SELECT rb FROM pairs")
    scoring.score(con, resolver.weights, "one_pair")
    weights = ", ".join(f"w_{field}" for field in FIELDS)
    row = con.execute(f"SELECT score, coalesce(veto, ''), level, {weights} FROM one_pair").fetchall()[0]
    con.execute("DROP TABLE one_pair")
    one, two = _values(resolver, left), _values(resolver, right)
    evidence = [
        Evidence(_LABELS[field], round(bits, 1), one[field], two[field])
        for field, bits in zip(FIELDS, row[3:], strict=True)
        if one[field] or two[field]
    ]
    return Explanation(left, right, round(row[0], 1), row[1], row[2], tuple(evidence))


def _values(resolver: Resolver, record: str) -> dict[str, str]:
    row: Any = resolver.con.execute(
        """
        SELECT array_to_string(names, ' = '), tax, duns, lei, company_number, gln, mail, domain, phone,
               concat_ws(' ', street, house, postal, city), country, nullif(forms, 0), born_on
        FROM features WHERE id = ?
        """,
        [record],
    ).fetchall()[0]
    return {field: "" if value is None else str(value) for field, value in zip(FIELDS, row, strict=True)}
