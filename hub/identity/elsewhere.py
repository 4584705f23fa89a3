"""Where many records are compared: in this process, or on Spark, as `analytics:` in hub.yaml says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.spark.places import swept
from hub.spark.session import is_spark

if TYPE_CHECKING:
    from hub.identity.resolve import Helper
    from hub.session import Session

KIND = "matching"
"""What the folders are called that hold what is handed to Spark, and back."""
FEW = 20_000
"""Below so many records this process is done before a cluster has begun."""


@dataclass(frozen=True)
class Cluster:
    """Where to compute. `place` is a folder or an address that this machine and the workers see."""

    address: str
    place: str
    few: int = FEW


def cluster_of(session: Session) -> Cluster | None:
    """What `analytics:` and `replica:` say; None where that is no Spark."""
    settings = session.hub_settings
    if not is_spark(settings.analytics):
        return None
    place = settings.replica or "var/identity"
    return Cluster(settings.analytics, place if "://" in place else str((session.project_dir / place).resolve()))


@contextlib.contextmanager
def helping(cluster: Cluster | None) -> Iterator[Helper | None]:
    """What helps the engine; Spark is started when it is needed first, and given back at the end."""
    if cluster is None:
        yield None
        return
    from hub.identity.on_spark import OnSpark

    swept(cluster.place, KIND)
    with contextlib.ExitStack() as stack:
        yield OnSpark(cluster, stack)
