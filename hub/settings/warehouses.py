"""What an admin may say of places that several systems list (`warehouses:` in config/hub.yaml)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field


def parted(listing: str) -> tuple[str, str | None]:
    """`sap/1010` -> the connector instance and its location; `erp` alone means all of its stock (None)."""
    source, _, location = listing.partition("/")
    return source, location or None


def _listing(text: str) -> str:
    source, slash, location = text.partition("/")
    if not source.strip() or (slash and not location.strip()):
        raise ValueError(
            f"`{text[:60]}` is no place. Write a connector instance and its location, as in sap/1010; or the instance "
            "alone, for all of its stock."
        )
    return text


def _apart(warehouses: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """A place is in one warehouse, once."""
    seen: dict[str, str] = {}
    for name, listings in warehouses.items():
        for listing in listings:
            if listing in seen:
                where = f"in {seen[listing]} and in {name}" if seen[listing] != name else f"in {name} twice"
                raise ValueError(f"`{listing[:60]}` is {where}. A place belongs to one warehouse, once.")
            seen[listing] = name
    return warehouses


Listing = Annotated[str, Field(max_length=400), AfterValidator(_listing)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Warehouses = Annotated[dict[Name, Annotated[tuple[Listing, ...], Field(min_length=2)]], AfterValidator(_apart)]
"""Name of a warehouse -> the places that are it, the authority first."""
