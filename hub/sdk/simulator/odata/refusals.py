"""What an OData service does not take, before it is put into the vendor's words."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a request is refused; a dialect turns it into the vendor's code."""

    SYNTAX = "syntax"
    UNKNOWN_PROPERTY = "unknown property"
    UNKNOWN_RESOURCE = "unknown resource"
    NOT_FOUND = "not found"
    TYPE_MISMATCH = "type mismatch"
    BAD_OPTION = "bad option"
    BAD_TOKEN = "bad token"  # noqa: S105  no secret
    EXPIRED = "expired"
    NOT_ACCEPTABLE = "not acceptable"
    NOT_IMPLEMENTED = "not implemented"


STATUS = {
    Reason.SYNTAX: 400,
    Reason.UNKNOWN_PROPERTY: 400,
    Reason.UNKNOWN_RESOURCE: 404,
    Reason.NOT_FOUND: 404,
    Reason.TYPE_MISMATCH: 400,
    Reason.BAD_OPTION: 400,
    Reason.BAD_TOKEN: 400,
    Reason.EXPIRED: 410,
    Reason.NOT_ACCEPTABLE: 406,
    Reason.NOT_IMPLEMENTED: 501,
}


class ODataRefusal(Exception):
    """A request that the service does not take. `message` is for the client's author."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
