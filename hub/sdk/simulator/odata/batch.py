"""`$batch` with reads in it: multipart in V2, JSON or multipart in V4. Change sets are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hub.sdk.simulator.base import Refuse
from hub.sdk.simulator.odata.ask import Ask, Reply
from hub.sdk.simulator.odata.dialect import Dialect
from hub.sdk.simulator.odata.results import encode

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_MOST = 100
_REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 404: "Not Found"}
_LINE = b"\r\n"

Answer = Callable[[Ask], Reply]


def answer(ask: Ask, body: bytes, single: Answer, dialect: Dialect) -> Reply:
    """Every request's answer, in order. Refuse(400) where the batch is none, or wants more than reading."""
    kind = ask.headers.get("content-type", "")
    try:
        if kind.startswith("application/json"):
            return _json(ask, msgspec.json.decode(body), single)
        boundary = _BOUNDARY.search(kind)
        if not kind.startswith("multipart/mixed") or boundary is None:
            raise ValueError("a batch is multipart/mixed or JSON")
        return _multipart(ask, body, boundary[1].encode(), single)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refuse(400, dialect.error_body("BadRequest", f"The batch cannot be read: {error}.")) from None


def _inner(ask: Ask, method: str, url: str, headers: Mapping[str, str]) -> Ask:
    if method != "GET":
        raise ValueError("only GET is taken")
    parts = urlsplit(url)
    root = urlsplit(ask.root).path
    path = parts.path.removeprefix(root) if parts.path.startswith(root) else parts.path
    if path.startswith("/"):
        raise ValueError(f"{url} is not below the service's root")
    lowered = {name.lower(): value for name, value in headers.items()}
    inherited = {name: ask.headers[name] for name in ("accept", "prefer") if name in ask.headers}
    segments = tuple(part for part in path.split("/") if part)
    return Ask(ask.root, segments, parts.query, inherited | lowered, ask.request)


def _json(ask: Ask, body: Any, single: Answer) -> Reply:
    asked = body["requests"]
    if len(asked) > _MOST:
        raise ValueError(f"more than {_MOST} requests")
    responses = []
    for each in asked:
        reply = single(_inner(ask, each["method"].upper(), each["url"], each.get("headers", {})))
        responses.append({
            "id": each["id"], "status": reply.status, "headers": {"content-type": reply.kind, **reply.headers},
            "body": msgspec.Raw(reply.body) if reply.kind == "application/json" else reply.body.decode(),
        })  # fmt: skip
    return Reply(200, encode({"responses": responses}))


def _multipart(ask: Ask, body: bytes, boundary: bytes, single: Answer) -> Reply:
    parts = body.split(b"--" + boundary)[1:-1]
    if not parts or len(parts) > _MOST:
        raise ValueError(f"1 to {_MOST} parts are taken")
    sent = []
    for part in parts:
        head, _, request = part.strip(_LINE).replace(_LINE, b"\n").partition(b"\n\n")
        if b"application/http" not in head.lower():
            raise ValueError("a part is not application/http")
        lines, _, _ = request.decode().partition("\n\n")
        first, *headers = lines.strip().split("\n")
        method, url, _ = first.split(" ", 2)
        named = (line.partition(":") for line in headers)
        reply = single(_inner(ask, method, url, {name: value.strip() for name, _, value in named}))
        sent.append(_part(reply))
    own = b"batch-response"
    text = b"".join(b"--" + own + _LINE + each for each in sent) + b"--" + own + b"--" + _LINE
    return Reply(202, text, f"multipart/mixed; boundary={own.decode()}")


def _part(reply: Reply) -> bytes:
    lines = [
        "Content-Type: application/http", "Content-Transfer-Encoding: binary", "",
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Error')}", f"Content-Type: {reply.kind}",
        f"Content-Length: {len(reply.body)}", *(f"{name}: {value}" for name, value in reply.headers.items()), "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + reply.body + _LINE
