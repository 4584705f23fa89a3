"""A REST source on loopback: the benchmark's CSV files as numbered JSON pages, encoded beforehand.

`python -m bench.rest_server FOLDER PORT LATENCY_SECONDS` answers /<name>?page=1&limit=1000 with rows and their total.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn

SIZE = 1000
NUMBERS = {"total": float, "unit_price": float, "unit_cost": float, "quantity": int, "on_hand": int}


def encoded(folder: Path) -> dict[str, list[bytes]]:
    """Name -> its pages as they go over the wire; the last one is empty."""
    return {path.stem: list(_pages(path)) for path in sorted(folder.glob("*.csv"))}


def _pages(path: Path) -> Any:
    with path.open(newline="", encoding="utf-8") as file:
        total = sum(1 for _ in file) - 1
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        while rows := list(islice(reader, SIZE)):
            typed = [{name: NUMBERS.get(name, str)(value) for name, value in row.items()} for row in rows]
            yield json.dumps({"rows": typed, "total": total}, separators=(",", ":")).encode()
    yield json.dumps({"rows": [], "total": total}).encode()


def app(pages: dict[str, list[bytes]], latency: float) -> Any:
    """The ASGI application."""

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        number = int(parse_qs(scope["query_string"].decode()).get("page", ["1"])[0])
        held = pages[scope["path"].strip("/")]
        if latency:
            await asyncio.sleep(latency)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": held[min(number, len(held)) - 1]})

    return serve


if __name__ == "__main__":
    uvicorn.run(
        app(encoded(Path(sys.argv[1])), float(sys.argv[3])), port=int(sys.argv[2]), log_level="error", lifespan="off"
    )
