"""An erasure as a whole, for the command line and the console: the database, what lies beside it, and what remains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.access.erase.files import Files, clean
from hub.access.erase.person import Kind
from hub.access.erase.rows import Erasure
from hub.access.erase.rows import erase as erase_rows
from hub.console.words import N_
from hub.errors import HubError, StoreError
from hub.store.erasing_access import ErasingTables

if TYPE_CHECKING:
    from hub.access.principal import Principal
    from hub.session import Session
    from hub.store.base import Store

BOOKS = N_("orders, invoices and returns: ids, amounts, dates and country, since the books need them")
LIST = N_("the list of the erased: keyed digests of ids, so that no sync brings the person back")
LOG = N_("the audit log: ids, and that they were erased")
OTHERS = N_("what other people's records say of the person in their systems: the next sync may bring it again")
COPIES = N_("backups made by `hub db backup`, and copies: replace them, or erase again after a restore")
SERVER = N_(
    "backups made by `hub db backup`, and the server's own backups, archives of its log and replicas: replace them, or"
    " erase again after a restore"
)
UNCLEAN = N_(
    "free space of the database: somebody else uses it, so old versions of rows may still lie there; stop `hub run` and"
    " run the same command again"
)


class Place(NamedTuple):
    """Where the person still is: a record of a system, with the address of its page there, if it has one."""

    entity: str
    source: str
    key: str
    link: str


@dataclass(frozen=True)
class Outcome:
    """What an erasure did, or would do.

    remains  what it cannot reach, or must keep, and why: texts that can be translated
    found    the same, of this person: files that tell of them, and records that may be somebody else's
    """

    done: bool
    places: list[Place]
    removed: dict[str, int]
    files: Files
    remains: list[str]
    found: list[str]

    def document(self) -> dict[str, Any]:
        """As JSON: done, records, removed, files_removed, files_blackened, remains."""
        return {
            "done": self.done,
            "records": [{"entity": e, "source": s, "id": i, "link": link or None} for e, s, i, link in self.places],
            "removed": self.removed,
            "files_removed": [str(path) for path in self.files.removed],
            "files_blackened": [str(path) for path in self.files.blackened],
            "remains": [*self.remains, *self.found],
        }


def erase(
    session: Session, store: Store, kind: Kind, name: str, by: Principal, *, dry: bool, companies: bool = False
) -> Outcome:
    """Remove a person everywhere, or with `dry` only tell what would be removed. Raises UsageError where there is
    nobody, or it is a company."""
    done = erase_rows(store, kind, name, by, dry=dry, companies=companies)
    unclean = [UNCLEAN] if not dry and not _vacuumed(store) else []
    database = _database(session)
    files = clean(session.project_dir, session.state_dir, database, done.needles, renamed=done.renamed, dry=dry)
    links = _Links(session)
    return Outcome(
        not dry,
        [Place(entity, source, key, links.link(source, entity, key)) for entity, source, key in done.records],
        done.removed, files,
        [*unclean, BOOKS, LIST, LOG, OTHERS, SERVER if database is None else COPIES],
        _found(done, files),
    )  # fmt: skip


def _found(done: Erasure, files: Files) -> list[str]:
    return [
        *(f"{path}: {reason}" for path, reason in files.remain),
        *(f"seen, and left alone: {text}" for text in sorted(set(done.apart))),
    ]


def _vacuumed(store: Store) -> bool:
    """Overwrite what rows held before. False where somebody else holds the database."""
    try:
        ErasingTables(store).vacuum()
    except StoreError:
        return False
    return True


def _database(session: Session) -> Path | None:
    url = session.store_url
    return Path(url.removeprefix("sqlite:///")).absolute() if url.startswith("sqlite:///") else None


class _Links:
    """Addresses of records in the systems they come from; empty where a system is not configured, or has no pages."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._instances: dict[str, Any] | None = None

    def link(self, source: str, entity: str, key: str) -> str:
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
