"""How many logins may fail: counted in the store, so that all consoles on it count together.

Three counters: a name from one address (somebody guesses), an address (somebody tries many names), a name from anywhere
(many machines guess). The last one is wide, since it locks the person out, too; the command line stays open.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.access.tokens import digest
from hub.store.access import AccessTables

WINDOW = timedelta(minutes=15)
LIMITS = {"name and address": 5, "address": 30, "name": 50}
"""Failed logins within the window."""


class Wait(NamedTuple):
    """`is_first`: the limit was passed just now."""

    seconds: float
    is_first: bool


class Throttle:
    """Failed logins of one store."""

    def __init__(self, tables: AccessTables) -> None:
        self._tables = tables

    def count(self, name: str, address: str, now: datetime) -> Wait | None:
        """Count an attempt, before it is made. How long to wait where there were too many."""
        waits = []
        for what, key in _keys(name, address).items():
            count, began = self._tables.count_attempt(key, now, now - WINDOW)
            if count > LIMITS[what]:
                waits.append(Wait((began + WINDOW - now).total_seconds(), count == LIMITS[what] + 1))
        return max(waits, default=None)

    def forgive(self, name: str, address: str, now: datetime) -> None:
        """The login was right. Others from the same address keep their failures."""
        for what, key in _keys(name, address).items():
            self._tables.forgive(key, all_of_them=what != "address")
        self._tables.sweep_attempts(now - WINDOW)


def _keys(name: str, address: str) -> dict[str, str]:
    place = network(address)
    return {
        "name and address": digest(f"both\0{name}\0{place}"),
        "address": digest(f"address\0{place}"),
        "name": digest(f"name\0{name}"),
    }


def network(address: str) -> str:
    """Whose address it is: an IPv6 customer has a /64 to himself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else parsed)
