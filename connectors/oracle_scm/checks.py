"""`hub check` for a pod: login, versions, then permission, attributes and cursor of each stream, data access, clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connectors.oracle_scm.config import API_VERSION
from connectors.oracle_scm.conversions import UNITS
from connectors.oracle_scm.plan import source_of
from connectors.oracle_scm.refusals import NotAllowed, NotThere
from connectors.oracle_scm.streams import Source
from hub.sdk import AuthError, ConfigError, Finding, HubError, ReadRequest, Stream

if TYPE_CHECKING:
    from connectors.oracle_scm.source import OracleScmConnector

_SKEW_SECONDS = 120
_SHOWN = 12


def findings(connector: OracleScmConnector) -> Iterator[Finding]:
    """All findings, the login first. Raises AuthError where it is refused, and what says that no pod is there."""
    yield from _versions(connector)
    for stream in enabled(connector):
        yield from _stream(connector, stream)
    yield from _organizations(connector)
    yield from _units(connector)
    yield Finding("quota", True, "Oracle publishes none; 429 is heeded: see `requests_per_second`, `max_in_flight`")
    yield from _clock(connector)


def enabled(connector: OracleScmConnector) -> list[Stream]:
    """The streams that are synced under these settings."""
    named = connector.config.streams
    return [each for each in connector.streams if not named or (each.name in named and named[each.name].enabled)]


def _versions(connector: OracleScmConnector) -> Iterator[Finding]:
    """The root tells which versions there are; pods may hide it."""
    config = connector.config
    login = f"as {config.username or config.client_id}, by {'Basic' if config.is_basic else 'OAuth'}"
    try:
        answer = connector.api.get("/fscmRestApi/resources").data
    except (NotThere, NotAllowed):
        yield Finding("login", True, login)
        yield Finding("API version", True, f"{API_VERSION}; the pod does not tell which it offers")
        return
    yield Finding("login", True, login)
    items = answer.get("items") if isinstance(answer, Mapping) else None
    offered = {str(each.get("version")): each for each in items or () if isinstance(each, Mapping)}
    if offered and API_VERSION not in offered:
        fix = "Install a newer version of the connector."
        yield Finding("API version", False, f"{API_VERSION} is not among {', '.join(sorted(offered))}", fix=fix)
        return
    yield Finding("API version", True, f"{API_VERSION}; Oracle announces no end, and adds attributes every quarter")
    yield from _framework(config.framework_version, offered.get(API_VERSION))


def _framework(ours: int, told: Any) -> Iterator[Finding]:
    extension = told.get("adf:extension") if isinstance(told, Mapping) else None
    allowed = extension.get("allowedFrameworkVersions") if isinstance(extension, Mapping) else None
    if isinstance(allowed, list) and str(ours) not in map(str, allowed):
        listed = ", ".join(map(str, allowed))
        fix = "Set `framework_version` to one of them, 3 or more."
        yield Finding("framework version", False, f"{ours} is not among {listed}", fix=fix)
    else:
        yield Finding("framework version", True, str(ours))


def _stream(connector: OracleScmConnector, stream: Stream) -> Iterator[Finding]:
    """The description is read and compared with the maps, then one row with all attributes that the maps want."""
    source, subject = source_of(connector.config, stream), f"stream {stream.name}"
    try:
        plan = connector.plan(stream)
        total = connector.count(ReadRequest(stream, None, connector.context.now()))
        connector.api.page(plan.wanted, connector.slices(plan)[0], limit=1)
    except NotThere as error:
        yield _absent(connector, stream, source, error)
        return
    except AuthError as error:
        yield Finding(subject, False, error.problem, fix=f"{error.fix} Privilege: {source.privilege}.")
        return
    except ConfigError as error:
        yield Finding(subject, False, error.problem, fix=error.fix)
        return
    except HubError as error:
        yield Finding(subject, False, error.problem, fix=error.fix or "Report it to the connector's author.")
        return
    yield from _readable(subject, source, total, plan.cursor is not None or not source.cursors)
    if plan.missing:
        listed = "; ".join(plan.missing[:_SHOWN]) + ("; …" if len(plan.missing) > _SHOWN else "")
        yield Finding(
            f"{subject}: attributes", False, f"{source.resource} lacks {len(plan.missing)}: {listed}",
            fix="These columns stay empty. If the pod names the attribute otherwise, write it under `fields:`; if a "
            "role or a feature hides it, grant or opt in. The others are no mistake.",
            severity="warning",
        )  # fmt: skip


def _readable(subject: str, source: Source, total: int | None, has_cursor: bool) -> Iterator[Finding]:
    if total == 0:
        yield Finding(
            subject, False, f"{source.resource} shows no row",
            fix="If there should be some, give the user data access to the business units or organizations: Oracle "
            "hides rows instead of refusing them.",
            severity="warning",
        )  # fmt: skip
    else:
        rows = "rows that Oracle does not count" if total is None else f"{total} rows"
        yield Finding(subject, True, f"{source.resource} may be read: {rows}")
    if not has_cursor:
        yield Finding(
            f"{subject}: changes", False, f"{source.resource} cannot be filtered by {' or '.join(source.cursors)}",
            fix="Every run reads all of it: schedule it seldom.", severity="warning",
        )  # fmt: skip


def _absent(connector: OracleScmConnector, stream: Stream, source: Source, error: NotThere) -> Finding:
    wanted = not source.optional or stream.name in connector.config.streams
    return Finding(
        f"stream {stream.name}", False, f"{source.resource}: {error.problem}",
        fix=f"Give the user a role with the privilege {source.privilege}; or list under `streams:` those you want, "
        "without it.",
        severity="error" if wanted else "warning",
    )  # fmt: skip


def _organizations(connector: OracleScmConnector) -> Iterator[Finding]:
    """What the user's data access lets through: rows of other organizations do not exist for it."""
    if not {"stock", "products"} & {stream.name for stream in enabled(connector)}:
        return
    try:
        yield Finding(
            "organizations", True,
            f"stock of {', '.join(connector.organizations)}; items of {', '.join(connector.masters)}",
        )  # fmt: skip
    except HubError as error:
        yield Finding("organizations", False, error.problem, fix=error.fix)


def _units(connector: OracleScmConnector) -> Iterator[Finding]:
    """Whether quantities can be told in primary units. Nothing else is lost where they cannot."""
    if not connector.config.base_quantities or not {"orders", "purchase_orders"} & {s.name for s in enabled(connector)}:
        return
    try:
        for resource in UNITS:
            connector.api.describe(resource)
    except HubError as error:
        yield Finding(
            "units", False, f"{resource}: {error.problem}", severity="warning",
            fix="Quantities are told as ordered only. Give the user View Units of Measure, or set "
            "`base_quantities: false`.",
        )  # fmt: skip
    else:
        yield Finding("units", True, "quantities are told in the items' primary units, too")


def _clock(connector: OracleScmConnector) -> Iterator[Finding]:
    skew = connector.api.skew
    seconds = 0.0 if skew is None else skew.total_seconds()
    if abs(seconds) <= _SKEW_SECONDS:
        yield Finding("clock", True, f"within {_SKEW_SECONDS} s of the pod's")
        return
    yield Finding(
        "clock", False, f"this machine's is {abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} the pod's",
        fix="Switch on time synchronisation (NTP): assertions carry the time.", severity="warning",
    )  # fmt: skip
