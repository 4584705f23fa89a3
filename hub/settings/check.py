"""`hub config check`: the whole configuration without network and without any secret."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from hub.settings.own_metrics import FOLDER
from hub.settings.reader import Reader
from hub.settings.secrets import is_set

if TYPE_CHECKING:
    from hub.plugins import Registry

_OWN_METRICS = "metrics.own"
"""What checks the admin's metrics; the core knows it by name only."""


@dataclass(frozen=True)
class Checked:
    """One configured instance that has no mistake.

    not_set  references that lead nowhere on this machine: no mistake, since the sync may run elsewhere
    problem  why its plugin does not load; empty where it does
    """

    name: str
    kind: str
    enabled: bool
    path: Path
    not_set: tuple[str, ...]
    problem: str


def check(config_dir: Path, registry: Registry) -> list[Checked]:
    """Every instance, by name. Raises ConfigError with all mistakes."""
    reader = Reader(config_dir, resolve=False)
    found = reader.instances(registry, reader.hub(), None)
    reader.publishers(registry, None)
    reader.raise_mistakes()
    if (config_dir / FOLDER).is_dir():
        import_module(_OWN_METRICS).own_metrics(config_dir, frozenset(metric.id for metric in registry.metrics()))
    return [
        Checked(
            entry.name,
            entry.kind,
            entry.enabled,
            entry.path,
            tuple({str(reference): None for reference in entry.references if not is_set(reference, reader.base)}),
            str(entry.error or ""),
        )
        for entry in found
    ]
