"""`$batch`: several reads in one request. Each part is judged like an answer of its own; the first refusal is raised.

It pays where answers are small and the way is long. Versions 2 and 3 speak multipart/mixed only, version 4 JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http.client import HTTPException, parse_headers
from io import BytesIO
from typing import Any
from uuid import uuid4

from hub.errors import AuthError, HubError, SourceChanged, SourceUnavailable
from hub.sdk.http.answer import Answer, Judge, Refusal
from hub.sdk.http.decode import NotJson, decode
from hub.sdk.odata.envelope import Envelope
from hub.sdk.odata.query import Query
from hub.sdk.odata.source import ODataSource
from hub.sdk.odata.version import Version

_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/\d\.\d (\d{3})[^\r\n]*\r?\n")
_REPORT = "Report it to the connector's author."


def read_batch(source: ODataSource, queries: Sequence[Query], *, csrf: bool = False) -> list[Envelope]:
    """The first page of each query, in their order; rows are ready for maps. Follow a next link with `pages`.

    csrf  send a token, as SAP wants with every POST, even one that only reads; it lasts as long as the session
    """
    if not queries:
        return []
    urls = [source.relative(query) for query in queries]
    answers = _with_token(source, urls) if csrf else _asked(source, urls, {})
    return [source.ready(answer, query) for answer, query in zip(answers, queries, strict=True)]


def _asked(source: ODataSource, urls: list[str], headers: Mapping[str, str]) -> list[Answer]:
    """The answers of all parts. One that is cut off, or may be well the next time, makes the whole be asked again."""
    parts: list[Answer] = []

    def judge(answer: Answer) -> Refusal | None:
        refusal = source.refusal_of(answer)
        if refusal is not None:
            return refusal
        try:
            parts[:] = take(source, answer, urls)
        except HubError as error:
            return Refusal(error, again=True)
        return next(filter(None, map(source.refusal_of, parts)), None)

    is_new = source.version is Version.V4
    take, send = (_json_parts, _send_json) if is_new else (_multipart_parts, _send_multipart)
    send(source, urls, headers, judge)
    return parts


def _with_token(source: ODataSource, urls: list[str]) -> list[Answer]:
    """With the token of the session; where that one is refused, once more with a new one."""
    if source.csrf is not None:
        try:
            return _asked(source, urls, source.csrf)
        except AuthError:
            source.csrf = None
    token = _fetched_token(source)
    answers = _asked(source, urls, token)
    source.csrf = token
    return answers


def _fetched_token(source: ODataSource) -> dict[str, str]:
    """The token that belongs to the session's cookie, which the client keeps."""
    headers = {"X-CSRF-Token": "Fetch"}
    answer = source.http.request("GET", source.below_root(""), headers=headers, wants_json=False)
    token = answer.headers.get("x-csrf-token")
    return {"X-CSRF-Token": token} if token else {}


def _send_json(source: ODataSource, urls: list[str], headers: Mapping[str, str], judge: Judge) -> None:
    body = {"requests": [{"id": str(at), "method": "GET", "url": url} for at, url in enumerate(urls)]}
    source.post(source.below_root("$batch"), headers, json=body, judge=judge)


def _json_parts(source: ODataSource, answer: Answer, urls: list[str]) -> list[Answer]:
    body = answer.peek()
    told = body.get("responses") if isinstance(body, Mapping) else None
    if not isinstance(told, list) or not all(isinstance(part, dict) for part in told):
        raise SourceChanged("$batch: the answer holds no responses.", fix=_REPORT)
    by_id = {str(part.get("id")): part for part in told}
    return [_json_part(source, by_id.get(str(at)), at, url) for at, url in enumerate(urls)]


def _json_part(source: ODataSource, part: Any, at: int, url: str) -> Answer:
    if part is None or not isinstance(part.get("status"), int):
        raise SourceUnavailable(f"$batch: read {at + 1} was not answered.", fix="The next run tries again.")
    found = {str(name).lower(): str(value) for name, value in (part.get("headers") or {}).items()}
    return Answer(part["status"], found, b"", _url(source, url), part.get("body"))


def _send_multipart(source: ODataSource, urls: list[str], headers: Mapping[str, str], judge: Judge) -> None:
    boundary = f"batch_{uuid4().hex}"
    parts = (
        f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {url} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        for url in urls
    )
    body = "".join((*parts, f"--{boundary}--\r\n")).encode()
    sent = {**headers, "Content-Type": f"multipart/mixed; boundary={boundary}", "Accept": "multipart/mixed"}
    source.post(source.below_root("$batch"), sent, content=body, wants_json=False, judge=judge)


def _multipart_parts(source: ODataSource, answer: Answer, urls: list[str]) -> list[Answer]:
    parts = _parts(answer)
    if len(parts) != len(urls):
        problem = f"$batch: {len(urls)} reads were asked for and {len(parts)} answered."
        raise SourceUnavailable(problem, fix="The next run tries again; report it if it stays.")
    return [_part(source, part, url) for url, part in zip(urls, parts, strict=True)]


def _parts(answer: Answer) -> list[bytes]:
    match = _BOUNDARY.search(answer.headers.get("content-type", ""))
    if match is None:
        raise SourceChanged("$batch: the answer is no multipart.", fix=_REPORT)
    delimiter = b"--" + match[1].strip().encode()
    pieces = re.split(rb"(?:^|\r?\n)" + re.escape(delimiter), answer.body)
    return [piece for piece in pieces[1:] if not piece.startswith(b"--")]


def _part(source: ODataSource, part: bytes, url: str) -> Answer:
    match = _STATUS.search(part)
    if match is None:
        raise SourceChanged("$batch: a part of the answer has no status.", fix=_REPORT)
    stream = BytesIO(part[match.end() :])
    try:
        headers = {name.lower(): value for name, value in parse_headers(stream).items()}
    except HTTPException:
        raise SourceChanged("$batch: a part of the answer has broken headers.", fix=_REPORT) from None
    body = stream.read()
    length = headers.get("content-length", "")
    if length.isdecimal():
        if len(body) < int(length):
            raise SourceUnavailable("$batch: the answer is cut off.", fix="The next run tries again.")
        body = body[: int(length)]
    try:
        data = decode(body.strip())
    except NotJson:
        data = None
    return Answer(int(match[1]), headers, body, _url(source, url), data)


def _url(source: ODataSource, url: str) -> str:
    return f"{source.http.base_url}/{source.below_root(url)}"
