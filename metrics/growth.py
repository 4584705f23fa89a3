"""Sales: revenue against the period before and against the same period a year before."""

from __future__ import annotations

from typing import Any

from hub.sdk.metric import MONEY, Metric, Output, Scope, Table, ratio
from metrics.order_facts import ORDERS, SALES
from metrics.sales import RULE

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_BY = ("source", "channel", "customer", "country", "industry", "segment", "product", "category")


def _compared(period: str) -> Any:
    def finish(_: Scope, groups: Table) -> Table:
        return _beside(_beside(groups, period, _MONTHS[period], "before"), period, 12, "year_before")

    return finish


def _beside(groups: Table, period: str, months: int, name: str) -> Table:
    """The groups with the revenue of the same group so many months before."""
    import ibis

    others = [column for column in groups.columns if column not in (period, "gross", "before")]
    keys = {f"{name}_{column}": groups[column] for column in others}
    earlier = groups.select(
        **keys, **{f"{name}_{period}": (groups[period] + ibis.interval(months=months)).cast("date"), name: groups.gross}
    )
    same = [groups[column].identical_to(earlier[f"{name}_{column}"]) for column in others]
    joined = groups.left_join(earlier, [groups[period] == earlier[f"{name}_{period}"], *same])
    return joined.select(*groups.columns, name)


def _growth(period: str, name: str) -> Metric:
    return Metric(
        id=f"revenue_growth_{name}",
        title=f"Revenue growth, {name}",
        family="sales",
        unit="share",
        grain=f"a {period}",
        formula=(
            f"growth = gross / before - 1, with the gross revenue of the {period} before; growth_on_year = gross / "
            f"year_before - 1, with that of the same {period} a year before. Gross is that of the metric revenue. The "
            f"first and the last {period} may not be whole."
        ),
        source="Relative change of revenue, period on period and year on year",
        exclusions=RULE,
        undefined_when="no order counts in the period; growth is empty where there was no revenue before",
        facts=(ORDERS, SALES),
        kinds=("order", "line", "order discount"),
        measures=lambda _, facts: {"gross": facts.sold.sum().fill_null(0)},
        finish=_compared(period),
        outputs=(
            Output("gross", "Gross of returns", MONEY),
            Output("before", f"The {period} before", MONEY),
            Output("growth", "Growth", "share", 6, lambda m: _change(m["gross"], m["before"])),
            Output("year_before", "A year before", MONEY),
            Output("growth_on_year", "Growth on the year", "share", 6, lambda m: _change(m["gross"], m["year_before"])),
        ),
        value="growth",
        by=(period,),
        always=(period,),
        dimensions=(period, *_BY),
    )


def _change(now: Any, before: Any) -> Any:
    """Growth as a share; none from nothing or from a negative amount, where a share would mislead."""
    return ratio(now - before, before) if before is not None and before > 0 else None


METRICS = (_growth("month", "monthly"), _growth("quarter", "quarterly"), _growth("year", "yearly"))
