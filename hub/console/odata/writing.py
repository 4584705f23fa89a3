"""Answers as bytes: rows as they come, between what stands before and behind them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Generator, Iterable
from typing import Any
from urllib.parse import quote

from hub.console.odata.model import NAMESPACE, EntitySet
from hub.console.odata.reading import Row
from hub.model.kinds import Kind

_LEVEL = 1
"""Of gzip: rows name their columns again and again, so the quickest level takes nine tenths away."""
_LARGEST = 1 << 20
"""Bytes that are sent at a time: each part costs two changes of the thread."""


def rows(
    chunks: Iterable[list[Row]],
    *,
    head: str,
    limit: int,
    next_link: Callable[[Row], str],
    dress: Callable[[Row], str] | None,
) -> Generator[bytes, None, None]:
    """A collection. Where there is a row behind the last one, the link to the next page is made of the last one.

    dress  turns a row into text; its first column where None
    """
    sent, last, more = 0, Row(), False
    yield head.encode()
    for chunk in chunks:
        more = sent + len(chunk) > limit
        shown = chunk[: limit - sent] if more else chunk
        if shown:
            yield b"," * bool(sent) + _joined([row[0] if dress is None else dress(row) for row in shown])
            sent, last = sent + len(shown), shown[-1]
    yield (f'],"@odata.nextLink":{json.dumps(next_link(last))}}}' if more else "]}").encode()


def _joined(bodies: list[Any]) -> bytes:
    return b",".join(bodies) if isinstance(bodies[0], bytes) else ",".join(bodies).encode()


def body_of(row: Row) -> str:
    """The JSON text of a row."""
    return row[0].decode() if isinstance(row[0], bytes) else str(row[0])


def gathered(parts: Iterable[bytes]) -> Generator[bytes, None, None]:
    """The same in fewer and larger parts; the first one at once."""
    waiting: list[bytes] = []
    size, first = 0, True
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _LARGEST or (first and len(waiting) > 1):
            yield b"".join(waiting)
            waiting, size, first = [], 0, False
    if waiting:
        yield b"".join(waiting)


def packed(parts: Iterable[bytes]) -> Generator[bytes, None, None]:
    """The same by gzip."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for part in parts:
        if done := packer.compress(part):
            yield done
    yield packer.flush()


def dresser(of: EntitySet) -> Callable[[Row], str]:
    """Writes a row with its type, its address, and the addresses of what it leads to (odata.metadata=full)."""

    def dress(row: Row) -> str:
        own = address(of, json.loads(row[1]))
        links = "".join(f',"{name}@odata.navigationLink":{json.dumps(f"{own}/{name}")}' for name in of.navigations)
        told = json.dumps(own)
        addresses = f'"@odata.id":{told},"@odata.editLink":{told}{links}'
        return f'{{"@odata.type":"#{NAMESPACE}.{of.type_name}",{addresses},{body_of(row)[1:]}'

    return dress


def address(of: EntitySet, key: list[object]) -> str:
    """The address of a row below the feed's own."""
    written = [_literal(value, of[name].kind) for name, value in zip(of.key, key, strict=True)]
    if len(written) == 1:
        return f"{of.name}({written[0]})"
    return f"{of.name}({','.join(f'{name}={value}' for name, value in zip(of.key, written, strict=True))})"


def _literal(value: object, kind: Kind) -> str:
    if kind is Kind.TEXT:
        return "'" + quote(str(value).replace("'", "''"), safe="") + "'"
    return quote(str(value), safe=":")
