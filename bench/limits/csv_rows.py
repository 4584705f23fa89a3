"""The four files as rows of text, by the standard library: what the bare SQLite script starts with. The database's own
column types turn texts into numbers, which is the cheapest way to keep types."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

KEYS = {"customers": ("id",), "orders": ("id",), "order_lines": ("id",), "stock": ("sku", "location")}
COLUMNS = {
    "customers": ["id", "name", "email", "vat_id", "industry", "country", "created_at", "updated_at"],
    "orders": ["id", "customer_id", "ordered_at", "status", "currency", "total", "updated_at"],
    "order_lines": ["id", "order_id", "sku", "quantity", "unit_price", "unit_cost"],
    "stock": ["sku", "location", "on_hand", "unit_cost", "updated_at"],
}
MONEY = {"total", "unit_price", "unit_cost"}
WHOLE = {"quantity", "on_hand"}


def pages(folder: Path, name: str, size: int) -> Iterator[list[list[str]]]:
    """Pages of rows as they stand in the file."""
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        while rows := list(islice(reader, size)):
            yield rows
