"""All pages of a project's only connector, fetched and thrown away: what a sync of the same has to wait for anyway.

`python -m bench.limits.pages PROJECT`.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from hub.sdk import ReadRequest
from hub.session import Session
from sync_jobs.joblist import open_instances


def main(project: Path) -> None:
    session = Session(project / "config")
    opened, broken = open_instances(session)
    for error in broken.values():
        raise error
    for each in opened:
        for stream in each.wanted(()):
            for _ in each.connector.read(ReadRequest(stream, None, datetime.now(UTC), full=True)):
                pass
        each.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
