"""One exchange with the source over httpx: sent, received within bounds, and failures of the network translated."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from hub.errors import ConfigError, HubError, SourceChanged, SourceUnavailable
from hub.sdk.connector import Context
from hub.sdk.http.answer import Answer, Refusal
from hub.sdk.http.config import HttpConnectorConfig
from hub.sdk.http.retry import Refused
from hub.sdk.http.urls import is_loopback

_SLOWEST_ANSWER = 10
"""An answer may drip for so many times `timeout_seconds`; then it counts as hung."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# Both libraries log whole addresses, with the tokens and people's data in their queries; we log our own line.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def open_client(config: HttpConnectorConfig, context: Context, headers: dict[str, str]) -> httpx.Client:
    """The connection pool of one connector. Redirects are ours to follow; cookies stay within."""
    timeout = timeout_of(config.timeout_seconds)
    headers = {"Accept": "application/json", "User-Agent": "b2b-hub", **headers}
    if context.transport is not None:
        return httpx.Client(transport=context.transport, headers=headers, timeout=timeout, trust_env=False)
    local = is_loopback(urlsplit(config.base_url).hostname)
    return httpx.Client(
        headers=headers,
        timeout=timeout,
        verify=_trust(config, Path(context.base_dir)),
        proxy=_proxy(config),
        trust_env=not local,
        limits=httpx.Limits(max_connections=config.max_in_flight + 2, max_keepalive_connections=config.max_in_flight),
    )


@lru_cache(8)
def timeout_of(seconds: float) -> httpx.Timeout:
    """How long the source may be silent; a connection must be there sooner."""
    return httpx.Timeout(seconds, connect=min(10.0, seconds))


def _trust(config: HttpConnectorConfig, base_dir: Path) -> ssl.SSLContext | bool:
    if not config.verify_tls:
        return False
    if config.ca_bundle is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(base_dir / config.ca_bundle))
    except OSError as error:
        raise ConfigError(
            f"the certificates in {config.ca_bundle} cannot be read: {error.strerror or type(error).__name__}.",
            fix="Set `ca_bundle` to a PEM file.",
        ) from None


def _proxy(config: HttpConnectorConfig) -> httpx.Proxy | None:
    if config.proxy is None:
        return None
    user, _, password = (config.proxy_auth.get_secret_value() if config.proxy_auth else "").partition(":")
    return httpx.Proxy(config.proxy, auth=(user, password) if user else None)


@contextmanager
def network(timeout_seconds: float, *, repeatable: bool) -> Iterator[None]:
    """Failures of the network within become `Refused`; only what cannot have been carried out is sent again."""
    try:
        yield
    except httpx.TransportError as error:
        again = repeatable or isinstance(error, _NEVER_SENT)
        raise Refused(Refusal(_translated(error, timeout_seconds), again and not _is_certificate(error))) from error
    except httpx.InvalidURL as error:
        raise Refused(Refusal(SourceChanged("the source gave an address that is none.", fix="Report it."))) from error
    except httpx.DecodingError as error:
        broken = SourceUnavailable("the answer's compression is broken.", fix="The next run tries again.")
        raise Refused(Refusal(broken, repeatable)) from error


def _translated(error: httpx.TransportError, timeout_seconds: float) -> HubError:
    later = "Check the network, `base_url` and the system itself; the next run tries again."
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return SourceUnavailable("the source does not take a connection (timeout).", fix=later)
    if isinstance(error, httpx.TimeoutException):
        return SourceUnavailable(f"the source does not answer (timeout after {timeout_seconds:g} s).", fix=later)
    if _is_certificate(error):
        return SourceUnavailable(
            "the source's certificate is not trusted.", fix="Set `ca_bundle` to the authority's certificates."
        )
    if isinstance(error, httpx.ConnectError):
        return SourceUnavailable("the source cannot be reached.", fix=later)
    if isinstance(error, httpx.ProxyError):
        return SourceUnavailable("the proxy does not let us through.", fix="Check `proxy` and `proxy_auth`.")
    if isinstance(error, httpx.UnsupportedProtocol):
        return SourceChanged("the source points to an address that is neither http nor https.", fix="Report it.")
    return SourceUnavailable("the source broke off the answer.", fix=later)


def _is_certificate(error: BaseException) -> bool:
    return isinstance(error, httpx.ConnectError) and "CERTIFICATE" in str(error).upper()


def receive(
    response: httpx.Response, *, max_bytes: int, timeout_seconds: float, monotonic: Callable[[], float]
) -> Answer:
    """Read an answer whole, but neither more bytes nor longer than agreed."""
    deadline = monotonic() + timeout_seconds * _SLOWEST_ANSWER
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > max_bytes:
            raise SourceChanged(
                f"the answer is larger than {max_bytes // 2**20} MiB.",
                fix="Ask for smaller pages, or raise `max_answer_mb`.",
            )
        if monotonic() > deadline:
            raise httpx.ReadTimeout("the answer drips", request=response.request)
        chunks.append(chunk)
    return Answer(response.status_code, response.headers, b"".join(chunks), str(response.url))


def redirect_of(response: httpx.Response) -> str | None:
    """Where a redirect leads; None when the answer is none."""
    location: str | None = response.headers.get("location")
    return location if response.status_code in {301, 302, 303, 307, 308} and location else None


def form_of(form: dict[str, Any] | None) -> dict[str, str] | None:
    return None if form is None else {name: str(value) for name, value in form.items()}
