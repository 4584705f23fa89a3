"""Tables of access: people, their sessions and tokens, what was done, and who was erased: see `hub.store.access`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from hub.store import table_columns as t


class UserRow(SQLModel, table=True):
    """A person who may log in with a password. Those who come by OIDC have no row: their issuer knows them."""

    __tablename__ = "hub_users"
    __table_args__: ClassVar[Any] = t.KEYED

    name: str = t.text("Name to log in with, in small letters.", key=True)
    role: str = t.text("viewer, operator or admin.")
    password: str = t.text("Argon2id hash.")
    created_at: datetime = t.utc("When it was added.", nullable=False)
    changed_at: datetime = t.utc("When role or password last changed.", nullable=False)
    seen_at: datetime | None = t.utc("Last login.")


class SessionRow(SQLModel, table=True):
    """Somebody who is logged in. The cookie itself is kept nowhere."""

    __tablename__ = "hub_sessions"
    __table_args__: ClassVar[Any] = (Index("ix_hub_sessions_name", "name"), t.KEYED)

    digest: str = t.text("SHA-256 of the cookie.", key=True)
    name: str = t.text("Who.")
    role: str = t.text("Role.")
    via: str = t.text("password or oidc.")
    address: str = t.text("Where the login came from.")
    created_at: datetime = t.utc("Login.", nullable=False)
    seen_at: datetime = t.utc("Last use, to the minute.", nullable=False)
    expires_at: datetime = t.utc("End, however much it is used.", nullable=False)


class TokenRow(SQLModel, table=True):
    """A token for programs. The token itself is shown once, and kept nowhere."""

    __tablename__ = "hub_api_tokens"
    __table_args__: ClassVar[Any] = (
        Index("uq_hub_api_tokens_name", "name", unique=True),
        Index("uq_hub_api_tokens_digest", "digest", unique=True),
    )

    id: int | None = t.number("Number.")
    name: str = t.text("Name, for people.")
    digest: str = t.text("SHA-256 of the token.")
    role: str = t.text("viewer, operator or admin.")
    scopes: str = t.text("api, odata, metrics: parted by blanks.")
    created_at: datetime = t.utc("When it was made.", nullable=False)
    created_by: str = t.text("Who made it.")
    expires_at: datetime | None = t.utc("When it ends by itself.")
    used_at: datetime | None = t.utc("Last use, to the minute.")
    revoked_at: datetime | None = t.utc("When somebody revoked it.")


class AttemptRow(SQLModel, table=True):
    """Failed logins, counted by name, address, and both: shared by all consoles on one store."""

    __tablename__ = "hub_login_attempts"
    __table_args__: ClassVar[Any] = t.KEYED

    key: str = t.text("Digest of what is counted: a name typed in may be a password.", key=True)
    failures: int = Field(sa_type=BigInteger, description="Attempts within the window.")
    window_at: datetime = t.utc("When the window began.", nullable=False)


class AuditRow(SQLModel, table=True):
    """Who did what, when, and from where. Rows are added, never changed, and none of the last 90 days is removed:
    triggers see to it."""

    __tablename__ = "hub_audit"
    __table_args__: ClassVar[Any] = (Index("ix_hub_audit_at", "at"), Index("ix_hub_audit_who", "who", "id"))

    id: int | None = t.number("Number.")
    at: datetime = t.utc("When.", nullable=False)
    who: str = t.text("Name of the person or token.")
    role: str = t.text("Role at that time.")
    via: str = t.text("password, oidc, token, command line, daemon or this machine.")
    address: str = t.text("From where; empty on the command line.")
    action: str = t.text("What: user.add, record.look, erase ...")
    subject: str = t.text("On what: ids, never personal data.")
    detail: str = t.text("More, as a JSON object.")


class ErasedRow(SQLModel, table=True):
    """Persons who were erased, so that no later sync brings them back: keyed digests, which tell nobody who it was."""

    __tablename__ = "hub_erased"
    __table_args__: ClassVar[Any] = t.KEYED

    digest: str = t.text("Keyed digest of the source, entity and id, or of an e-mail address.", key=True)
    what: str = t.text("Entity whose id it is, or email.")
    erased_at: datetime = t.utc("When.", nullable=False)


class KeyRow(SQLModel, table=True):
    """Random keys that belong to this database."""

    __tablename__ = "hub_keys"
    __table_args__: ClassVar[Any] = t.KEYED

    name: str = t.text("erased: key of the digests in hub_erased.", key=True)
    value: str = t.text("Hexadecimal.")


ACCESS_TABLES = (UserRow, SessionRow, TokenRow, AttemptRow, AuditRow, ErasedRow, KeyRow)
