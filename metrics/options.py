"""Options that several commands share."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

import typer

_DAYS = ["%Y-%m-%d"]
FromOption = Annotated[
    datetime | None, typer.Option("--from", formats=_DAYS, help="First day; the beginning where not given.")
]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=_DAYS, help="Last day; now where not given.")]
ByOption = Annotated[list[str] | None, typer.Option("--by", help="Group by this dimension; may be repeated.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=[*_DAYS, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"],
        help="As it was known at this moment, UTC; a day means its end.",
    ),
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the metric; may be repeated.")
]

SourceOption = Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")]
CustomerOption = Annotated[
    list[str] | None,
    typer.Option("--customer", help="Only this customer, by golden id, source/id or name; may be repeated."),
]
CountryOption = Annotated[
    list[str] | None,
    typer.Option("--country", help="Only customers of this country, by code or name; may be repeated."),
]


def moment(given: datetime | None) -> datetime | None:
    """What `--as-of` means: a day alone is meant whole."""
    if given is None:
        return None
    whole_day = given.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return (whole_day if given.time() == time() else given).replace(tzinfo=UTC)
