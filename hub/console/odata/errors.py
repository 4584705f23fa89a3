"""What the feed refuses, in OData's own form: a status, a code, and a sentence that says what is wrong."""

from __future__ import annotations

import json


class ODataError(Exception):
    """The answer to a request that cannot be answered. `target` names the part of the request that is wrong."""

    def __init__(self, status: int, message: str, *, target: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.target = target
        self.headers = headers or {}

    def body(self) -> bytes:
        """`{"error": …}`, as the standard wants it."""
        error = {"code": _CODES.get(self.status, "Error"), "message": self.message}
        if self.target:
            error["target"] = self.target
        return json.dumps({"error": error}, ensure_ascii=False).encode()


_CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    410: "Gone",
    500: "InternalError",
    501: "NotImplemented",
    503: "ServiceUnavailable",
}


def wrong(message: str, target: str = "") -> ODataError:
    """400: the request breaks a rule."""
    return ODataError(400, message, target=target)


def unsupported(message: str, target: str = "") -> ODataError:
    """501: the request is right, and the feed cannot do it. What it cannot do it never leaves out silently."""
    return ODataError(501, message, target=target)
