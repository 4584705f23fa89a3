"""Looking for a planted secret: how it may be spelt, and what the machine's processes were begun with."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus


def spelt(content: bytes, secret: str) -> bool:
    """Whether a secret stands there, in any of the usual spellings."""
    plain = secret.encode()
    ways = {plain, quote(secret).encode(), quote(secret, safe="").encode(), quote_plus(secret).encode()}
    ways |= {json.dumps(secret)[1:-1].encode(), repr(secret)[1:-1].encode()}
    if len(plain) > 8:
        ways |= {base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)}
    return any(way in content for way in ways)


def command_lines() -> bytes:
    """What every process of this machine was begun with, as `ps` shows it."""
    return b"\n".join(found for path in Path("/proc").glob("[0-9]*/cmdline") if (found := _read(path)))


@contextmanager
def every_command_line() -> Iterator[set[bytes]]:
    """What processes were begun with while this lasts, those that are over soon among them."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            seen.update(command_lines().split(b"\n"))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
