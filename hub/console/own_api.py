"""The JSON API of the hub's own parts: matches, golden records, users, tokens, the audit log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Path, Query, Response
from pydantic import BaseModel, Field, SecretStr

from hub.access import Role, Scope
from hub.access.masking import sees_personal_data
from hub.console import identity_pages as matching
from hub.console.faults import Missing
from hub.console.visit import Here
from hub.errors import UsageError
from hub.identity import reasons, tell

if TYPE_CHECKING:
    from hub.console.desk import Console
    from hub.console.visit import Visit
    from hub.store.identity import Review

Number = Annotated[int, Path(ge=1, lt=1 << 31)]
Entity = Literal["customers", "products"]
RoleName = Literal["viewer", "operator", "admin"]
UserName = Annotated[str, Field(min_length=1, max_length=100)]


class Why(BaseModel):
    """A word for whoever asks later."""

    why: Annotated[str, Field(max_length=500)] = ""


class Split(Why):
    """Records that leave their golden record, as instance/key."""

    records: Annotated[list[Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=1000)]


class Decided(BaseModel):
    """The decision that was made; None where nothing had to be."""

    decision: int | None


class User(BaseModel):
    """A person who may log in."""

    name: str
    role: RoleName
    created_at: datetime
    seen_at: datetime | None


class NewUser(BaseModel):
    """A person who is to log in."""

    name: UserName
    role: RoleName
    password: SecretStr


class NewRole(BaseModel):
    """Another role."""

    role: RoleName


class NewPassword(BaseModel):
    """Another password."""

    password: SecretStr


class Token(BaseModel):
    """A token for programs, without its secret."""

    name: str
    role: RoleName
    scopes: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class NewToken(BaseModel):
    """A token that is to be made."""

    name: UserName
    role: RoleName = "viewer"
    scopes: Annotated[list[Literal["api", "odata", "metrics"]], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(365, description="How long it is valid; null: for ever.")


class MadeToken(BaseModel):
    """The token: it is told now, and never again."""

    token: str


def add(console: Console) -> None:
    """Add the routes."""
    questions(console)
    golden(console)
    users(console)
    tokens(console)


def questions(console: Console) -> None:
    """Pairs that wait for a word."""

    @console.api("GET", "/matches")
    def matches(
        here: Here, entity: Entity | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> list[dict[str, Any]]:
        """Pairs that may be one, the surest first."""
        found = here.store.reviews(entity=entity, limit=limit)
        if found:
            matching.look(here, "matches", found=len(found))
        return [_question(here, each) for each in found]

    @console.api("GET", "/matches/{number}")
    def match(here: Here, number: Number) -> dict[str, Any]:
        """A pair, with both records and the evidence."""
        review = matching.review_of(matching.clerk_of(here), number)
        matching.look(here, f"match/{number}")
        rows = matching.rows_of(here, [review])
        records = {str(key): rows.get(key) for key in (review.left, review.right)}
        return {**_question(here, review), "records": records}

    @console.api("POST", "/matches/{number}/accept", role="operator", response_model=Decided)
    def accept(here: Here, number: Number, word: Why) -> Any:
        """The two are one."""
        return Decided(decision=matching.decide(here, number, same=True, why=word.why))

    @console.api("POST", "/matches/{number}/reject", role="operator", response_model=Decided)
    def reject(here: Here, number: Number, word: Why) -> Any:
        """The two are two."""
        return Decided(decision=matching.decide(here, number, same=False, why=word.why))


def golden(console: Console) -> None:
    """Golden records, and decisions."""

    @console.api("GET", "/golden/{golden_id}")
    def one(here: Here, golden_id: Annotated[str, Path(max_length=200)]) -> dict[str, Any]:
        """A golden record: its fields with their origins, its records and why they are there."""
        group = matching.group_of(matching.clerk_of(here), golden_id)
        matching.look(here, f"golden/{group.golden_id}")
        return matching.group_document(here, group)

    @console.api("POST", "/golden/split", role="operator", response_model=Decided)
    def split(here: Here, wish: Split) -> Any:
        """Take records out of their golden record."""
        return Decided(decision=matching.split_off(here, wish.records, wish.why))

    @console.api("GET", "/decisions")
    def decisions(here: Here) -> list[dict[str, Any]]:
        """What people decided, the newest first."""
        return [tell.decision_document(each) for each in here.store.decisions()[::-1]]

    @console.api("POST", "/decisions/{number}/undo", role="operator", response_model=Decided)
    def undo(here: Here, number: Number, word: Why) -> Any:
        """Take a decision back."""
        matching.take_back(here, number, word.why)
        return Decided(decision=number)


def users(console: Console) -> None:
    """Who may log in; and what was done."""

    @console.api("GET", "/users", role="admin", response_model=list[User])
    def listed(here: Here) -> Any:
        """Everybody who may log in with a password."""
        return [User.model_validate(asdict(each)) for each in here.gate.people.users()]

    @console.api("POST", "/users", role="admin", status_code=201, response_model=User)
    def create(here: Here, user: NewUser) -> Any:
        """Let somebody log in."""
        made = here.gate.people.add_user(here.who, user.name, Role(user.role), user.password.get_secret_value())
        return User.model_validate(asdict(made))

    @console.api("PUT", "/users/{name}/role", role="admin", status_code=204, response_class=Response)
    def change_role(here: Here, name: UserName, wanted: NewRole) -> None:
        """Give somebody another role."""
        _known(here, name)
        here.gate.people.set_role(here.who, name, Role(wanted.role))

    @console.api("PUT", "/users/{name}/password", role="admin", status_code=204, response_class=Response)
    def change_password(here: Here, name: UserName, wanted: NewPassword) -> None:
        """Give somebody another password."""
        _known(here, name)
        here.gate.people.set_password(here.who, name, wanted.password.get_secret_value())

    @console.api("DELETE", "/users/{name}", role="admin", status_code=204, response_class=Response)
    def remove(here: Here, name: UserName) -> None:
        """Let somebody log in no more."""
        _known(here, name)
        here.gate.people.remove_user(here.who, name)

    @console.api("GET", "/audit", role="admin")
    def audit(
        here: Here, who: Annotated[str, Query(max_length=100)] = "", action: Annotated[str, Query(max_length=100)] = "",
        before: Annotated[int, Query(ge=0, lt=1 << 31)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Who did what, the newest first."""
        found = here.gate.log.entries(who=who or None, action=action or None, before=before or None, limit=limit)
        return [asdict(each) for each in found]


def tokens(console: Console) -> None:
    """What programs may do."""

    @console.api("GET", "/tokens", role="admin", response_model=list[Token])
    def listed(here: Here) -> Any:
        """Every token, the revoked ones, too."""
        return [Token.model_validate(asdict(each)) for each in here.gate.people.tokens()]

    @console.api("POST", "/tokens", role="admin", status_code=201, response_model=MadeToken)
    def create(here: Here, wanted: NewToken) -> Any:
        """Make a token."""
        lifetime = timedelta(days=wanted.days) if wanted.days is not None else None
        scopes = [Scope(each) for each in wanted.scopes]
        return MadeToken(
            token=here.gate.people.create_token(here.who, wanted.name, Role(wanted.role), scopes, lifetime)
        )

    @console.api("DELETE", "/tokens/{name}", role="admin", status_code=204, response_class=Response)
    def revoke(here: Here, name: UserName) -> None:
        """Refuse a token from now on."""
        try:
            here.gate.people.revoke_token(here.who, name)
        except UsageError as error:
            raise Missing(error.problem, fix=error.fix) from None


def _known(here: Visit, name: str) -> None:
    from hub.access.people import user_name

    if user_name(name) not in {each.name for each in here.gate.people.users()}:
        raise Missing(f"there is no user `{name}`.")


def _question(here: Visit, review: Review) -> dict[str, Any]:
    """A pair as JSON. Reasons hold values, so viewers do not get them."""
    rows = reasons.rows_of(here.store, review.entity, [review.left, review.right])
    document = tell.review_document(review, rows)
    return document if sees_personal_data(here.who.role) else {**document, "reasons": []}
