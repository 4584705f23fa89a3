"""Planted secrets are searched for in everything the hub leaves behind, while systems fail and say them back."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.canary import command_lines, free_port, spelt
from support.echoing import echoing_mail_server, echoing_web_server

from hub import cli

CANARY = {
    name: f"canary/{name}+{number}5ec1e7=="
    for number, name in enumerate(
        (
            "SHOPIFY", "MAGENTO_KEY", "MAGENTO", "MAGENTO_TOKEN", "MAGENTO_TOKEN_SECRET", "SALESFORCE", "DYNAMICS",
            "CENTRAL", "SAP", "B1", "ORACLE", "MAIL", "WEBHOOK_TOKEN", "OIDC", "TRACES",
        )
    )
}  # fmt: skip
ISSUED = "canary-token-that-a-server-issued-0123456789"
IN_FILE, IN_PATH, PASSWORD = "canary-in-a-file-77aa55cc", "canary-webhook-path-91ab", "canary password of anna"
INSTANCES = {
    "shopify": "access_token: ${env:SHOPIFY}",
    "magento": "consumer_key: ${env:MAGENTO_KEY}\nconsumer_secret: ${env:MAGENTO}\naccess_token: ${env:MAGENTO_TOKEN}\n"
    "access_token_secret: ${env:MAGENTO_TOKEN_SECRET}",
    "salesforce": "client_id: hub\nclient_secret: ${env:SALESFORCE}",
    "dynamics": "login_url: URL\ntenant_id: acme\nclient_id: hub\nclient_secret: ${env:DYNAMICS}",
    "business_central": "login_url: URL\ntenant_id: acme\nclient_id: hub\nclient_secret: ${env:CENTRAL}\ncompany: C",
    "sap": "user: hub\npassword: ${env:SAP}",
    "sap_b1": "company: SBO\nuser: hub\npassword: ${env:B1}",
    "oracle_scm": "username: hub\npassword: ${env:ORACLE}",
}
HUB = """store: sqlite:///hub.db
retry: {{attempts: 2, wait_seconds: 0, longest_wait_seconds: 0}}
console:
  port: {console}
  oidc: {{issuer: "{web}", client_id: hub, client_secret: "${{env:OIDC}}", roles: {{it: admin}}}}
notifications:
  channels:
    mail: {{kind: email, host: 127.0.0.1, port: {mail}, security: none, user: hub, password: "${{env:MAIL}}",
            sender: hub@example.com, to: [ops@example.com]}}
    hook: {{kind: webhook, url: "${{env:HOOK}}", token: "${{env:WEBHOOK_TOKEN}}"}}
    chat: {{kind: slack, url: "${{file:chat.txt}}"}}
"""


class Site:
    """A project whose systems, mail server and webhooks all fail; `said` is all that commands ever said."""

    def __init__(self, folder: Path, web: int, mail: int, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.said, self._capture = folder, b"", capture
        self.url = f"http://127.0.0.1:{web}"
        self.mails: list[bytes] = []
        self.console = f"http://127.0.0.1:{(port := free_port())}"
        (folder / "config" / "connectors").mkdir(parents=True)
        text = HUB.format(web=self.url, mail=mail, console=port)
        (folder / "config" / "hub.yaml").write_text(text)
        for kind, credentials in INSTANCES.items():
            streams = "streams: {partners: {}}" if kind == "sap" else "streams: {orders: {}}"
            document = f"kind: {kind}\nbase_url: URL\nschedule: every 1h\n{streams}\n{credentials}\n"
            document = document.replace("URL", self.url)
            (folder / "config" / "connectors" / f"{kind}.yaml").write_text(document)
        (folder / "chat.txt").write_text(f"{self.url}/{IN_FILE}")
        (folder / "chat.txt").chmod(0o600)
        self.environment = {**os.environ, **CANARY, "HOOK": f"{self.url}/{IN_PATH}", "PYTHONUNBUFFERED": "1"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "hub", "--config", str(self.folder / "config"), *arguments]

    def hub(self, *arguments: str) -> str:
        """Run a command in this process; what it prints."""
        self._capture.readouterr()
        code = cli.run(["--config", str(self.folder / "config"), *arguments])
        out, err = self._capture.readouterr()
        assert code != 70 and "Traceback" not in out + err, err
        self.said += (err + ("" if arguments[0] == "token" else out)).encode()  # a token is shown once
        return out

    def left_behind(self) -> bytes:
        """Every file but the one that holds a secret."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name != "chat.txt"]
        return b"\n".join(path.read_bytes() for path in files)


@pytest.fixture
def site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Site, list[bytes]]]:
    with echoing_web_server(ISSUED) as (web, heard), echoing_mail_server() as (mail, mails):
        site = Site(tmp_path, web, mail, capsys)
        for name, value in site.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD))
        site.mails = mails
        yield site, heard


def test_no_secret_is_ever_seen_again(site: tuple[Site, list[bytes]]) -> None:
    project, heard = site
    project.hub("--debug", "sync")
    project.hub("--log-json", "check", "--json")
    token = project.hub("token", "create", "feed", "--scope", "odata", "--scope", "api").strip()
    project.hub("user", "add", "anna", "--role", "admin")
    for reading in (("status", "--json"), ("runs", "--json"), ("config", "check", "--json"), ("audit", "list")):
        project.hub(*reading)
    processes = run_for_a_while(project, token)

    told = b"\n".join([*heard, *project.mails])
    for kind in ("SHOPIFY", "MAGENTO_TOKEN", "WEBHOOK_TOKEN", "MAIL"):
        assert spelt(told, CANARY[kind]), f"{kind} was never sent: the test proves nothing"
    assert ISSUED.encode() in told and IN_PATH.encode() in told and IN_FILE.encode() in told
    secrets = [*CANARY.values(), ISSUED, IN_FILE, IN_PATH, PASSWORD, token]
    for name, content in (("said", project.said), ("files", project.left_behind()), ("processes", processes)):
        assert [secret for secret in secrets if spelt(content, secret)] == [], name


def run_for_a_while(project: Site, token: str) -> bytes:
    """The daemon with its console, visited by programs and people. Returns all command lines seen meanwhile."""
    lines = b""
    with (project.folder / "daemon.txt").open("wb") as output:
        daemon = subprocess.Popen(
            project.command("--debug", "run"), env=project.environment, cwd=project.folder, stdout=output, stderr=output
        )
        try:
            until = time.monotonic() + 120
            while not _answers(project.console):
                lines += command_lines()
                assert daemon.poll() is None and time.monotonic() < until, "the console does not come up"
                time.sleep(0.2)
            lines += visit(project, token)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
    return lines


def visit(project: Site, token: str) -> bytes:
    lines = b""
    with httpx.Client(base_url=project.console, follow_redirects=False, timeout=30) as browser:
        for path in (
            "/", "/login", "/login/oidc", "/systems", "/configuration", "/alerts", "/metrics", "/healthz", "/readyz",
            "/api/v1/status", "/openapi.json", "/api/openapi.json", "/odata/", "/audit", "/nothing-here",
        ):  # fmt: skip
            for headers in ({}, {"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {token}x"}):
                answer = browser.get(path, headers=headers)
                project.said += answer.content + str(answer.headers).encode()
                assert answer.status_code < 500 or path in ("/login/oidc", "/readyz"), (path, answer.text[:500])
        for password in ("wrong " + PASSWORD, PASSWORD):
            answer = browser.post("/login", data={"name": "anna", "password": password})
            project.said += answer.content
            lines += command_lines()
    return lines


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).status_code < 500
    except httpx.HTTPError:
        return False
