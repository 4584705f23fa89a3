"""`hub erase`: says what it would remove, and with --yes removes it; then what remains, where, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hub.output import JsonOption, print_json, say, talk

if TYPE_CHECKING:
    from hub.access.erase.files import Files
    from hub.access.erase.rows import Erasure
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
    from hub.access.erase.files import clean
    from hub.access.erase.rows import erase as erase_rows
    from hub.access.person import at_the_command_line

    session: Session = context.obj
    with session.open_store(upgrade_empty=False) as store:
        done = erase_rows(store, what, name, at_the_command_line(), dry=not yes, companies=company)
        unclean = "" if not yes else _vacuumed(store)
    files = clean(
        session.project_dir, session.state_dir, _database(session), done.needles, renamed=done.renamed, dry=not yes
    )
    remains = [*([unclean] if unclean else []), *_remains(session, done, files)]
    if as_json:
        print_json(_document(done, files, remains, _places(session, done), done_for_good=yes))
    else:
        _tell(done, files, remains, _places(session, done), done_for_good=yes)


def _vacuumed(store: Any) -> str:
    """Overwrite what rows held before; what to do where somebody else holds the database."""
    from hub.errors import StoreError
    from hub.store.erasing_access import ErasingTables

    try:
        ErasingTables(store).vacuum()
    except StoreError:
        return (
            "free space of the database: somebody else uses it, so old versions of rows may still lie there;"
            " stop `hub run` and run the same command again"
        )
    return ""


def _database(session: Session) -> Path | None:
    url = session.store_url
    return Path(url.removeprefix("sqlite:///")).absolute() if url.startswith("sqlite:///") else None


def _places(session: Session, done: Erasure) -> list[tuple[str, str, str, str]]:
    """(entity, source, id, address): where the person still is, in the systems' own pages where they have some."""
    links = _Links(session)
    return [(entity, source, key, links.link(source, entity, key)) for entity, source, key in done.records]


class _Links:
    """Addresses of records in the systems they come from; empty where a system is not configured, or has no pages."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._instances: dict[str, Any] | None = None

    def link(self, source: str, entity: str, key: str) -> str:
        from hub.errors import HubError

        try:
            if self._instances is None:
                self._instances = dict(self._session.settings.instances)
            instance = self._instances.get(source)
            if instance is None:
                return ""
            return self._session.registry.connector(instance.kind).link(instance.config, entity, key) or ""
        except HubError:
            self._instances = {}
            return ""


def _remains(session: Session, done: Erasure, files: Files) -> list[str]:
    """What an erasure cannot reach, or must keep, and why."""
    database = "the server's own backups, archives of its log and replicas" if _database(session) is None else "copies"
    return [
        "orders, invoices and returns: ids, amounts, dates and country, since the books need them",
        "the list of the erased: keyed digests of ids, so that no sync brings the person back",
        "the audit log: ids, and that they were erased",
        "what other people's records say of the person in their systems: the next sync may bring it again",
        f"backups made by `hub db backup`, and {database}: replace them, or erase again after a restore",
        *(f"{path}: {reason}" for path, reason in files.remain),
        *(f"seen, and left alone: {text}" for text in sorted(set(done.apart))),
    ]


def _document(
    done: Erasure, files: Files, remains: list[str], places: list[tuple[str, str, str, str]], *, done_for_good: bool
) -> dict[str, Any]:
    return {
        "done": done_for_good,
        "records": [{"entity": e, "source": s, "id": i, "link": link or None} for e, s, i, link in places],
        "removed": done.removed,
        "files_removed": [str(path) for path in files.removed],
        "files_blackened": [str(path) for path in files.blackened],
        "remains": remains,
    }


def _tell(
    done: Erasure, files: Files, remains: list[str], places: list[tuple[str, str, str, str]], *, done_for_good: bool
) -> None:
    say("Removed:" if done_for_good else "Would be removed:")
    for what, count in done.removed.items():
        say(f"  {what}: {count}")
    if files.removed or files.blackened:
        say(f"  files: {len(files.removed)} of caches removed, {len(files.blackened)} blackened")
    say("In the systems of record, erase there, too:")
    for entity, source, key, link in places:
        say(f"  {entity} {source}:{key}" + (f"  {link}" if link else ""))
    say("What remains, and why:")
    for text in remains:
        say(f"  {text}")
    if not done_for_good:
        talk("Nothing was changed. Run it again with --yes to do it; there is no way back.")
