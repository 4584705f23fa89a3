"""The four metrics of the baseline through the hub, as one process: `python -m bench.hub_metrics CONFIG_FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from hub.session import Session
from metrics.workbench import catalogue, workbench

ASKED = (
    ("revenue", ["month", "customer"]),
    ("customer_lifetime_value", []),
    ("inventory_turnover", ["product"]),
    ("rfm", []),
)


def main(config: Path) -> None:
    session = Session(config)
    known = catalogue(session)
    with workbench(session, known) as bench:
        requests = [known.request(name, by=by, defaults=bench.defaults) for name, by in ASKED]
        for outcome in bench.engine.compute_all(requests):
            if isinstance(outcome, Exception):
                raise outcome


if __name__ == "__main__":
    main(Path(sys.argv[1]))
