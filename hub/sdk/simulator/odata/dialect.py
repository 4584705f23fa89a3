"""What vendors do differently with the same protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.sdk.simulator.odata.model import EntitySet
from hub.sdk.simulator.odata.query import Query
from hub.sdk.simulator.odata.refusals import STATUS, Reason
from hub.sdk.simulator.odata.values import Version
from hub.sdk.simulator.table import SimRow

_CODES = {Reason.NOT_FOUND: "ResourceNotFound", Reason.UNKNOWN_RESOURCE: "ResourceNotFound"}


def v4_error(code: str, message: str) -> Any:
    """The body of an error in V4."""
    return {"error": {"code": code, "message": message}}


def v2_error(code: str, message: str) -> Any:
    """The body of an error in V2."""
    return {"error": {"code": code, "message": {"lang": "en", "value": message}}}


@dataclass(frozen=True)
class Dialect:
    """One vendor's way.

    namespace       of the types in `$metadata`
    error           body of an error from its code and message; the version's own form where it is left out
    codes, status   the vendor's code and status for a reason to refuse
    default_rows    rows of a page where neither `$top` nor `Prefer` says more; the largest page where it is left out
    server_pages    False: everything is sent at once, as far as `$top` and `$skip` let
    maxpagesize     `Prefer: odata.maxpagesize` is heeded
    offset_tokens   `$skiptoken` is a number of rows: what changes while one reads makes rows be lost or come twice
    skip            `$skip` is taken
    expand_depth    levels of `$expand`
    expanded_rows   rows of an expanded collection, then it has a link of its own to the rest (V4); None: all
    most_counted    no count is larger
    ignore_case     texts are compared without regard to case
    etag            from a row (V4)
    removed_4_01    delta links tell `@removed`; else a context that ends in `$deletedEntity`
    check           further rules: raises ODataRefusal. It gets the set, the query, and the request's preferences.
    """

    namespace: str
    version: Version = Version.V4
    error: Callable[[str, str], Any] | None = None
    codes: Mapping[Reason, str] = field(default_factory=dict)
    status: Mapping[Reason, int] = field(default_factory=dict)
    default_rows: int | None = None
    server_pages: bool = True
    maxpagesize: bool = True
    offset_tokens: bool = False
    skip: bool = True
    expand_depth: int = 2
    expanded_rows: int | None = None
    most_counted: int | None = None
    ignore_case: bool = False
    etag: Callable[[SimRow], str] | None = None
    removed_4_01: bool = False
    check: Callable[[EntitySet, Query, Mapping[str, str]], None] | None = None

    def refusal(self, reason: Reason, message: str) -> tuple[int, Any]:
        """Status and body."""
        code = self.codes.get(reason) or _CODES.get(reason, "BadRequest")
        return self.status.get(reason, STATUS[reason]), self.error_body(code, message)

    def error_body(self, code: str, message: str) -> Any:
        """An error in the vendor's form."""
        form = self.error or (v4_error if self.version is Version.V4 else v2_error)
        return form(code, message)
