"""How a company is reached: e-mail addresses, domains, telephone numbers, in one form each."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from hub.identity import words
from hub.identity.texts import squashed

_NOBODY = frozenset([
    "noreply", "donotreply", "nomail", "none", "unknown", "keine", "test", "na", "noemail", "nobody", "example",
    "unbekannt",
])  # fmt: skip
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NO_DIGIT = re.compile(r"\D+")
_PLAIN_PHONE = re.compile(r"[+0-9 ().-]*")
_EXTENSION = re.compile(r"(?i)(?:\b|\s)(?:ext|extension|x|durchwahl|dw|poste|int)\.?\s*\d+\s*$|/\s*\d{1,3}\s*$")


class Mail(NamedTuple):
    address: str
    domain: str
    """Empty where anybody may have a mailbox there."""


def mail(raw: str) -> Mail | None:
    """An e-mail address without tags, and its company's domain; None for what is no address or nobody's."""
    text = raw.strip().strip("<>").lower().removeprefix("mailto:")
    local, at, host = text.rpartition("@")
    host = host.strip(". ")
    if not at or "." not in host or not local or " " in host:
        return None
    local = local.partition("+")[0]
    if (_NOT_WORD.sub("", local) if local.isascii() else squashed(local)) in _NOBODY:
        return None
    return Mail(f"{local}@{host}", company_domain(host))


@lru_cache(maxsize=1 << 14)
def company_domain(host: str) -> str:
    """The part of a host that somebody registered; empty for free mail and shared hosts."""
    labels = host.strip(".").split(".")
    if len(labels) < 2 or not all(labels):
        return ""
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in words.SECOND_LEVEL else 2
    domain = ".".join(labels[-size:])
    if domain.startswith(("example.", "test.")):
        return ""
    return "" if domain in _anybodys() or (host != domain and host in _anybodys()) else domain


@cache
def _anybodys() -> frozenset[str]:
    """Hosts where anybody may have a mailbox or a page."""
    return words.FREE_MAIL | words.SHARED_HOSTS


def web_domain(raw: str) -> str:
    """The registered domain of a website; empty where it is a page on somebody else's host."""
    text = raw.strip().lower().partition("://")[2] or raw.strip().lower()
    host = re.split(r"[/?#:]", text, maxsplit=1)[0].rpartition("@")[2]
    return company_domain(host.removeprefix("www.")) if "." in host else ""


def phone(raw: str, country: str) -> str | None:
    """A telephone number in E.164; without a country code and a country to take it from, its national digits.

    None for what cannot be a number. Extensions written as such are left out. Trunk prefixes and calling codes are
    those of `phonenumbers`; its full parser is asked only for numbers that dial abroad in another way than `+` or `00`.
    """
    text = raw.strip()
    if not _PLAIN_PHONE.fullmatch(text):
        text = _EXTENSION.split(text, maxsplit=1)[0]
    if not text:
        return None
    foreign = text.startswith("+") or text.startswith("00") or text.startswith("(+")
    digits = _NO_DIGIT.sub("", text.replace("(0)", ""))
    if foreign:
        digits = digits.removeprefix("00")
        calling = next((digits[:size] for size in (3, 2, 1) if digits[:size] in _calling_codes()), "")
        national = digits[len(calling) :]
        country = _calling_codes().get(calling, "")
    else:
        calling, national = _country(country)[0], digits
    trunk = _country(country)[1] if country else ""
    if trunk and national.startswith(trunk) and country != "IT":
        national = national[len(trunk) :]
    elif not foreign and calling and len(digits) > 10 and digits.startswith(calling) and country not in ("IT",):
        national = digits[len(calling) :]
    if not 6 <= len(national) <= 14 or len(set(national)) < 3 or national in "01234567890123456789":
        return None
    return f"+{calling}{national}" if calling else national


@cache
def _calling_codes() -> dict[str, str]:
    """Calling code -> the country that its trunk prefix is taken from."""
    import phonenumbers

    return {str(code): regions[0] for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}


@cache
def _country(country: str) -> tuple[str, str]:
    """Calling code and trunk prefix of a country; empty where it is not known."""
    import phonenumbers

    found = phonenumbers.PhoneMetadata.metadata_for_region(country, None) if country else None
    return (str(found.country_code), found.national_prefix or "") if found else ("", "")
