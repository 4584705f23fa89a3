"""What ends one day is told in time: certificates, tokens, and credentials whose end a system or an admin tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.project import Project

from connectors.files.plain import CsvConnector
from hub.access import Gate, Principal, Role
from hub.errors import SourceUnavailable
from hub.sdk import Finding
from hub.session import Session
from hub.store import open_store
from hub.store.base import Store
from hub.store.operations import AlertEntry, Operations
from sync_jobs import monitor
from sync_jobs.alerts import Alerts
from sync_jobs.expiring import Expiry, certificate_ends

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = 30 * DAY
ADMIN = Principal("test", Role.ADMIN, "command line")


def certificate(ends_at: datetime) -> str:
    """A certificate that ends then, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(ends_at - 90 * DAY)
        .not_valid_after(ends_at)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


class Told:
    """Alerts of one store, at a moment that the test chooses."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.alerts = Alerts(store, lambda kind: ["ops"], lambda: self.now, recovery=True)

    def open(self) -> list[AlertEntry]:
        return [each for each in Operations(self.store).alerts() if each.kind == "expiry"]

    def look(self, *found: Expiry, unknown: tuple[str, ...] = ()) -> list[str]:
        monitor.endings(self.store, self.alerts, found, unknown, now=self.now, within=MONTH)
        return [each.title for each in self.open()]


SECRET = Expiry("erp", "client secret", NOW + 40 * DAY, "Renew it.")


def test_it_is_told_once_a_month_before_and_its_renewal_too(store: Store) -> None:
    told = Told(store)
    assert told.look(SECRET) == []
    told.now += 10 * DAY
    for _ in range(3):
        assert told.look(SECRET) == ["erp: client secret ends on 2027-01-05 12:00 UTC"]
        told.now += DAY
    assert told.look(replace(SECRET, ends_at=SECRET.ends_at + 365 * DAY)) == []
    (over,) = Operations(store).alerts(open_only=False)
    assert over.ended_at == told.now
    assert [each.event for each in Operations(store).deliveries(over.id)] == ["opened", "ended"]


def test_one_that_was_renewed_for_a_few_days_only_is_told_again(store: Store) -> None:
    told = Told(store)
    told.now += 35 * DAY
    told.look(SECRET)
    assert told.look(replace(SECRET, ends_at=SECRET.ends_at + 7 * DAY)) == [
        "erp: client secret ends on 2027-01-12 12:00 UTC"
    ]


def test_a_system_that_could_not_be_asked_ends_no_alert(store: Store) -> None:
    told = Told(store)
    told.now += 35 * DAY
    told.look(SECRET)
    assert len(told.look(unknown=("erp",))) == 1
    assert told.look() == []


def test_what_has_ended_is_said_so() -> None:
    assert SECRET.text(SECRET.ends_at + DAY) == "it ended on 2027-01-05 12:00 UTC"
    assert SECRET.text(SECRET.ends_at - DAY) == "it ends on 2027-01-05 12:00 UTC"


def test_the_end_of_a_certificate_is_that_of_the_first_one() -> None:
    chain = certificate(NOW) + certificate(NOW + 900 * DAY)
    assert certificate_ends("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n" + chain) == [NOW]
    for odd in ("", "hunter2", "-----BEGIN CERTIFICATE-----\nno base64\n-----END CERTIFICATE-----\n"):
        assert certificate_ends(odd) == []


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    project = Project(tmp_path, capsys)
    project.customers()
    return project


@pytest.fixture
def everything(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project in which everything that can end ends within the month."""
    soon = datetime.now(UTC).replace(microsecond=0) + 10 * DAY
    (project.folder / "hub.pem").write_text(certificate(soon))
    project.settings(
        "hub.yaml",
        "store: sqlite:///hub.db\nconsole: {tls: {certificate: hub.pem, key: hub.key}, oidc: {issuer: https://id.example,"
        " client_id: hub, client_secret: '${env:NOT_HERE}'}}\n",
    )
    project.settings("connectors/erp.yaml", f"kind: csv\nfolder: data\ncredentials_end: {soon:%Y-%m-%d}\n")
    with open_store(f"sqlite:///{project.folder / 'hub.db'}") as store:
        store.prepare()
        people = Gate(store, clock=lambda: datetime.now(UTC)).people
        for name in ("feed", "forgotten"):
            secret = people.create_token(ADMIN, name, Role.VIEWER, ["api"], 20 * DAY)  # type: ignore[list-item]
            if name == "feed":
                assert Gate(store).bearer(secret, "127.0.0.1") is not None
    plain = CsvConnector.check

    def check(connector: CsvConnector) -> Iterator[Finding]:
        yield from plain(connector)
        yield Finding("client secret", True, "of the app", expires_at=soon)

    monkeypatch.setattr(CsvConnector, "check", check)
    yield project


SUBJECTS = ["certificate hub.pem", "client secret", "credential", "token feed"]


def test_hub_check_warns_of_all_that_ends(everything: Project) -> None:
    findings = everything.hub("check", "--json").json["findings"]
    wrong = [each for each in findings if not each["ok"] and "it ends on" in each["detail"]]
    assert sorted(each["subject"] for each in wrong) == SUBJECTS
    assert {each["severity"] for each in wrong} == {"warning"}
    assert all(each["fix"] for each in wrong)
    assert everything.hub("check").code == 0


def test_the_daemon_alerts_and_no_sooner_than_is_wanted(everything: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(within: str) -> list[str]:
        text = (everything.folder / "config" / "hub.yaml").read_text()
        everything.settings("hub.yaml", text + f"run: {{expiring_within: {within}}}\n")
        session = Session(everything.folder / "config")
        with session.open_store() as store:
            told = Told(store)
            monitor.checks(session, store, told.alerts, lambda: False, datetime.now(UTC))
            everything.settings("hub.yaml", text)
            return sorted(
                entry.title.removeprefix("hub: ").removeprefix("erp: ").split(" ends on")[0] for entry in told.open()
            )

    assert looked("5d") == []
    assert looked("30d") == SUBJECTS

    def away(connector: Any) -> Iterator[Finding]:
        raise SourceUnavailable("it is shut.")

    monkeypatch.setattr(CsvConnector, "check", away)
    assert looked("30d") == SUBJECTS, "what could not be asked about is not over"
