"""Tables of access: people, their sessions and tokens, what was done, and who was erased: see `hub.store.access`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from hub.model.columns import TEXT, UtcMoment

_KEYED: dict[str, Any] = {"sqlite_with_rowid": False}


def _text(description: str, *, key: bool = False, nullable: bool = False) -> Any:
    default = None if nullable else ...
    return Field(default=default, primary_key=key, nullable=nullable, sa_type=TEXT, description=description)


def _utc(description: str, *, nullable: bool = True) -> Any:
    default = None if nullable else ...
    return Field(default=default, sa_type=UtcMoment, nullable=nullable, description=description)


def _number(description: str) -> Any:
    return Field(default=None, sa_column=Column(Integer, primary_key=True), description=description)


class UserRow(SQLModel, table=True):
    """A person who may log in with a password. Those who come by OIDC have no row: their issuer knows them."""

    __tablename__ = "hub_users"
    __table_args__: ClassVar[Any] = _KEYED

    name: str = _text("Name to log in with, in small letters.", key=True)
    role: str = _text("viewer, operator or admin.")
    password: str = _text("Argon2id hash.")
    created_at: datetime = _utc("When it was added.", nullable=False)
    changed_at: datetime = _utc("When role or password last changed.", nullable=False)
    seen_at: datetime | None = _utc("Last login.")


class SessionRow(SQLModel, table=True):
    """Somebody who is logged in. The cookie itself is kept nowhere."""

    __tablename__ = "hub_sessions"
    __table_args__: ClassVar[Any] = (Index("ix_hub_sessions_name", "name"), _KEYED)

    digest: str = _text("SHA-256 of the cookie.", key=True)
    name: str = _text("Who.")
    role: str = _text("Role.")
    via: str = _text("password or oidc.")
    address: str = _text("Where the login came from.")
    created_at: datetime = _utc("Login.", nullable=False)
    seen_at: datetime = _utc("Last use, to the minute.", nullable=False)
    expires_at: datetime = _utc("End, however much it is used.", nullable=False)


class TokenRow(SQLModel, table=True):
    """A token for programs. The token itself is shown once, and kept nowhere."""

    __tablename__ = "hub_api_tokens"
    __table_args__: ClassVar[Any] = (
        Index("uq_hub_api_tokens_name", "name", unique=True),
        Index("uq_hub_api_tokens_digest", "digest", unique=True),
    )

    id: int | None = _number("Number.")
    name: str = _text("Name, for people.")
    digest: str = _text("SHA-256 of the token.")
    role: str = _text("viewer, operator or admin.")
    scopes: str = _text("api, odata, metrics: parted by blanks.")
    created_at: datetime = _utc("When it was made.", nullable=False)
    created_by: str = _text("Who made it.")
    expires_at: datetime | None = _utc("When it ends by itself.")
    used_at: datetime | None = _utc("Last use, to the minute.")
    revoked_at: datetime | None = _utc("When somebody revoked it.")


class AttemptRow(SQLModel, table=True):
    """Failed logins, counted by name, address, and both: shared by all consoles on one store."""

    __tablename__ = "hub_login_attempts"
    __table_args__: ClassVar[Any] = _KEYED

    key: str = _text("Digest of what is counted: a name typed in may be a password.", key=True)
    failures: int = Field(sa_type=BigInteger, description="Attempts within the window.")
    window_at: datetime = _utc("When the window began.", nullable=False)


class AuditRow(SQLModel, table=True):
    """Who did what, when, and from where. Rows are added, never changed or removed: triggers see to it."""

    __tablename__ = "hub_audit"
    __table_args__: ClassVar[Any] = (Index("ix_hub_audit_at", "at"), Index("ix_hub_audit_who", "who", "id"))

    id: int | None = _number("Number.")
    at: datetime = _utc("When.", nullable=False)
    who: str = _text("Name of the person or token.")
    role: str = _text("Role at that time.")
    via: str = _text("password, oidc, token, command line or this machine.")
    address: str = _text("From where; empty on the command line.")
    action: str = _text("What: user.add, record.look, erase ...")
    subject: str = _text("On what: ids, never personal data.")
    detail: str = _text("More, as a JSON object.")


class ErasedRow(SQLModel, table=True):
    """Persons who were erased, so that no later sync brings them back: keyed digests, which tell nobody who it was."""

    __tablename__ = "hub_erased"
    __table_args__: ClassVar[Any] = _KEYED

    digest: str = _text("Keyed digest of the source, entity and id, or of an e-mail address.", key=True)
    what: str = _text("Entity whose id it is, or email.")
    erased_at: datetime = _utc("When.", nullable=False)


class KeyRow(SQLModel, table=True):
    """Random keys that belong to this database."""

    __tablename__ = "hub_keys"
    __table_args__: ClassVar[Any] = _KEYED

    name: str = _text("erased: key of the digests in hub_erased.", key=True)
    value: str = _text("Hexadecimal.")


ACCESS_TABLES = (UserRow, SessionRow, TokenRow, AttemptRow, AuditRow, ErasedRow, KeyRow)
