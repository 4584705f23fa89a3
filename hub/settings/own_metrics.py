"""Metrics of the admin's own: what a file in `config/metrics/` may say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

_SETTINGS = ConfigDict(extra="forbid", frozen=True)
Name = str
WAYS = ("sum", "count", "distinct", "min", "max", "ratio")
FOLDER = "metrics"


class Figure(BaseModel):
    """One figure of the result: exactly one of `sum`, `count`, `distinct`, `min`, `max` and `ratio`."""

    model_config = _SETTINGS

    title: str = Field("", description="For reading; its name where not given.")
    unit: str = Field("", description="`money` for an amount in the reporting currency, else a word: orders, units.")
    sum: Name | None = Field(None, description="The column to add up: a decimal or a whole number.")
    count: Name | None = Field(None, description="The column whose filled values are counted.")
    distinct: Name | None = Field(None, description="The column whose different values are counted.")
    min: Name | None = Field(None, description="The column whose least value is taken.")
    max: Name | None = Field(None, description="The column whose greatest value is taken.")
    ratio: tuple[Name, Name] | None = Field(None, description="Two other figures: the first through the second, exact.")
    digits: int | None = Field(None, ge=0, le=10, description="Decimals it is rounded to, half to even.")
    currency: Name | None = Field(
        None, description="The column with the currency of the amounts: they are converted at the rate of the day."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Figure:
        given = [way for way in WAYS if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(WAYS)}.")
        if self.currency and self.sum is None:
            raise ValueError("`currency` goes with `sum`: only amounts that are added up are converted.")
        return self

    @property
    def way(self) -> str:
        return next(way for way in WAYS if getattr(self, way) is not None)

    @property
    def column(self) -> str:
        """The column that it looks at; empty for a ratio."""
        value = getattr(self, self.way)
        return value if isinstance(value, str) else ""


class OwnMetric(BaseModel):
    """A metric in SQL: what it means, the rows it is made of, and what is made of them."""

    model_config = _SETTINGS

    title: str = Field(description="What people call it.")
    sql: str = Field(
        description="One SELECT over the canonical tables, in DuckDB's SQL: a row for each record or group that "
        "counts. Numbers must be exact: whole or decimal, no floats."
    )
    formula: str = Field(description="The formula in words, with the names of the figures.")
    source: str = Field(description="Where the definition comes from: a standard, or who agreed on it and when.")
    grain: str = Field("the whole period", description="What one row of the result is.")
    family: str = Field("own", description="Metrics of one family stand together.", pattern=r"^[a-z][a-z -]{0,30}$")
    unit: str = Field("", description="Unit of the headline; that of its figure where not given.")
    exclusions: str = Field(
        "What the SQL leaves out does not count. Deleted records never do.",
        description="What happens to deleted, cancelled, returned, test records.",
    )
    undefined_when: str = Field("no row counts", description="When there is no number.")
    day: Name | None = Field(
        None, description="The column with the moment or day that a row belongs to; without it periods do not matter."
    )
    record: Name | None = Field(
        None, description="The canonical table whose records the rows are; with source and source_id, for explanations."
    )
    dimensions: list[Name] = Field(
        default_factory=list,
        description="What it can be grouped by: columns of the SQL, or dimensions that follow from them, as month from "
        "`day`, customer and country from source and customer_source_id, product from source and product_source_id.",
    )
    by: list[Name] = Field(default_factory=list, description="Dimensions where none are asked for.")
    figures: dict[Name, Figure] = Field(
        default_factory=dict,
        description="Figures by name. Without any, the column that is called as the metric is added up.",
    )
    value: Name | None = Field(None, description="The figure that is the headline; the first where not given.")
