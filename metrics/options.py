"""Options that several commands share, each declared once: `choosing` gives them to a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

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
ProductOption = Annotated[
    list[str] | None,
    typer.Option("--product", help="Only this product, by golden id, source/id, SKU or name; may be repeated."),
]


@dataclass(frozen=True)
class Choice:
    """What the shared options say; empty where they do not."""

    by: list[str] | None = None
    start: datetime | None = None
    end: datetime | None = None
    source: list[str] | None = None
    customer: list[str] | None = None
    country: list[str] | None = None
    product: list[str] | None = None
    parameters: list[str] | None = None

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and the last day."""
        return self.start and self.start.date(), self.end and self.end.date()

    @property
    def only(self) -> tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]]:
        """Sources, customers, countries, products, as the user wrote them."""
        return self.source or (), self.customer or (), self.country or (), self.product or ()

    @property
    def asked(self) -> dict[str, Any]:
        """As of a request: dimensions, period, parameters. Raises UsageError for a parameter without a value."""
        from metrics.show import asked

        return asked(self.by, self.start, self.end, self.parameters)


_SHARED: dict[str, Any] = {
    "by": ByOption, "start": FromOption, "end": ToOption, "source": SourceOption, "customer": CustomerOption,
    "country": CountryOption, "product": ProductOption, "parameters": SetOption,
}  # fmt: skip
FILTERS = ("start", "end", "source", "customer", "country", "product")
ALL = tuple(each.name for each in fields(Choice))


def choosing(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command that takes a `choice` has these options in its place."""

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        def run(*given: Any, **named: Any) -> None:
            choice = Choice(**{name: named.pop(name) for name in names})
            command(*given, choice=choice, **named)

        asked: list[inspect.Parameter] = []
        for parameter in inspect.signature(command, eval_str=True).parameters.values():
            shared = (
                inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_SHARED[name])
                for name in names
            )
            asked += shared if parameter.annotation is Choice else [parameter]
        run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
        run.__signature__ = inspect.Signature(asked)  # type: ignore[attr-defined]  # typer reads both
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in asked}
        return run

    return with_options


def moment(given: datetime | None) -> datetime | None:
    """What `--as-of` means: a day alone is meant whole."""
    if given is None:
        return None
    whole_day = given.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return (whole_day if given.time() == time() else given).replace(tzinfo=UTC)
