"""What `hub check` tells of an environment: login, version, clock, limits, and each table with its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.environment import Environment
from connectors.dynamics.plan import Plan, Planner
from connectors.dynamics.streams import source_of
from hub.sdk import AuthError, ConfigError, Finding, SourceChanged, Stream
from hub.sdk.odata import Query

_SKEW_SECONDS = 120
_ORGANISATION = "Global"
_LOW_SHARE = 1000


def findings(
    environment: Environment, planner: Planner, config: DynamicsConfig, streams: Sequence[Stream]
) -> Iterator[Finding]:
    """Each as soon as it is known. A login that fails raises: nothing else can be looked at then."""
    answer = environment.http.request("GET", "WhoAmI()")
    user = answer.data.get("UserId") if isinstance(answer.data, dict) else None
    if not isinstance(user, str):
        raise SourceChanged("WhoAmI tells no user.", fix="Check `base_url`: it must be the environment's address.")
    yield Finding("login", True, f"as application {config.client_id}, user {user}")
    yield _version(environment, config)
    yield _clock(answer.headers.get("date"), environment.context.now())
    yield _limits(environment)
    yield _currency(environment)
    depths = _depths(environment, user)
    for stream in streams:
        if not config.streams or (stream.name in config.streams and config.streams[stream.name].enabled):
            yield from _stream(environment, planner, config, stream, depths)


def _version(environment: Environment, config: DynamicsConfig) -> Finding:
    told = environment.ask("RetrieveVersion()").get("Version")
    text = f"Web API v{config.api_version}, Dataverse {told}; no end of v9 has been announced"
    older = isinstance(told, str) and told.split(".")[:2] < config.api_version.split(".")
    if older:
        return Finding("API version", False, text, fix="Set `api_version` to what the server has.", severity="warning")
    return Finding("API version", True, text)


def _clock(date: str | None, now: datetime) -> Finding:
    try:
        ahead = (parsedate_to_datetime(date or "") - now).total_seconds()
    except (TypeError, ValueError):
        return Finding("clock", True, "the server tells no time")
    if abs(ahead) <= _SKEW_SECONDS:
        return Finding("clock", True, f"within {_SKEW_SECONDS} s of the server's")
    return Finding(
        "clock",
        False,
        f"this machine's is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} the server's",
        fix="Switch on time synchronisation (NTP): tables without change tracking are read by time.",
        severity="warning",
    )


def _limits(environment: Environment) -> Finding:
    left = environment.protection.remaining
    if left is None:
        return Finding("service protection", True, "the server tells no remaining requests")
    text = f"{left} of 6000 requests left in these five minutes"
    if left >= _LOW_SHARE:
        return Finding("service protection", True, text)
    return Finding(
        "service protection", False, text, severity="warning",
        fix="Give the hub an application user of its own: the limit counts all that one user asks.",
    )  # fmt: skip


def _currency(environment: Environment) -> Finding:
    fix = "Give the role read access to Organization and Currency."
    try:
        code = environment.base_currency()
    except AuthError as error:
        return Finding("base currency", False, error.problem, fix=fix)
    if code:
        return Finding("base currency", True, code)
    return Finding("base currency", False, "the organisation tells none, so amounts in it are left out", fix=fix)


def _depths(environment: Environment, user: str) -> dict[str, str]:
    """Privilege -> how far it reaches; empty where the server does not tell."""
    try:
        answer = environment.ask(f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()")
    except (AuthError, SourceChanged):
        return {}
    told = answer.get("RolePrivileges")
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    return {str(row["PrivilegeName"]).lower(): str(row.get("Depth")) for row in rows if row.get("PrivilegeName")}


def _stream(
    environment: Environment, planner: Planner, config: DynamicsConfig, stream: Stream, depths: dict[str, str]
) -> Iterator[Finding]:
    source = source_of(config, stream.name)
    try:
        plan = planner.plan(stream)
        if plan is not None:
            environment.odata(plan).count(Query(plan.entity_set))
    except (AuthError, ConfigError) as error:
        yield Finding(stream.name, False, error.problem, fix=error.fix)
        return
    if plan is None:
        needed = stream.name in config.streams or not source.app
        fix = f"Install {source.app}, or leave the stream out." if needed else ""
        yield Finding(stream.name, not needed, f"no table {source.table} here ({source.app or 'built in'})", fix=fix)
        return
    yield Finding(stream.name, True, f"{plan.entity_set}, {len(plan.columns)} columns{_missing(plan)}")
    yield from _depth(stream, source.privilege, depths)
    if not plan.tracked:
        yield Finding(
            stream.name, False, f"{plan.table} does not track changes, so deletions are not seen", severity="warning",
            fix="Switch on Track changes in the table's advanced options; until then run `hub sync --verify` at times.",
        )  # fmt: skip


def _missing(plan: Plan) -> str:
    return f"; not in this environment: {', '.join(plan.missing)}" if plan.missing else ""


def _depth(stream: Stream, privilege: str, depths: dict[str, Any]) -> Iterator[Finding]:
    depth = depths.get(privilege.lower())
    if depth is not None and depth != _ORGANISATION:
        yield Finding(
            stream.name, False, f"{privilege} reaches {depth} only, so rows of others are missing without a word",
            fix="Give the role this privilege at organisation level.", severity="warning",
        )  # fmt: skip
