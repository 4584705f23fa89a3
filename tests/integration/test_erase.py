"""`hub erase`: a planted person is searched for byte by byte afterwards, in the database, in var/, in what is said."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.clean_store import prepared_url
from support.project import Project, Result

from hub.store import open_store
from hub.store.base import Store

NAME, EMAIL, PHONE = "Wilhelmina Zauberfeld", "wilhelmina.zauberfeld@example.org", "+49 351 7654321"
STREET = "Kastanienallee 99"
TRACES = (NAME, "Zauberfeld", EMAIL, PHONE, STREET, EMAIL.upper(), "Zauberfeld, Wilhelmina")
SHOP = """kind: csv
folder: shop
fields:
  orders: {extras: [note]}
"""
CUSTOMERS = "source_id,name,kind,email,phone,street,city,country,source_updated_at\n"
HER = f"{{}},{NAME},person,{EMAIL},{PHONE},{STREET},Dresden,DE,2024-01-01T00:00:00Z\n"
HIM = "C2,Bert Beispiel,person,bert@example.org,+49 30 111111,Lindenweg 1,Berlin,DE,2024-01-01T00:00:00Z\n"
ACME = "C3,Acme GmbH,company,info@acme.example,+49 30 222222,Werkstr. 3,Berlin,DE,2024-01-01T00:00:00Z\n"
ORDERS = "source_id,customer_source_id,contact_source_id,total,currency,ordered_at,ship_city,note,source_updated_at\n"


class Planted(Project):
    """A project with a shop and a CRM, in which one person is known in many places."""

    store_url = ""

    def plant(self, store_url: str, her_id: str = "C1") -> None:
        self.store_url = store_url
        self.settings("hub.yaml", f"store: {store_url}\n")
        (self.folder / "config" / "connectors" / "erp.yaml").unlink(missing_ok=True)
        for name in ("shop", "crm"):
            (self.folder / name).mkdir(exist_ok=True)
            self.settings(f"connectors/{name}.yaml", SHOP.replace("shop", name))
        self.put("shop/customers.csv", CUSTOMERS + HER.format(her_id) + HIM + ACME)
        self.put("crm/customers.csv", CUSTOMERS + HER.format("X9").replace(EMAIL, EMAIL.upper()))
        self.put(
            "crm/contacts.csv",
            "source_id,customer_source_id,first_name,last_name,name,email,mobile,title,source_updated_at\n"
            f"K1,X9,Wilhelmina,Zauberfeld,{NAME},{EMAIL},{PHONE},Owner,2024-01-01T00:00:00Z\n"
            "K2,X8,Bert,Beispiel,Bert Beispiel,bert@example.org,,Buyer,2024-01-01T00:00:00Z\n",
        )
        self.put(
            "shop/addresses.csv",
            "source_id,customer_source_id,name,street,city,country,source_updated_at\n"
            f"{her_id}:home,{her_id},{NAME},{STREET},Dresden,DE,2024-01-01T00:00:00Z\n",
        )
        self.put(
            "shop/orders.csv",
            ORDERS + f"O1,{her_id},,100.50,EUR,2024-02-01T00:00:00Z,Dresden,ring at {NAME},2024-02-01T00:00:00Z\n"
            f"O2,C2,,20,EUR,2024-02-02T00:00:00Z,Berlin,gift for {EMAIL},2024-02-02T00:00:00Z\n"
            f"O3,{her_id},,many,EUR,2024-02-03T00:00:00Z,Dresden,{NAME} {PHONE},2024-02-03T00:00:00Z\n",
        )

    def put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def no_mention(self) -> None:
        """His order no longer tells of her: what others say of somebody, only their system can mend."""
        path = self.folder / "shop" / "orders.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(f"gift for {EMAIL}", "a gift"), encoding="utf-8")

    def sources_gone(self) -> None:
        """What the systems hold is theirs: it must not be found in what is searched."""
        for name in ("shop", "crm"):
            for path in (self.folder / name).iterdir():
                path.unlink()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def planted_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database in which the person is known, made once."""
    folder = tmp_path_factory.mktemp("erase")
    url = prepared_url(request.param, folder)
    planted = Planted(folder / "project", Silent())  # type: ignore[arg-type]
    planted.plant(url)
    assert planted.hub("sync").code == 1, "one order is in quarantine"
    assert planted.hub("match", "run", "--full").code == 0
    return url


class Silent:
    """What commands say is not looked at."""

    def readouterr(self) -> tuple[str, str]:
        return "", ""


def copied(url: str, folder: Path) -> str:
    """A database with the same in it."""
    if url.startswith("sqlite:///"):
        source, target = (sqlite3.connect(path) for path in (url.removeprefix("sqlite:///"), folder / "hub.db"))
        with closing(source), closing(target):
            source.backup(target)
        return f"sqlite:///{folder / 'hub.db'}"
    from support.postgres import copy_of

    return copy_of(url)


@pytest.fixture
def project(planted_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Planted:
    project = Planted(tmp_path, capsys)
    project.plant(copied(planted_url, tmp_path))
    return project


def url_of(project: Planted) -> str:
    return project.store_url


def contents(url: str) -> bytes:
    """Every byte of a SQLite database and its log, or every row of a PostgreSQL one as text."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*"))
    from support.postgres import execute

    tables = execute(url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return "\n".join(str(row) for (name,) in tables for row in execute(url, f"SELECT t::text FROM {name} t")).encode()


def found_in(content: bytes, words: tuple[str, ...] = TRACES) -> list[str]:
    lowered = content.decode("utf-8", "replace").casefold()
    return [word for word in words if word.casefold() in lowered]


def everything_beside(project: Planted) -> bytes:
    return b"".join(content for path, content in project.files().items() if not path.endswith((".db", ".db-wal")))


def erase(project: Planted, *arguments: str) -> Result:
    return project.hub("erase", "customer", *arguments)


def row(url: str, statement: str) -> tuple[Any, ...]:
    with open_store(url) as store:
        return next(iter(store.db.rows(statement)))  # type: ignore[attr-defined]


def test_nobody_finds_the_person_afterwards(project: Planted) -> None:
    url = url_of(project)
    assert project.hub("metrics", "show", "revenue", "--by", "customer").code in (0, 1)
    assert list((project.folder / "var" / "replica").glob("*.parquet"))
    with open_store(url) as store:
        mention_everywhere(store)
    (project.folder / "var" / "errors").mkdir(parents=True, exist_ok=True)
    (project.folder / "var" / "errors" / "hub-error-1.txt").write_text(f"while looking at {NAME} <{EMAIL}>")
    project.sources_gone()
    assert found_in(contents(url)) and found_in(everything_beside(project))

    done = erase(project, "shop:C1", "--yes", "--json")

    assert done.code == 0, done.err
    assert found_in(contents(url)) == []
    assert found_in(everything_beside(project)) == []
    assert found_in((done.out + done.err).encode()) == [], "nor does the command say it again"
    assert {(each["entity"], each["source"], each["id"]) for each in done.json["records"]} == {
        ("customers", "shop", "C1"),
        ("customers", "crm", "X9"),
        ("contacts", "crm", "K1"),
        ("addresses", "shop", "C1:home"),
    }
    assert project.hub("audit", "list", "--action", "erase", "--json").json["entries"][0]["subject"].count("shop:C1")
    assert project.hub("match", "run", "--full").code == 0
    assert project.hub("metrics", "show", "revenue", "--by", "customer").code in (0, 1)
    assert found_in(contents(url) + everything_beside(project)) == []


def mention_everywhere(store: Store) -> None:
    """People write names into every field there is."""
    db: Any = store.db  # type: ignore[attr-defined]
    sqlite = store.dialect == "sqlite"
    at = "0" if sqlite else "now()"
    note = json.dumps({"customer": NAME, "mail": EMAIL})
    for statement in (
        "INSERT INTO hub_alerts (key, kind, severity, source, stream, title, detail, fix, opened_at)"
        f" VALUES ('k', 'failure', 'error', 'shop', 'orders', 'Order of {NAME}', '{EMAIL}', '{PHONE}', {at})",
        "INSERT INTO hub_decisions (entity, kind, who, why, at)"
        f" VALUES ('customers', 'accept', 'anna', '{NAME} told me on {PHONE}', {at})",
        "INSERT INTO hub_snapshots (taken_at, metric, request, sequence, total_rows, value, digest, body)"
        f" VALUES ({at}, 'revenue', '{{}}', 1, 1, '1', 'd', '{note}')",
        f"UPDATE hub_runs SET notes = '{json.dumps([NAME])}' WHERE id = (SELECT min(id) FROM hub_runs)",
        f"UPDATE hub_streams SET state = '{note}' WHERE source = 'shop' AND stream = 'orders'",
        f"UPDATE hub_links SET evidence = '{note}' WHERE source_id = 'X9'",
    ):
        db.rows(statement)


def test_what_is_asked_first_changes_nothing(project: Planted) -> None:
    before = contents(url_of(project))

    asked = erase(project, "shop:C1")

    assert asked.code == 0 and "Would be removed" in asked.out and "--yes" in asked.err
    assert "customers: emptied: 2" in asked.out.replace("customers: emptied: 1\n", "customers: emptied: 2\n")
    assert set(found_in(contents(url_of(project)))) == set(found_in(before))
    assert row(url_of(project), "SELECT count(*) FROM hub_erased") == (0,)
    assert row(url_of(project), "SELECT count(*) FROM hub_audit WHERE action = 'erase'") == (0,)


def test_orders_keep_what_the_books_need(project: Planted) -> None:
    url = url_of(project)
    before = row(url, "SELECT total, currency, ordered_at, customer_source_id FROM orders WHERE source_id = 'O1'")
    erase(project, "shop:C1", "--yes")

    after = row(url, "SELECT total, currency, ordered_at, customer_source_id FROM orders WHERE source_id = 'O1'")
    assert after == before
    assert row(url, "SELECT ship_city, extras FROM orders WHERE source_id = 'O1'") == (None, None)
    assert row(url, "SELECT name, email, country, kind, deleted_at FROM customers WHERE source_id = 'C1'") == (
        None, None, "DE", "person", None
    )  # fmt: skip


def test_others_keep_all_they_have(project: Planted) -> None:
    url = url_of(project)
    erase(project, "shop:C1", "--yes")

    assert row(url, "SELECT name, email, street FROM customers WHERE source_id = 'C2'") == (
        "Bert Beispiel", "bert@example.org", "Lindenweg 1"
    )  # fmt: skip
    assert row(url, "SELECT name FROM contacts WHERE source_id = 'K2'") == ("Bert Beispiel",)
    assert row(url, "SELECT name, phone FROM customers WHERE source_id = 'C3'") == ("Acme GmbH", "+49 30 222222")
    extras = row(url, "SELECT extras FROM orders WHERE source_id = 'O2'")[0]
    note = json.loads(extras) if isinstance(extras, str) else extras
    assert note == {"note": "gift for [erased]"}, "her address is gone from his order, the rest of it is not"


def test_a_source_that_delivers_the_person_again_changes_nothing(project: Planted) -> None:
    url = url_of(project)
    erase(project, "shop:C1", "--yes")
    project.no_mention()
    project.hub("sync", "--full")
    again = project.hub("sync", "--full", "--json")

    assert found_in(contents(url)) == []
    notes = " ".join(str(run) for run in again.json["streams"])
    assert "persons who were erased" in notes
    assert row(url, "SELECT count(*) FROM customers WHERE deleted_at IS NULL") == (4,)
    changed = [each for each in again.json["streams"] if each.get("inserted") or each.get("updated")]
    assert changed == [], "what is stored is what comes again"


def test_an_id_that_is_personal_itself_is_replaced_for_ever(project: Planted) -> None:
    if url_of(project).startswith("postgres"):
        pytest.skip("the same statements, and each sync takes its time")
    url = f"sqlite:///{project.folder / 'other.db'}"
    project.plant(url, her_id=EMAIL)
    project.hub("sync")
    done = erase(project, f"shop:{EMAIL}", "--yes", "--json")
    assert done.code == 0, done.err
    project.no_mention()
    for _ in range(2):
        project.hub("sync", "--full")
        assert found_in(contents(url)) == []

    (pseudonym,) = row(url, "SELECT customer_source_id FROM orders WHERE source_id = 'O1'")
    assert pseudonym.startswith("erased-")
    assert row(url, f"SELECT count(*) FROM customers WHERE source_id = '{pseudonym}' AND deleted_at IS NULL") == (1,)


def test_a_person_erased_during_a_run_is_not_stored_by_it(project: Planted) -> None:
    """Pages that were mapped before the erasure are looked at again inside their own transaction."""
    from sync_jobs.pages import Pages

    url = url_of(project)
    mapped = Pages.map
    asked: list[str] = []

    def map_then_erase(self: Any, page: Any, number: int, guard: Any) -> Any:
        fetched = mapped(self, page, number, guard)
        if not asked:
            from hub.access.erase.rows import erase as erase_rows
            from hub.access.person import at_the_command_line

            asked.append("once")
            with open_store(url) as store:
                erase_rows(store, "customer", "shop:C1", at_the_command_line(), dry=False)
        return fetched

    patch = pytest.MonkeyPatch()
    patch.setattr(Pages, "map", map_then_erase)
    project.hub("sync", "shop", "--stream", "customers", "--full")
    patch.undo()

    assert asked
    assert row(url, "SELECT name, email FROM customers WHERE source = 'shop' AND source_id = 'C1'") == (None, None)


def test_a_contact_of_a_company_goes_alone(project: Planted) -> None:
    url = url_of(project)
    project.put(
        "crm/contacts.csv",
        "source_id,customer_source_id,name,email,source_updated_at\n"
        "K7,C3,Carla Clever,carla@acme.example,2024-03-01T00:00:00Z\n",
    )
    project.put(
        "crm/cases.csv",
        "source_id,customer_source_id,contact_source_id,subject,source_updated_at\n"
        "T1,C3,K7,Carla Clever has a question,2024-03-01T00:00:00Z\n",
    )
    assert project.hub("sync", "crm").code == 0
    done = project.hub("erase", "contact", "crm/K7", "--yes")

    assert done.code == 0, done.err
    assert row(url, "SELECT name, email, customer_source_id FROM contacts WHERE source_id = 'K7'") == (None, None, "C3")
    assert row(url, "SELECT subject, contact_source_id FROM cases WHERE source_id = 'T1'") == (None, "K7")
    assert row(url, "SELECT name FROM customers WHERE source_id = 'C3'") == ("Acme GmbH",)


@pytest.mark.parametrize(
    ("what", "name", "told"),
    [
        ("customer", "shop:C3", "is a company"),
        ("customer", "shop:nobody", "no record shop:nobody"),
        ("contact", "crm:nobody", "no record crm:nobody"),
        ("customer", "C999999", "no golden customer"),
        ("customer", "what", "SOURCE:ID"),
        ("customer", "", "SOURCE:ID"),
    ],
)
def test_who_is_not_there_or_no_person_is_told(project: Planted, what: str, name: str, told: str) -> None:
    refused = project.hub("erase", what, name, "--yes")

    assert refused.code == 2 and told in refused.err
    assert row(url_of(project), "SELECT count(*) FROM hub_erased") == (0,)


def test_a_person_who_trades_under_a_name_can_be_meant(project: Planted) -> None:
    assert erase(project, "shop:C3", "--yes", "--company").code == 0
    assert row(url_of(project), "SELECT name, country FROM customers WHERE source_id = 'C3'") == (None, "DE")


def test_what_remains_is_said_with_the_reason(project: Planted) -> None:
    project.put("report.html", f"<p>{NAME}</p>")
    said = erase(project, "shop:C1", "--yes").out

    for text in ("In the systems of record", "crm:X9", "backups", "report.html", "audit log", "books"):
        assert text in said
    assert erase(project, "shop:C1", "--yes").code == 0, "once more does no harm"
