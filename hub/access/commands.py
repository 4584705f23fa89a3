"""`hub user`, `hub token`, `hub audit`: each only parses, calls and prints. The command line is an admin's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hub.access.principal import Scope
from hub.errors import UsageError
from hub.output import JsonOption, print_json, say, talk

if TYPE_CHECKING:
    from hub.access import Gate, Principal
    from hub.session import Session

user = typer.Typer(help="People who may log in to the console with a password.", no_args_is_help=True)
token = typer.Typer(help="Tokens for programs: the JSON API, the OData feed, Prometheus.", no_args_is_help=True)
audit = typer.Typer(help="Who did what, when and from where.", no_args_is_help=True)

RoleName = Literal["viewer", "operator", "admin"]
Name = Annotated[str, typer.Argument(help="Name to log in with.")]
NewRole = Annotated[RoleName, typer.Argument(help="The new role.")]
RoleOption = Annotated[
    RoleName, typer.Option("--role", help="viewer reads, operator also runs and decides, admin may do everything.")
]
_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
Since = Annotated[datetime | None, typer.Option("--since", formats=_DAYS, help="Only from this moment on, UTC.")]


# -- people ------------------------------------------------------------------------------------------------------


@user.command("add")
def add_user(context: typer.Context, name: Name, *, role: RoleOption = "viewer") -> None:
    """Add somebody. The password is asked for, or read from stdin: never give it as an argument."""
    from hub.access import Role

    with _gate(context.obj) as (gate, admin):
        added = gate.people.add_user(admin, name, Role(role), _new_password())
        say(f"added {added.name} ({added.role})")


@user.command("list")
def list_users(context: typer.Context, as_json: JsonOption = False) -> None:
    """Everybody who has a password, with role and last login."""
    with _gate(context.obj) as (gate, _):
        users = gate.people.users()
    if as_json:
        print_json(
            {"users": [{"name": each.name, "role": each.role, "created_at": each.created_at, "changed_at":
                        each.changed_at, "last_login_at": each.seen_at} for each in users]}
        )  # fmt: skip
        return
    for each in users:
        say(f"{each.name:<24} {each.role:<9} last login {_moment(each.seen_at)}")
    if not users:
        say("There are no users: on this machine everybody is admin in the console, and nobody else gets in.")


@user.command("role")
def set_role(
    context: typer.Context, name: Name, role: Annotated[RoleName, typer.Argument(help="The new role.")]
) -> None:
    """Give somebody another role. Whoever it is has to log in again."""
    from hub.access import Role

    with _gate(context.obj) as (gate, admin):
        ended = gate.people.set_role(admin, name, Role(role))
        say(f"{name} is {role} now; {_sessions(ended)}")


@user.command("password")
def set_password(context: typer.Context, name: Name) -> None:
    """Give somebody another password: asked for, or read from stdin. Whoever it is has to log in again."""
    with _gate(context.obj) as (gate, admin):
        if all(each.name != name.strip().casefold() for each in gate.people.users()):
            raise UsageError(f"there is no user `{name}`.", fix="See `hub user list`.")
        ended = gate.people.set_password(admin, name, _new_password())
        say(f"{name} has a new password; {_sessions(ended)}")


@user.command("remove")
def remove_user(context: typer.Context, name: Name) -> None:
    """Let somebody in no longer. What they did stays in the audit log."""
    with _gate(context.obj) as (gate, admin):
        ended = gate.people.remove_user(admin, name)
        say(f"removed {name}; {_sessions(ended)}")
        if not gate.people.users():
            talk("That was the last user: on this machine everybody is admin in the console now.")


# -- tokens ------------------------------------------------------------------------------------------------------


@token.command("create")
def create_token(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for; OData clients give it as the user's name.")],
    *,
    scopes: Annotated[list[Scope], typer.Option("--scope", help="api, odata or metrics; may be given several times.")],
    role: RoleOption = "viewer",
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Days until it ends.")] = 365,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it: now, and never again."""
    from datetime import timedelta

    from hub.access import Role

    with _gate(context.obj) as (gate, admin):
        secret = gate.people.create_token(admin, name, Role(role), scopes, timedelta(days=days))
    if as_json:
        print_json(
            {
                "name": name.strip().casefold(),
                "token": secret,
                "scopes": sorted(scope.value for scope in scopes),
                "role": role,
            }
        )
        return
    talk(f"This is the token `{name}`. It is shown only now; the hub keeps no copy.")
    say(secret)


@token.command("list")
def list_tokens(context: typer.Context, as_json: JsonOption = False) -> None:
    """All tokens, without the tokens themselves."""
    from datetime import UTC

    with _gate(context.obj) as (gate, _):
        tokens = gate.people.tokens()
    now = datetime.now(UTC)
    if as_json:
        print_json(
            {"tokens": [{"name": each.name, "role": each.role, "scopes": each.scopes.split(), "valid":
                         each.is_valid(now), "created_at": each.created_at, "created_by": each.created_by, "expires_at":
                         each.expires_at, "used_at": each.used_at, "revoked_at": each.revoked_at} for each in tokens]}
        )  # fmt: skip
        return
    for each in tokens:
        state = "valid" if each.is_valid(now) else "revoked" if each.revoked_at else "expired"
        say(
            f"{each.name:<24} {each.role:<9} {each.scopes:<18} {state:<8} until {_moment(each.expires_at)}"
            f"  last used {_moment(each.used_at)}"
        )
    if not tokens:
        say("There are no tokens.")


@token.command("revoke")
def revoke_token(context: typer.Context, name: Annotated[str, typer.Argument(help="The token's name.")]) -> None:
    """Refuse a token from now on."""
    with _gate(context.obj) as (gate, admin):
        gate.people.revoke_token(admin, name)
        say(f"revoked {name}")


# -- the audit log -----------------------------------------------------------------------------------------------


@audit.command("list")
def list_audit(
    context: typer.Context,
    *,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=_DAYS, help="Only from this moment on, UTC.")
    ] = None,
    who: Annotated[str | None, typer.Option("--who", help="Only what this person or token did.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="Only this, such as erase or user.add.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """Changes, and looks at personal data, the newest first."""
    import json
    from datetime import UTC

    moment = since.replace(tzinfo=UTC) if since is not None else None
    with _gate(context.obj) as (gate, _):
        entries = gate.log.entries(since=moment, who=who, action=action, limit=limit)
        kept = gate.log.kept(context.obj.hub_settings.retention.audit_days)
    if as_json:
        print_json(
            {"kept_days": kept.days, "removed_before": kept.removed_before, "removed": kept.removed,
             "entries": [{"id": each.id, "at": each.at, "who": each.who, "role": each.role, "via": each.via, "address":
                          each.address, "action": each.action, "subject": each.subject, "detail":
                          json.loads(each.detail)} for each in entries]}
        )  # fmt: skip
        return
    for each in entries:
        place = f" from {each.address}" if each.address else ""
        detail = "" if each.detail == "{}" else f"  {each.detail}"
        who_text = f"{each.who or 'somebody'} ({each.via}{place})"
        say(_printable(f"{_moment(each.at)}  {who_text}: {each.action} {each.subject}{detail}"))
    if not entries:
        say("Nothing is noted.")
    talk(kept.text)


# -- what they share ---------------------------------------------------------------------------------------------


@contextmanager
def _gate(session: Session) -> Iterator[tuple[Gate, Principal]]:
    """The gate, and whoever sits before the command line."""
    from hub.access import Gate
    from hub.access.person import at_the_command_line

    with session.open_store() as store:
        yield Gate(store), at_the_command_line()


def _new_password() -> str:
    """Typed twice on a terminal, else the first line of stdin."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line.strip():
            raise UsageError("no password came from stdin.", fix="Run it on a terminal, or pipe the password into it.")
        return line.rstrip("\r\n")
    import getpass

    first = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != first:
        raise UsageError("the two passwords differ.", fix="Run it again.")
    return first


def _sessions(ended: int) -> str:
    return f"{ended} session{'' if ended == 1 else 's'} ended"


def _moment(at: datetime | None) -> str:
    return "never" if at is None else at.strftime("%Y-%m-%d %H:%M:%SZ")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def hub_cli(app: typer.Typer) -> None:
    """Add `hub user`, `hub token`, `hub audit` and `hub erase`."""
    from hub.access.erase.commands import erase

    app.command("erase")(erase)
    app.add_typer(user, name="user")
    app.add_typer(token, name="token")
    app.add_typer(audit, name="audit")
