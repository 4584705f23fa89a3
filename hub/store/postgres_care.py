"""Backup and pruning of the PostgreSQL store."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from hub.errors import StoreError
from hub.model.catalog import ENTITIES, HISTORIES
from hub.store.identity import RESOLVED
from hub.store.identity_pruned import tell_pruned
from hub.store.postgres_base import PostgresBase
from hub.store.postgres_page import CHANGES_LOCK

_OLD = "SELECT id FROM hub_runs WHERE ended_at < now() - $1 * interval '1 day' AND id < (SELECT max(id) FROM hub_runs)"

_ADD_CHANGE = (
    "INSERT INTO hub_changes (entity, source, run_id, keys) SELECT $1::text, $2::text, max(id), $3::jsonb FROM hub_runs"
)


class PostgresCare(PostgresBase):
    """The part of the store for operators."""

    def backup(self, target: Path) -> None:
        """Write a custom-format archive with the server's own pg_dump; `pg_restore` reads it."""
        if target.exists():
            raise StoreError(f"{target} exists already.", fix="Name a file that does not exist, or remove it first.")
        dump = _pg_dump(self.db.version // 10_000)
        draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(draft, os.O_CREAT | os.O_RDWR, 0o600))  # it holds personal data
            self._dump_to(dump, draft)
            os.link(draft, target)  # unlike a rename, it never replaces what appeared there meanwhile
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error.strerror}.", fix="Choose another place.") from error
        finally:
            draft.unlink(missing_ok=True)

    def _dump_to(self, dump: str, draft: Path) -> None:
        address, environment = self.db.for_programs()
        done = _run([dump, "--format=custom", "--no-password", f"--file={draft}", f"--dbname={address}"], environment)
        if done.returncode == 0:
            done = _run([str(Path(dump).with_name("pg_restore")), "--list", str(draft)], environment)
        if done.returncode != 0:
            reason = next(iter(done.stderr.strip().splitlines()), "it told no reason")
            raise StoreError(f"pg_dump failed: {reason}.", fix="Nothing was written; mend that and run it again.")

    def prune(self, *, keep_runs_days: int, keep_deleted_days: int | None) -> dict[str, int]:
        removed: dict[str, int] = {}
        with self.db.transaction():
            for name in ENTITIES if keep_deleted_days is not None else ():
                old = "deleted_at < now() - $1 * interval '1 day'"
                if name in RESOLVED:
                    self.db.rows("SELECT pg_advisory_xact_lock($1)", CHANGES_LOCK)
                    tell_pruned(self.db.rows, name, old, keep_deleted_days, _ADD_CHANGE)
                removed[f"deleted {name}"] = self.db.count(f"DELETE FROM {name} WHERE {old}", (keep_deleted_days,))
            removed |= self._prune_runs(keep_runs_days)
        return {name: count for name, count in removed.items() if count}

    def _prune_runs(self, days: int) -> dict[str, int]:
        """Runs that ended long ago, with their ledger and changes. A run that live rows name stays, since it says
        which stream they belong to; the newest change stays, since it tells the sequence."""
        upto = self.db.row(
            "SELECT least((SELECT max(sequence) FROM hub_changes) - 1,"
            f" (SELECT coalesce(max(sequence), 0) FROM hub_changes WHERE run_id IN ({_OLD})))",
            (days,),
        )
        removed = {}
        if upto and upto[0]:
            removed["changes"] = self.db.count("DELETE FROM hub_changes WHERE sequence <= $1", upto)
            self.db.count(
                "INSERT INTO hub_marks AS held (name, value) VALUES ('changes_pruned_to', $1)"
                " ON CONFLICT (name) DO UPDATE SET value = greatest(held.value, excluded.value)",
                upto,
            )
        removed["pages"] = self.db.count(f"DELETE FROM hub_pages WHERE run_id IN ({_OLD})", (days,))
        named = " UNION ".join(f"SELECT run_id FROM {name}" for name in (*ENTITIES, *HISTORIES, "hub_quarantine"))
        removed["runs"] = self.db.count(f"DELETE FROM hub_runs WHERE id IN ({_OLD}) AND id NOT IN ({named})", (days,))
        return removed


def _pg_dump(server_version: int) -> str:
    """A pg_dump that can read a server of this version; StoreError with the remedy where there is none."""
    versions = {path: _version(path) for path in _pg_dumps(server_version)}
    for path, version in versions.items():
        if version >= server_version:
            return path
    what = f"pg_dump is too old ({max(versions.values())})" if versions else "pg_dump was not found"
    raise StoreError(
        f"{what}; a server of version {server_version} needs pg_dump {server_version} or later.",
        fix=f"Install PostgreSQL's client programs (postgresql-client-{server_version}) and put pg_dump on the PATH.",
    )


def _pg_dumps(server_version: int) -> list[str]:
    """The one on the PATH, then the one of Debian's package."""
    places = [shutil.which("pg_dump"), f"/usr/lib/postgresql/{server_version}/bin/pg_dump"]
    return [place for place in places if place is not None and Path(place).is_file()]


def _version(program: str) -> int:
    words = re.search(r"\d+", _run([program, "--version"], dict(os.environ)).stdout)
    return int(words.group()) if words else 0


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  no shell
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]} cannot be started: {error.strerror}")
