"""Which addresses the hub talks to, and how an address is shown to people."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urljoin, urlsplit

from pydantic import AfterValidator, ValidationInfo

from hub.errors import SourceChanged

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str | None) -> bool:
    """Whether the host is this machine, judged by its name alone: nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def checked_url(url: str, *, allow_insecure_http: bool = False) -> str:
    """The address without a trailing slash. ValueError, with the reason in plain words, where we must not use it."""
    parts = _split(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("expected an address like https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address holds a user name or password; use the settings for credentials")
    if parts.query or parts.fragment:
        raise ValueError("the address must end before `?` and `#`")
    if parts.scheme == "http" and not allow_insecure_http and not is_loopback(parts.hostname):
        raise ValueError(
            "plain http:// would send the credentials unencrypted; use https://, or set `allow_insecure_http: true`"
        )
    return url.rstrip("/")


def _split(url: str) -> SplitResult:
    if any(character.isspace() for character in url):
        raise ValueError("the address holds a blank")
    parts = urlsplit(url)
    _ = parts.port  # urlsplit checks the port only when asked; ValueError says what is wrong with it
    return parts


def _validated(url: str, info: ValidationInfo) -> str:
    return checked_url(url, allow_insecure_http=bool(info.data.get("allow_insecure_http")))


ApiUrl = Annotated[str, AfterValidator(_validated)]
"""A setting that holds an address: https, or http for this machine, or any where `allow_insecure_http` is set."""


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: who gets the credentials."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)


def resolve(base: str, path: str) -> str:
    """The address of a path below `base`, of a path from the host's root (`/…`), or of a link of the same host."""
    if urlsplit(path).scheme or path.startswith("/"):
        return follow(base, path)
    return f"{base}/{path}" if path else base


def follow(here: str, link: str) -> str:
    """The address a link in an answer from `here` leads to, byte for byte, relative or full.

    A link with http:// to an https:// host is followed with https://, since proxies in front of old servers write such.
    SourceChanged for a link to any other host: our credentials stay here.
    """
    there = urljoin(here, link)
    if origin(there) == origin(here):
        return there
    secure = "https:" + there.removeprefix("http:") if there.startswith("http:") else there
    if origin(secure) == origin(here):
        return secure
    raise SourceChanged(
        f"the source points to another host: {urlsplit(there).hostname}.",
        fix="Credentials are not sent there. If that host is the right one, set `base_url` to it.",
    )


def from_root(url: str) -> str:
    """Path and query of a link, byte for byte: what is kept to go on later, also when the host has moved."""
    parts = urlsplit(url)
    return url[url.index(parts.netloc) + len(parts.netloc) :] if parts.netloc else url


def shown(url: str, redact: Callable[[str], str] = str) -> str:
    """An address for a log or an error: the path alone, since queries hold tokens and people's data."""
    return redact(urlsplit(url).path or "/")
