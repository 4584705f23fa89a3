"""Erasing a person, for admins: what would be removed and what remains is shown first, then the id is typed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Form
from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub.access.erase import whole
from hub.console.faults import InTheWay
from hub.console.visit import Here, as_json
from hub.console.words import N_
from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.access.erase.whole import Outcome
    from hub.console.desk import Console
    from hub.console.visit import Visit

What = Literal["customer", "contact"]
Id = Annotated[str, Field(min_length=1, max_length=500)]
KINDS = {"customer": N_("a customer"), "contact": N_("a contact")}


class Person(BaseModel):
    """Who is meant."""

    what: What = "customer"
    id: Id = Field(description="A golden customer (C000042), or instance:key.")
    company: bool = Field(False, description="Also where it is kept as a company: a person who trades under a name.")


class Erasing(Person):
    """Who is to be erased, said twice."""

    confirm: str = Field(description="The same id again: there is no way back.")


class Erased(BaseModel):
    """What was removed, or would be, and what remains with the reason."""

    done: bool
    records: list[dict[str, str | None]] = Field(description="Where the systems of record still have the person.")
    removed: dict[str, int]
    files_removed: list[str]
    files_blackened: list[str]
    remains: list[str]


def add(console: Console) -> None:
    """Add the page, what can be done on it, and the routes."""
    console.navigation(N_("Erase a person"), "/erase", order=97, role="admin")
    pages(console)
    routes(console)


def pages(console: Console) -> None:
    """The page, in three steps."""

    @console.page("/erase", role="admin")
    def ask(here: Here) -> Response:
        return show(here, Person.model_construct(what="customer", id="", company=False))

    @console.action("/erase/look", role="admin")
    def look(here: Here, what: Annotated[What, Form()], id: Annotated[Id, Form()],
             company: Annotated[bool, Form()] = False) -> Response:  # fmt: skip
        person = Person(what=what, id=id.strip(), company=company)
        try:
            return show(here, person, preview(here, person))
        except UsageError as error:
            return show(here, person, refused=error)

    @console.action("/erase", role="admin")
    def erase(here: Here, what: Annotated[What, Form()], id: Annotated[Id, Form()],
              confirm: Annotated[str, Form(max_length=500)] = "",
              company: Annotated[bool, Form()] = False) -> Response:  # fmt: skip
        person = Person(what=what, id=id.strip(), company=company)
        try:
            return show(here, person, done(here, person, confirm))
        except InTheWay as error:
            return show(here, person, preview(here, person), refused=error)
        except UsageError as error:
            return show(here, person, refused=error)


def routes(console: Console) -> None:
    """The same for programs."""

    @console.api("POST", "/erase/preview", role="admin", response_model=Erased)
    def look(here: Here, person: Person) -> Any:
        """What erasing a person would remove, and what would remain. Nothing is changed."""
        return as_json(preview(here, person).document())

    @console.api("POST", "/erase", role="admin", response_model=Erased)
    def erase(here: Here, person: Erasing) -> Any:
        """Erase a person. There is no way back."""
        return as_json(done(here, person, person.confirm).document())


def show(here: Visit, person: Person, outcome: Outcome | None = None, *, refused: UsageError | None = None) -> Response:
    """The page as far as it has come. What was refused is told on it."""
    return here.page(
        "erase.html", status=400 if refused is not None else 200, person=person, outcome=outcome, kinds=KINDS,
        refused=refused,
    )  # fmt: skip


def preview(here: Visit, person: Person) -> Outcome:
    """What would be removed; the look is noted. Raises UsageError where there is nobody, or it is a company."""
    found = _erase(here, person, dry=True)
    here.audit("erase.preview", f"{person.what} {person.id}")
    return found


def done(here: Visit, person: Person, confirm: str) -> Outcome:
    """Erase. Raises InTheWay unless the id was typed again."""
    if confirm.strip() != person.id:
        raise InTheWay("the id that was typed is another one.", fix="Type it exactly as it stands there.")
    return _erase(here, person, dry=False)


def _erase(here: Visit, person: Person, *, dry: bool) -> Outcome:
    session = here.console.session
    return whole.erase(session, here.store, person.what, person.id, here.who, dry=dry, companies=person.company)
