"""What ends one day, and should be renewed before: credentials, certificates, tokens.

Where a system tells the end of a credential, its connector's check says so (`Finding.expires_at`); certificates carry
theirs; for all others the admin may write `credentials_end` into the connector's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from hub.settings.load import load_certificate

if TYPE_CHECKING:
    from hub.sdk.connector import Finding
    from hub.session import Session
    from hub.settings import Instance
    from hub.store.base import Store

_DAY = timedelta(days=1)
IN_USE = timedelta(days=30)
"""A token that was not used for longer is nobody's loss."""


@dataclass(frozen=True)
class Expiry:
    """One thing with an end. `source` is the connector instance; empty where it is the hub's own."""

    source: str
    subject: str
    ends_at: datetime
    fix: str

    def is_near(self, now: datetime, within: timedelta) -> bool:
        return self.ends_at - now <= within

    def text(self, now: datetime) -> str:
        """When it ends, in words."""
        left = self.ends_at - now
        day = f"{self.ends_at:%Y-%m-%d %H:%M} UTC"
        if left <= timedelta():
            return f"it ended on {day}"
        return f"it ends on {day}, in {left // _DAY} days" if left >= 2 * _DAY else f"it ends on {day}"

    @property
    def key(self) -> str:
        """What tells it from another one; a later end is another one, since it was renewed."""
        return f"{self.subject} {self.ends_at:%Y-%m-%d}"


def of_finding(source: str, finding: Finding) -> Expiry | None:
    """What a connector's check tells."""
    if finding.expires_at is None:
        return None
    return Expiry(source, finding.subject, finding.expires_at, fix=finding.fix or "Renew it.")


def of_instance(instance: Instance) -> Iterator[Expiry]:
    """What one connector's settings tell: the day an admin wrote, and certificates beside private keys."""
    day = getattr(instance.config, "credentials_end", None)
    if day is not None:
        yield Expiry(
            instance.name, "credential", datetime.combine(day, time(), UTC) + _DAY,
            fix=f"Renew it, then correct `credentials_end` in {instance.path.name}.",
        )  # fmt: skip
    for name, value in vars(instance.config).items():
        secret = getattr(value, "get_secret_value", None)
        for ends_at in certificate_ends(secret()) if secret is not None else ():
            yield Expiry(
                instance.name, f"certificate in {name}", ends_at, fix="Give the system a new one, and renew the secret."
            )


def of_hub(session: Session, store: Store, now: datetime) -> Iterator[Expiry]:
    """The console's own certificate, and tokens for programs that are in use."""
    from hub.store.access import AccessTables

    certificate = load_certificate(session.config_dir)
    if certificate is not None:
        for ends_at in certificate_ends(_read(certificate)):
            yield Expiry("", f"certificate {certificate.name}", ends_at, fix="Renew it, then start `hub run` again.")
    for token in AccessTables(store).tokens():
        is_used = token.used_at is not None and now - token.used_at <= IN_USE
        if token.expires_at is not None and token.revoked_at is None and is_used:
            yield Expiry(
                "", f"token {token.name}", token.expires_at,
                fix=f"Make another one (`hub token create`), give it to whoever uses it, and revoke {token.name}.",
            )  # fmt: skip


def certificate_ends(text: str) -> list[datetime]:
    """The end of the first certificate in a PEM text, which is its owner's own; none where there is none."""
    if "BEGIN CERTIFICATE" not in text:
        return []
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        return []
    return [found[0].not_valid_after_utc] if found else []


def near(found: Iterable[Expiry], now: datetime, within: timedelta) -> list[Expiry]:
    """Those that end soon, or have ended, the earliest first."""
    return sorted((each for each in found if each.is_near(now, within)), key=lambda each: each.ends_at)


def _read(path: Any) -> str:
    try:
        return str(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:  # the console itself tells of a certificate that is not there
        return ""
