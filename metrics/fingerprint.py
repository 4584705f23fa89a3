"""Which code a metric's SQL depends on, as one short text: kept SQL is used only as long as that has not changed."""

from __future__ import annotations

import hashlib
import re
import sys
from functools import cache
from pathlib import Path

from hub.sdk.metric import Metric
from metrics.replica.shape import shape_fingerprint

_IMPORTED = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+))", re.MULTILINE)
_ALWAYS = ("metrics.compiled", "metrics.scope", "metrics.dimensions")


def fingerprint(metric: Metric) -> str:
    """The canonical model, the code that makes SQL, and the modules of the definition with all they import of their own
    package."""
    functions = (metric.measures, metric.gather, metric.finish, metric.leaves_out)
    builds = (facts.build for facts in metric.facts)
    modules = {getattr(function, "func", function).__module__ for function in (*functions, *builds) if function}
    sources = {name: _digest(name) for name in _closure(frozenset(modules | set(_ALWAYS)))}
    return hashlib.sha256(repr((shape_fingerprint(), sorted(sources.items()), metric.definition)).encode()).hexdigest()


@cache
def _closure(modules: frozenset[str]) -> tuple[str, ...]:
    found: set[str] = set()
    waiting = set(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= {other for other in _imports(name) if other.partition(".")[0] == name.partition(".")[0]}
    return tuple(sorted(found))


@cache
def _imports(module: str) -> frozenset[str]:
    return frozenset(one or other for one, other in _IMPORTED.findall(_source(module)))


@cache
def _digest(module: str) -> str:
    return hashlib.sha256(_source(module).encode()).hexdigest()


@cache
def _source(module: str) -> str:
    """The text of a module that is loaded; empty where it has none."""
    place = getattr(sys.modules.get(module), "__file__", None)
    try:
        return Path(place).read_text(encoding="utf-8") if place else ""
    except (OSError, UnicodeDecodeError):
        return ""
