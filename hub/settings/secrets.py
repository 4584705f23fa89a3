"""Secrets by reference: `${env:NAME}` (short: `${NAME}`), `${file:/run/secrets/name}`, `${keyring:service/user}`.

A secret setting is exactly one reference; any other may hold references inside its text. `$${` is a literal `${`.
What a reference yields for a secret setting, or for a password inside a URL, is made known to the log, which hides it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from hub import log
from hub.errors import PluginError

REFERENCE_PATTERN = r"\$\{(?:(?:env:)?[A-Za-z_][A-Za-z0-9_]*|file:[^{}]+|keyring:[^{}/]+/[^{}]+)\}"
"""One reference, as a regular expression that JSON Schema understands too."""

HOW_TO_WRITE = "Write ${env:NAME}, ${file:/run/secrets/name} or ${keyring:service/user}"
MAX_SECRET_BYTES = 64_000

_ANY = re.compile(r"\$?\$\{([^{}]*)\}?")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USERINFO = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<userinfo>(?:\$\{[^{}]*\}|[^/?#\s])*)@")


class Unresolved(Exception):
    """A reference that is not written properly, or leads nowhere. The text never holds what was read."""


class Reference(NamedTuple):
    """Where a secret lies."""

    scheme: str
    target: str

    def __str__(self) -> str:
        return f"${{{self.scheme}:{self.target}}}"


def is_reference(text: str) -> bool:
    """Whether the text is one reference and nothing else."""
    match = _ANY.fullmatch(text.strip())
    return bool(match) and not text.strip().startswith("$$") and text.strip().endswith("}")


def has_reference(text: str) -> bool:
    """Whether `interpolate` would change the text, or refuse it."""
    return "${" in text


def references(text: str) -> list[Reference]:
    """All references inside a text. Raises Unresolved for one that is not written properly."""
    return [_reference(match) for match in _ANY.finditer(text) if not match[0].startswith("$$")]


def resolve_secret(text: str, base: Path) -> str:
    """What a secret setting's single reference yields; the log hides it from now on."""
    value = _value(references(text)[0], base)
    log.hide(value)
    return value


def interpolate(text: str, base: Path) -> str:
    """Every reference in the text replaced. In a URL's user and password part, values are percent-encoded."""
    userinfo = _USERINFO.match(text)
    end = userinfo.end() if userinfo else 0

    def replace(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        reference = _reference(match)
        value = _value(reference, base)
        if match.start() < end or reference.scheme != "env":
            log.hide(value)
        return quote(value, safe="") if match.start() < end else value

    return _ANY.sub(replace, text)


def literal_password(text: str) -> bool:
    """Whether a URL carries a password that is written out: `scheme://user:password@host`."""
    userinfo = _USERINFO.match(text)
    if not userinfo:
        return False
    _, colon, password = _outside_references(userinfo["userinfo"]).partition(":")
    return bool(colon and password)


def is_set(reference: Reference, base: Path) -> bool:
    """Whether a variable or file is there. A keyring is not asked: it might ask its user for a password."""
    if reference.scheme == "env":
        return bool(os.environ.get(reference.target))
    return reference.scheme != "file" or (base / Path(reference.target).expanduser()).is_file()


def _outside_references(text: str) -> str:
    return re.sub(r"\$\{[^{}]*\}", "", text)


def _reference(match: re.Match[str]) -> Reference:
    if not match[0].endswith("}"):
        raise Unresolved("a `${` without its `}`. Close it, or write `$${` for a literal `${`.")
    scheme, colon, target = match[1].partition(":")
    if not colon:
        scheme, target = "env", scheme
    if scheme not in _RESOLVERS:
        raise Unresolved(f"`${{{scheme[:20]}:…}}` is no kind of reference. {HOW_TO_WRITE}.")
    target = target.strip()
    if scheme == "env" and not _ENV_NAME.fullmatch(target):
        raise Unresolved("a reference without a valid variable name. Write ${env:NAME} with letters, digits and _.")
    if not target:
        raise Unresolved(f"an empty reference. {HOW_TO_WRITE}.")
    return Reference(scheme, target)


def _value(reference: Reference, base: Path) -> str:
    value = _RESOLVERS[reference.scheme](reference.target, base)
    if not value:
        raise Unresolved(f"{reference} is empty. Put the secret there.")
    return value


def _from_env(name: str, base: Path) -> str:
    value = os.environ.get(name)
    if value is None:
        raise Unresolved(f"the environment variable {name} is not set. Set it before `hub` starts.")
    return value


def _from_file(name: str, base: Path) -> str:
    path = base / Path(name).expanduser()
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unresolved(f"the file {name} cannot be read ({reason}). Put the secret there.") from None
    if len(raw) > MAX_SECRET_BYTES:
        raise Unresolved(f"the file {name} is larger than {MAX_SECRET_BYTES:,} bytes; that is no secret.")
    try:
        return raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Unresolved(f"the file {name} is not UTF-8 text.") from None


def _from_keyring(target: str, base: Path) -> str:
    try:
        import keyring
    except ImportError:
        raise PluginError(
            "${keyring:…} needs the library keyring, which is not installed.",
            fix="Run `pip install 'b2b-hub[keyring]'`.",
        ) from None
    service, _, user = target.rpartition("/")
    if not service or not user:
        raise Unresolved("a keyring reference needs both parts: ${keyring:service/user}.")
    try:
        value = keyring.get_password(service, user)
    except Exception as error:  # a backend may raise anything; its text might tell more than it should
        raise Unresolved(
            f"the keyring cannot be opened ({type(error).__name__}). Check it with the command `keyring get`."
        ) from None
    if value is None:
        raise Unresolved(f"the keyring holds nothing for {target}. Store it with `keyring set {service} {user}`.")
    return value


_RESOLVERS: dict[str, Callable[[str, Path], str]] = {"env": _from_env, "file": _from_file, "keyring": _from_keyring}
