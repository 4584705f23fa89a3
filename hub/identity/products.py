"""Which products of which systems are one: by GTIN, by SKU, by SKU patterns; by name never without a person.

Two products of one source are never one, since a source tells its own products apart; nor are two with different GTINs.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hub.identity.names import usual
from hub.identity.numbers import gtin
from hub.identity.texts import plain
from hub.identity.wording import OTHER, SAME, SPELLING, compare

_CAP = 40

_Keys = dict[str, list[str]]
"""Key -> the ids of the products that have it."""


@dataclass(frozen=True)
class Product:
    """One product of one source. Texts as the source writes them; empty where it has none."""

    id: str
    source: str
    sku: str = ""
    gtin: str = ""
    name: str = ""
    manufacturer: str = ""
    mpn: str = ""


@dataclass(frozen=True)
class SkuPattern:
    """How one source writes SKUs: what to strip at the ends (regular expressions), before SKUs are compared.

    variant  what makes a variant (`-[A-Z]{3}`), so that `ACME-4711-BLK` becomes 4711 and BLK
    """

    source: str
    strip_prefix: str = ""
    strip_suffix: str = ""
    variant: str = ""

    def apply(self, sku: str) -> tuple[str, str]:
        """The number in capitals without signs, and the variant; both may be empty."""
        text = sku.strip().upper()
        text = re.sub(f"^(?:{self.strip_prefix})", "", text, flags=re.IGNORECASE) if self.strip_prefix else text
        text = re.sub(f"(?:{self.strip_suffix})$", "", text, flags=re.IGNORECASE) if self.strip_suffix else text
        variant = ""
        if self.variant and (found := re.search(f"(?:{self.variant})$", text, flags=re.IGNORECASE)):
            variant, text = re.sub(r"[^A-Z0-9]", "", found[0]), text[: found.start()]
        return re.sub(r"[^A-Z0-9]", "", text), variant


@dataclass(frozen=True)
class ProductLink:
    """Two products by id (left < right) with the rule that linked them: `gtin`, `sku`, `manufacturer's number`,
    `sku pattern` or `name`. Links by name are for review."""

    left: str
    right: str
    rule: str
    score: float
    review: bool


@dataclass(frozen=True)
class ProductResolution:
    """`cluster_of`: every product once, called by the smallest id of its cluster."""

    cluster_of: dict[str, str]
    links: tuple[ProductLink, ...]
    reviews: tuple[ProductLink, ...]


def resolve_products(
    products: Iterable[Product],
    patterns: Sequence[SkuPattern] = (),
    apart: Iterable[tuple[str, str]] = (),
    same: Iterable[tuple[str, str]] = (),
) -> ProductResolution:
    """Link products of different sources, rule by rule, the surest first; `apart` and `same` are people's decisions."""
    known = {product.id: product for product in products}
    groups = _Groups(known, apart)
    links: list[ProductLink] = []
    for left, right in sorted(tuple(sorted(pair)) for pair in same):
        if left in known and right in known:
            groups.join(left, right, bound=True)
    for rule, score, keys in _rules(known.values(), patterns):
        for left, right in _pairs(keys):
            if groups.top[left] != groups.top[right] and groups.join(left, right):
                links.append(ProductLink(left, right, rule, score, review=False))
    reviews = [link for link in _by_name(known) if groups.may_join(link.left, link.right)]
    return ProductResolution({each: groups.name(each) for each in sorted(known)}, tuple(links), tuple(reviews))


def _rules(products: Iterable[Product], patterns: Sequence[SkuPattern]) -> Iterable[tuple[str, float, _Keys]]:
    products = list(products)
    yield "gtin", 20.0, _keyed((product.id, gtin(product.gtin) or "") for product in products)
    yield (
        "manufacturer's number",
        14.0,
        _keyed((each.id, f"{plain(each.manufacturer)}|{_number(each.mpn)}") for each in products if _has_mpn(each)),
    )
    yield "sku", 12.0, _keyed((product.id, _number(product.sku)) for product in products)
    if patterns:
        yield "sku pattern", 9.0, _keyed(_mapped(products, patterns))


def _has_mpn(product: Product) -> bool:
    return bool(product.manufacturer) and len(_number(product.mpn)) > 2


def _mapped(products: Sequence[Product], patterns: Sequence[SkuPattern]) -> Iterable[tuple[str, str]]:
    """The number of each product as the patterns of its source leave it, with its variant; its own number where the
    source has none. Where a source has one variant of a number only, the bare number is meant, too; of several, nobody
    can tell which of them another system means by it."""
    by_source: dict[str, list[SkuPattern]] = defaultdict(list)
    for pattern in patterns:
        by_source[pattern.source].append(pattern)
    found = [
        (each, *pattern.apply(each.sku))
        for each in products
        if each.sku
        for pattern in by_source[each.source] or (SkuPattern(each.source),)
    ]
    variants: dict[tuple[str, str], set[str]] = defaultdict(set)
    for product, number, variant in found:
        variants[product.source, number].add(variant)
    for product, number, variant in found:
        if number and variant:
            yield product.id, f"{number}/{variant}"
        if number and len(variants[product.source, number]) == 1:
            yield product.id, number


def _number(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _keyed(pairs: Iterable[tuple[str, str]]) -> _Keys:
    found: dict[str, list[str]] = defaultdict(list)
    for record, key in pairs:
        if key:
            found[key].append(record)
    return found


def _pairs(keys: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
    """Products with one key; each with the first by id, which is enough, since they end up in one cluster or stay
    apart."""
    for key in sorted(keys):
        records = sorted(set(keys[key]))
        yield from combinations(records, 2) if len(records) <= _CAP else ((records[0], other) for other in records[1:])


class _Groups:
    """Clusters as they grow; a cluster has at most one product of each source and one GTIN."""

    def __init__(self, products: Mapping[str, Product], apart: Iterable[tuple[str, str]]) -> None:
        self.members = {each: {each} for each in products}
        self.top = {each: each for each in products}
        self.sources = {each: {product.source} for each, product in products.items()}
        self.gtins = {each: {code} if (code := gtin(product.gtin)) else set() for each, product in products.items()}
        self.apart: dict[str, set[str]] = defaultdict(set)
        for left, right in apart:
            self.apart[left].add(right)
            self.apart[right].add(left)

    def name(self, record: str) -> str:
        return min(self.members[self.top[record]])

    def may_join(self, left: str, right: str) -> bool:
        one, two = self.top[left], self.top[right]
        if (
            one == two
            or self.sources[one] & self.sources[two]
            or (self.gtins[one] and self.gtins[two] and self.gtins[one] != self.gtins[two])
        ):
            return False
        return not any(self.apart[each] & self.members[two] for each in self.members[one] if each in self.apart)

    def join(self, left: str, right: str, *, bound: bool = False) -> bool:
        """Put two clusters together; False where something keeps them apart. They count as joined when they are one."""
        one, two = self.top[left], self.top[right]
        if one == two:
            return not bound
        if not bound and not self.may_join(left, right):
            return False
        for each in self.members[two]:
            self.top[each] = one
        self.members[one] |= self.members.pop(two)
        self.sources[one] |= self.sources.pop(two)
        self.gtins[one] |= self.gtins.pop(two)
        return True


def _by_name(products: Mapping[str, Product]) -> Iterable[ProductLink]:
    """Products of different sources whose names agree word by word, numbers and all; the best counterpart of each."""
    worded = {each: _words(product) for each, product in products.items()}
    counts = Counter(word for found in worded.values() for word in set(found))
    bits = {word: math.log2((len(products) + 100) / count) for word, count in counts.items()}
    blocks: dict[str, list[str]] = defaultdict(list)
    for each, found in worded.items():
        for word in sorted((word for word in set(found) if counts[word] > 1), key=lambda word: (-bits[word], word))[:2]:
            blocks[word].append(each)
    best: dict[tuple[str, str], ProductLink] = {}
    pairs = {pair for block in blocks.values() if len(block) <= _CAP for pair in combinations(sorted(block), 2)}
    for left, right in sorted(pairs):
        link = _alike(products[left], products[right], worded[left], worded[right], bits)
        if link:
            for key in ((left, products[right].source), (right, products[left].source)):
                if key not in best or best[key].score < link.score:
                    best[key] = link
    return sorted(set(best.values()), key=lambda link: (-link.score, link.left, link.right))


def _words(product: Product) -> tuple[str, ...]:
    return tuple(
        usual(word) for word in re.findall(r"[a-z]+|\d+(?:[.,]\d+)?", plain(f"{product.manufacturer} {product.name}"))
    )


def _alike(
    one: Product, two: Product, left: Sequence[str], right: Sequence[str], bits: Mapping[str, float]
) -> ProductLink | None:
    if one.source == two.source or not left or not right:
        return None
    if {word for word in left if word[0].isdigit()} != {word for word in right if word[0].isdigit()}:
        return None
    wording = compare(left, right, bits)
    extra = wording.extra_left + wording.extra_right
    if wording.level == OTHER or (wording.level not in (SAME, SPELLING) and extra > 0.3 * wording.common):
        return None
    score = min(8.0, wording.common / 3 - extra / 3 - wording.slips)
    return ProductLink(one.id, two.id, "name", round(score, 1), review=True) if score > 2 else None
