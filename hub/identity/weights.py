"""The shipped weights, in bits: what an agreement or a contradiction adds to the odds that two records are one company.

They are not learnt from the data at hand, since little data teach the wrong thing; what is learnt from the data is only
how often each value occurs. All of them may be set.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """Thresholds and weights. A score of 0 means even odds, +6 means 64 to 1."""

    link: float = 6.0
    """From here on two records are linked."""
    review: float = 2.5
    """From here on a person is asked; below, they stay apart."""
    ambiguous: float = 2.0
    """A record that fits two companies, and one no better than by this, is asked about rather than linked."""
    strong: float = 16.0
    """A link this good is never ambiguous."""

    population: int = 20_000
    """How many records the shipped frequencies count for, beside those of the data."""
    places: int = 500
    """The same for places and birth dates."""
    common_word: float = 0.01
    """How often a common word (`hub.identity.words.COMMON`) occurs where data are too few to tell."""
    rare_word: float = 1.5e-6
    """The same for any other word."""

    name_most: float = 6.6
    name_least: float = -10.0
    per_slip: float = 1.0
    per_extra_bit: float = 0.35
    extra_words: float = 3.0
    """Words that only one name has count against it by their bits, and from about here on hardly more."""
    name_other: float = -6.0
    """Names that share words, but each has a word of its own that tells companies apart."""
    name_different: float = -9.0

    person_name_least: float = -3.0
    """People write their names in more ways than companies: the least that names of two people add."""

    tax_valid: float = 14.0
    tax_unchecked: float = 11.0
    tax_group: float = 5.0
    """Equal tax number that several names share (a VAT group)."""
    tax_slip: float = -0.5
    tax_differs: float = -7.0
    duns: float = 14.0
    duns_differs: float = -4.0
    lei: float = 16.0
    company_number: float = 10.0
    company_number_differs: float = -5.0
    gln: float = 10.0
    domain: float = 8.0
    domain_differs: float = -2.5
    colleague_elsewhere: float = -8.0
    """Two people at two companies' domains."""
    mail: float = 9.0
    mail_slip: float = 6.0
    """Two people's addresses that differ by a slip, or in the host alone."""
    phone: float = 8.0
    phone_trunk: float = 3.5
    phone_differs: float = -1.0
    place_most: float = 6.0
    street: float = 2.5
    street_differs: float = -2.5
    city_differs: float = -3.0
    postal_differs: float = -0.5
    country: float = 0.8
    country_differs: float = -8.0
    form: float = 0.5
    born_on: float = 7.0
    born_on_slip: float = 1.0
    born_on_differs: float = -3.0
    beside_other_names: float = 6.0
    """The most that domain, phone and address add together where names differ: siblings share all of them."""

    recount_below: int = 2_000
    recount_share: float = 0.2
    """Frequencies are counted anew, and everything is compared again, always where there are so few records, and once
    this share of them changed since the last count."""

    block_cap: int = 50
    """Most records of one block that are compared with one another."""
    weak_block_cap: int = 12
    """The same for blocks that say little: the first letters of a name, or one word."""
    component_cap: int = 60
    """Most records that hang together before weaker links are cut."""


DEFAULT = Weights()
