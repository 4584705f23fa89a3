"""Where a reading stands: what a later run needs to go on, and what proves that all came."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Progress:
    """How far one reading is. Plain values: it is `Page.resume`.

    part      which of the reading's queries is being read
    link      address of the next page; None: the query must be asked
    after     (stamp, id) of the last row of this part: from there the query can be asked again
    job       id of the Bulk job that is read instead, and `root`, the API version's path it was made with
    locator   next page of the job's result
    seen      rows of this part that came, with those of the recycle bin;  gone  those of them
    expected  rows that Salesforce says this part has
    """

    part: int = 0
    link: str | None = None
    after: tuple[str, str] | None = None
    job: str | None = None
    root: str = ""
    locator: str | None = None
    seen: int = 0
    gone: int = 0
    expected: int = 0
    done: bool = False

    @classmethod
    def of(cls, resume: dict[str, Any] | None) -> Progress:
        """The place that a stopped run left; the beginning where there is none."""
        if resume is None:
            return cls()
        after = resume.get("after")
        return cls(**{**resume, "after": tuple(after) if after else None})

    def kept(self) -> dict[str, Any]:
        kept = asdict(self)
        return {**kept, "after": list(self.after) if self.after else None}

    def next_part(self) -> None:
        self.part, self.link, self.after = self.part + 1, None, None
        self.seen = self.gone = self.expected = 0
