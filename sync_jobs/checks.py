"""`hub check`: can every stream run? Settings, store, login, permissions, files: each as a finding with a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub.errors import ConfigError, HubError, PluginError, SourceUnavailable
from hub.output import say
from sync_jobs import expiring, heartbeat, show
from sync_jobs.joblist import Opened, open_instances

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.sdk.connector import Finding
    from hub.session import Session
    from sync_jobs.expiring import Expiry


@dataclass(frozen=True)
class Checked:
    """One finding about one system; `exit_code` says who has to act where it is not well."""

    source: str
    subject: str
    ok: bool
    severity: str
    detail: str
    fix: str
    exit_code: int


def check(session: Session, names: Sequence[str] = ()) -> list[Checked]:
    """Look at everything that is asked for. Raises ConfigError and UsageError only: without settings is no check."""
    now, within = datetime.now(UTC), session.hub_settings.run.expiring_within
    opened, broken = open_instances(session, names)
    findings = [*_store(session, now, within), *_permissions(session), *_heartbeat(session)]
    findings += [_failed(name, "connector", error) for name, error in broken.items()]
    for each in opened:
        findings += _instance(each, now, within)
    return findings


def _store(session: Session, now: datetime, within: timedelta) -> Iterator[Checked]:
    """The database; and what of the hub's own ends one day."""
    try:
        with session.open_store() as store:
            yield Checked("hub", "store", True, "error", f"{store.dialect}, tables of this release", "", 0)
            yield from (_ending(each, now, within) for each in expiring.of_hub(session, store, now))
    except HubError as error:
        yield _failed("hub", "store", error)


def _ending(expiry: Expiry, now: datetime, within: timedelta) -> Checked:
    """Something that ends: a warning where that is near, as the daemon tells it."""
    return Checked(
        expiry.source or "hub", expiry.subject, not expiry.is_near(now, within), "warning", expiry.text(now),
        expiry.fix, 0,
    )  # fmt: skip


def _heartbeat(session: Session) -> Iterator[Checked]:
    """Whether a monitor outside hears from `hub run`. Asking it would be a sign of life, so it is not asked."""
    from hub.settings.load import load_notifications

    try:
        settings = load_notifications(session.config_dir).heartbeat
    except ConfigError as error:  # secrets of the daemon need not be at hand here
        detail = error.mistakes[0] if error.mistakes else error.problem
        yield Checked("hub", "notifications", False, "warning", detail, "`hub run` needs it to tell anybody.", 0)
        return
    if settings is None:
        return
    told = heartbeat.last_told(session.state_dir)
    every = f"sent every {settings.every.total_seconds():.0f} s"
    text = f"{every}; {told.text}" if told is not None else f"{every}; none was sent yet, `hub run` does"
    fix = "See `hub alerts`, and `notifications: heartbeat` in hub.yaml."
    yield Checked("hub", "heartbeat", told is None or told.is_well, "warning", text, fix, 0)


def _permissions(session: Session) -> list[Checked]:
    """What others on this machine get at: a warning each, or one line that nobody does."""
    from hub.access.permissions import exposures

    found = exposures(session)
    if not found:
        return [Checked("hub", "files", True, "error", "settings, secrets, database and var/ are private", "", 0)]
    return [
        Checked("hub", "files", False, "error" if each.is_refused else "warning", f"{each.path} {each.problem}",
                each.fix, ConfigError.exit_code if each.is_refused else 0)
        for each in found
    ]  # fmt: skip


def _instance(opened: Opened, now: datetime, within: timedelta) -> Iterator[Checked]:
    yield from (_ending(each, now, within) for each in expiring.of_instance(opened.instance))
    try:
        for finding in opened.connector.check():
            yield _found(opened.name, finding)
            expiry = expiring.of_finding(opened.name, finding)
            if expiry is not None:
                yield _ending(expiry, now, within)
    except HubError as error:
        yield _failed(opened.name, opened.instance.kind, error)
    except Exception as error:  # a plugin's fault must not hide what is known of the others
        yield _failed(
            opened.name,
            opened.instance.kind,
            PluginError(f"its check failed with {type(error).__name__}.", fix="Report it to the connector's author."),
        )
    finally:
        opened.close()


def _found(source: str, finding: Finding) -> Checked:
    code = 0 if finding.ok or finding.severity != "error" else SourceUnavailable.exit_code
    return Checked(source, finding.subject, finding.ok, finding.severity, finding.detail, finding.fix, code)


def _failed(source: str, subject: str, error: HubError) -> Checked:
    return Checked(source, subject, False, "error", error.problem, error.fix, error.exit_code)


def exit_code(findings: Sequence[Checked]) -> int:
    """The worst of all findings; warnings do not count."""
    return max((finding.exit_code for finding in findings), default=0)


def tell(findings: Sequence[Checked]) -> None:
    """One line for each finding; the remedy below those that are not well, once for those that share it."""
    for finding, following in zip(findings, [*findings[1:], None], strict=True):
        mark = "ok" if finding.ok else "WARN" if finding.severity != "error" else "FAIL"
        line = f"{mark:<4}  {finding.source}: {finding.subject}: {finding.detail}"
        say(show.printable(line))
        shared = following is not None and not following.ok and following.fix == finding.fix
        if not finding.ok and finding.fix and not shared:
            say(f"      {show.printable(finding.fix)}")


def document(findings: Sequence[Checked]) -> dict[str, Any]:
    """The JSON of `hub check`: exit_code, and `findings`, one object each: source, subject, ok, severity (error or
    warning), detail, fix, exit_code."""
    from dataclasses import asdict

    return {"exit_code": exit_code(findings), "findings": [asdict(finding) for finding in findings]}
