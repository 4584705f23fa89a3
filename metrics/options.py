"""Options that several commands share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

_DAYS = ["%Y-%m-%d"]
FromOption = Annotated[
    datetime | None, typer.Option("--from", formats=_DAYS, help="First day; the beginning where not given.")
]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=_DAYS, help="Last day; now where not given.")]
ByOption = Annotated[list[str] | None, typer.Option("--by", help="Group by this dimension; may be repeated.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the metric; may be repeated.")
]
