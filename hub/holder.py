"""Who holds a lease: a process by its machine, number, start and container, so that a dead one can be told.

A holder is named `host:pid:start:space`, with `#` and more behind it where one process has several. Start tells a
process from a later one with the same number; space tells the containers of one host apart. Only a holder of our own
space whose process is gone is called dead; in doubt it lives, and its lease runs out by itself.
"""

from __future__ import annotations

import os
from pathlib import Path


def holder() -> str:
    """Who we are to other hubs."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{started(pid)}:{_space()}"


def shown(name: str) -> str:
    """A holder in words: `process 4711 on erp-server`."""
    host, _, rest = name.partition(":")
    pid = rest.partition(":")[0]
    return f"process {pid} on {host}" if pid else host


def is_gone(name: str) -> bool:
    """Whether a holder was a process of this machine that is gone. In doubt it lives."""
    parts = name.partition("#")[0].split(":")
    if len(parts) != 4 or parts[0] != _host() or not parts[1].isdigit():
        return False
    pid, start, space = int(parts[1]), parts[2], parts[3]
    return bool(space) and space == _space() and started(pid) != start


def started(pid: int) -> str:
    """When a process began, in ticks since the machine did; empty where it is gone or the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    return "" if fields[0] in "ZX" else fields[19]  # a zombie holds nothing any more


def _host() -> str:
    """This machine's name."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket

    return socket.gethostname()


def _space() -> str:
    """One name for this boot of this machine and this container; empty where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot[:8]}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""
