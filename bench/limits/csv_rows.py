"""The four files as typed tuples, by the standard library: what every bare script starts with."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

KEYS = {"customers": ("id",), "orders": ("id",), "order_lines": ("id",), "stock": ("sku", "location")}
COLUMNS = {
    "customers": ["id", "name", "email", "vat_id", "industry", "country", "created_at", "updated_at"],
    "orders": ["id", "customer_id", "ordered_at", "status", "currency", "total", "updated_at"],
    "order_lines": ["id", "order_id", "sku", "quantity", "unit_price", "unit_cost"],
    "stock": ["sku", "location", "on_hand", "unit_cost", "updated_at"],
}
CENTS = {"total", "unit_price", "unit_cost"}
WHOLE = {"quantity", "on_hand"}


def pages(folder: Path, name: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Pages of rows; money as whole cents, quantities as integers, the rest as text."""
    columns = COLUMNS[name]
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        while rows := list(islice(reader, size)):
            yield list(
                zip(
                    *(_typed(column, values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)),
                    strict=True,
                )
            )


def _typed(column: str, values: tuple[str, ...]) -> Any:
    if column in CENTS:
        return [int(value.replace(".", "")) for value in values]
    if column in WHOLE:
        return [int(value) for value in values]
    return values
