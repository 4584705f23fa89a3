"""`hub erase`: says what it would remove, and with --yes removes it; then what remains, where, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hub.output import JsonOption, print_json, say, talk

if TYPE_CHECKING:
    from hub.access.erase.whole import Outcome
    from hub.session import Session

What = Annotated[Literal["customer", "contact"], typer.Argument(help="customer or contact.")]
Id = Annotated[str, typer.Argument(help="SOURCE:ID, or a golden customer such as C000042.", metavar="ID")]


def erase(
    context: typer.Context,
    what: What,
    name: Id,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, it is only said what would be done.")] = False,
    company: Annotated[
        bool, typer.Option("--company", help="Also where it is kept as a company: a person who trades under a name.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove a person: from records, raw rows, quarantine, identity, kept results, caches and logs. Orders keep their
    amounts. A source that delivers the person again finds the record pseudonymised."""
    from hub.access.erase import whole
    from hub.access.person import at_the_command_line

    session: Session = context.obj
    with session.open_store(upgrade_empty=False) as store:
        outcome = whole.erase(session, store, what, name, at_the_command_line(), dry=not yes, companies=company)
    if as_json:
        print_json(outcome.document())
    else:
        _tell(outcome)


def _tell(outcome: Outcome) -> None:
    say("Removed:" if outcome.done else "Would be removed:")
    for what, count in outcome.removed.items():
        say(f"  {what}: {count}")
    files = outcome.files
    if files.removed or files.blackened:
        say(f"  files: {len(files.removed)} of caches removed, {len(files.blackened)} blackened")
    say("In the systems of record, erase there, too:")
    for place in outcome.places:
        say(f"  {place.entity} {place.source}:{place.key}" + (f"  {place.link}" if place.link else ""))
    say("What remains, and why:")
    for text in (*outcome.remains, *outcome.found):
        say(f"  {text}")
    if not outcome.done:
        talk("Nothing was changed. Run it again with --yes to do it; there is no way back.")
